//! Runs of runbooks: what an executor is given, and what it says of it.
//!
//! A run is a case of its own; each of its steps that acts is an [`Assignment`] to an executor, which
//! alone may run anything. It refuses to run: whoever carries an assignment out asks
//! `adapters::actions`.

mod order;
mod report;

pub use order::{Assignment, Filled, Order, Part, PlanHash};
pub use report::{Ending, Known, Report};
