//! Everything that needs more than one module, in one binary.
#![expect(clippy::unwrap_used, reason = "a broken test must stop at once")]

mod contract;
mod crash;
mod faults;
mod nagios;
mod real;
mod redis;
mod rules;
mod server;
mod world;
