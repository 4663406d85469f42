//! Runs of runbooks: a run is a case of its own, and its steps are carried out by executors.
//!
//! It refuses to run anything itself, and to decide what a run does next: `domain::run` does. What
//! holds a run back is asked before it begins and again before each step.

mod ask;
mod begin;
mod brakes;
mod carry;
pub mod executors;
mod fit;
mod follow;
mod freezes;
mod look;
mod places;
mod show;
mod views;

pub use begin::Wanted;
pub use brakes::{Brake, Scope};
pub use executors::Executors;
pub use fit::Equipment;
pub use places::Holder;
pub use views::{Proposal, RunView, StepView};
