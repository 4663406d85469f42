//! The authors' desk: what those see who write rules and runbooks.

mod test;
