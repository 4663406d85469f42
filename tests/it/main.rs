#![expect(clippy::unwrap_used, reason = "a broken test must stop at once")]
//! Everything that needs more than one module, in one binary.

mod faults;
mod nagios;
mod real;
mod rules;
mod server;
mod world;
