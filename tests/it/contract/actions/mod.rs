//! What every action keeps, and what the executor around it keeps: run with the real keeper, real
//! programs, and stand-ins for back ends that nobody can install.
#![expect(clippy::disallowed_methods, reason = "real programs, real time, and stand-ins of a test")]

mod ansible;
mod cage;
mod gate;
pub(crate) mod lab;
mod nginx;
mod services;
mod ssh;
mod suite;
#[cfg(feature = "systemd")]
mod systemd;
