//! Runs of runbooks: a run is a case of its own, and its steps are carried out by executors.
//!
//! It refuses to run anything itself, and to decide what a run does next: `domain::run` does.

pub mod executors;

pub use executors::Executors;
