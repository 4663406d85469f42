//! Runs of runbooks: what a run does next, what an executor is given, and what it says of it.
//!
//! A run is a case of its own: [`decide()`] answers an [`Input`] with a [`Decision`], and
//! [`Run::evolve`] alone changes its state. Each of its steps that acts is an [`Assignment`] to an
//! executor, which alone may run anything. It refuses to run, and to repeat by itself what may have
//! been done.

mod decide;
mod end;
mod fact;
mod freeze;
mod input;
mod order;
mod plan;
mod report;
mod state;
mod steps;
#[cfg(test)]
mod tests;

pub use decide::{Context, Decision, Wake, decide};
pub use fact::{Fact, How, Mode, Patient, Request};
pub use freeze::{Freeze, Policy, Weekly, frozen};
pub use input::{Answer, Input, Look, Told, Watch, Word, Work};
pub use order::{Assignment, Filled, Order, Part, PlanHash};
pub use plan::{Changing, Deed, Pause, Plan, Planned, Rate, Wish};
pub use report::{Ending, Known, Report};
pub use state::{Mark, Phase, Reached, Run};
