#![expect(clippy::unwrap_used, reason = "a broken test must stop at once")]
//! Everything that needs more than one module, in one binary.

mod contract;
mod faults;
mod nagios;
mod real;
mod redis;
mod rules;
mod server;
mod world;
