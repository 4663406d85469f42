//! What people on call live through, one theme a file.

mod opening;
