//! Whether an assignment may begin: what the ledger knows against what it asks for. Pure.

use chrono::{DateTime, Utc};

use super::ledger::{Entry, Fence};
use crate::domain::ids::EffectId;
use crate::domain::run::Assignment;

/// Why an assignment was not started. Nothing was done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The key is in the ledger.
    #[error("step {0} was started here before, at {1}; nothing was done again")]
    Started(EffectId, DateTime<Utc>),
    /// A later run has had the target.
    #[error(
        "the target {target} was claimed again since: fence {seen}, not {fence}; nothing was done"
    )]
    OldFence {
        /// The target.
        target: String,
        /// The fence that came.
        fence: u64,
        /// The highest that was seen.
        seen: u64,
    },
    /// Another run works on the target.
    #[error("another run is at work on {0}; nothing was done")]
    Busy(String),
    /// The plan is another one than was approved.
    #[error("the plan differs from the one that was approved; nothing was done")]
    OtherPlan,
    /// The time to begin has passed.
    #[error("it should have begun by {0}, and it is {1} here; nothing was done")]
    Late(DateTime<Utc>, DateTime<Utc>),
    /// Everything is halted on this machine.
    #[error(
        "this machine's executor is halted: {0}; nothing was done. `warroom halt --end` ends it"
    )]
    Halted(String),
    /// There is no such action here.
    #[error("this executor has no action `{0}`; nothing was done")]
    NoSuchAction(String),
}

/// What an assignment is measured against.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known<'a> {
    /// The entry of its key.
    pub(super) entry: Option<&'a Entry>,
    /// The highest fence of its target, and whose it is.
    pub(super) fence: Option<&'a Fence>,
    /// The run that is at work on its target.
    pub(super) at_work: Option<crate::domain::ids::CaseId>,
    /// The time, never earlier than anything in the ledger.
    pub(super) now: DateTime<Utc>,
}

/// Lets an assignment pass, or says why not.
pub(super) fn pass(assignment: &Assignment, known: Known<'_>) -> Result<(), Refusal> {
    if let Some(entry) = known.entry {
        return Err(Refusal::Started(assignment.key, entry.at));
    }
    if assignment.approved.as_ref().is_some_and(|approved| *approved != assignment.plan) {
        return Err(Refusal::OtherPlan);
    }
    if known.now > assignment.not_after {
        return Err(Refusal::Late(assignment.not_after, known.now));
    }
    if let Some(seen) = known.fence {
        let is_same = seen.fence == assignment.fence && seen.run == assignment.run;
        if assignment.fence <= seen.fence && !is_same {
            let (target, fence) = (assignment.target.clone(), assignment.fence);
            return Err(Refusal::OldFence { target, fence, seen: seen.fence });
        }
    }
    match known.at_work {
        Some(run) if run != assignment.run => Err(Refusal::Busy(assignment.target.clone())),
        Some(_) | None => Ok(()),
    }
}
