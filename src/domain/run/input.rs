//! What may happen to a run, and what it orders.

use chrono::{DateTime, TimeDelta, Utc};
use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::fact::{How, Patient, Request};
use super::order::{Assignment, PlanHash};
use super::report::Known;
use crate::domain::duration;
use crate::domain::ids::EffectId;
use crate::domain::runbook::Is;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "input", rename_all = "snake_case")]
pub enum Input {
    /// Somebody or a rule asks for it.
    Requested { request: Box<Request> },
    /// It may not start now: a limit, a lock, a brake.
    Held { why: String },
    /// Its target is its own.
    Claimed { fence: u64 },
    /// Somebody who may, agrees to this plan; `with_code`: and has proved themselves a second time.
    Approve { by: CompactString, plan: PlanHash, with_code: bool },
    /// Somebody who may, refuses it.
    Deny { by: CompactString, why: String },
    /// Nobody wants it any more: what it is to mend is over.
    Unwanted { why: String },
    /// An executor has the assignment.
    Accepted { key: EffectId },
    /// It has certainly not started.
    NotStarted { key: EffectId, why: String },
    /// It may have started.
    Doubted { key: EffectId, why: String },
    /// Word of an executor.
    Heard { key: EffectId, known: Known },
    /// Word of a check.
    Looked { step: u16, look: Look, seen: String },
    /// A wait is over.
    Due {},
    /// Somebody who may, stops it.
    Stop { by: CompactString },
    /// Somebody who may, has it taken back.
    Undo { by: CompactString },
    /// Somebody who may, says that it goes on.
    Continue { by: CompactString },
}

/// What a look at a metric came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Look {
    /// It is good from now on.
    TurnedGood,
    /// It is no longer good.
    TurnedBad,
    /// It was good for long enough.
    Passed,
    /// It did not become good in time.
    Failed,
}

/// An order of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "work", rename_all = "snake_case")]
pub enum Work {
    /// Make the target its own, if nothing holds it back.
    Claim {},
    /// Let the target go.
    Release { fence: u64 },
    /// Hand an assignment to an executor.
    Start { label: CompactString, assignment: Box<Assignment>, is_repeatable: bool },
    /// Ask what became of it until it has ended, for as long as it may take.
    /// Before `from` it may still be on its way to a ledger that does not know it.
    Follow { label: CompactString, key: EffectId, from: DateTime<Utc>, until: DateTime<Utc> },
    /// Ask it to stop.
    Stop { label: CompactString, key: EffectId },
    /// Look at a metric until it has turned, or the time is over.
    Look { step: u16, watch: Watch },
    /// Bring the message about the run up to date.
    Show {},
    /// Note it in the ledger of runs.
    Note {},
}

impl Work {
    /// Its kind, for metrics and logs.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Claim {} => "run_claim",
            Self::Release { .. } => "run_release",
            Self::Start { .. } => "run_step",
            Self::Follow { .. } => "run_follow",
            Self::Stop { .. } => "run_stop",
            Self::Look { .. } => "run_check",
            Self::Show {} => "run_show",
            Self::Note {} => "run_note",
        }
    }
}

/// What a check waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    /// The query.
    pub query: String,
    /// What every series must be.
    pub is: Is,
    /// For how long.
    #[serde(with = "duration::text")]
    pub hold: TimeDelta,
    /// Until when it must have been so.
    pub until: DateTime<Utc>,
    /// Since when it is good, as far as is known.
    pub good_since: Option<DateTime<Utc>>,
}

impl Watch {
    /// What a look means; none: look again. No numbers at all are never good.
    #[must_use]
    pub fn judge(&self, numbers: &[f64], now: DateTime<Utc>) -> Option<Look> {
        let is_good = !numbers.is_empty() && numbers.iter().all(|number| self.is.holds(*number));
        match (is_good, self.good_since) {
            (true, Some(since)) if now - since >= self.hold => Some(Look::Passed),
            (true, None) if self.hold.is_zero() => Some(Look::Passed),
            _ if now > self.until => Some(Look::Failed),
            (true, None) => Some(Look::TurnedGood),
            (false, Some(_)) => Some(Look::TurnedBad),
            (true, Some(_)) | (false, None) => None,
        }
    }
}

/// What an incident hears of its run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "word", rename_all = "snake_case")]
pub enum Word {
    /// It waits for an approval.
    Proposed {},
    /// It has begun.
    Started {},
    /// A person must decide how it goes on.
    Stuck { why: String },
    /// It wants somebody to be woken.
    Page { text: String },
    /// It is over; the next rung of the ladder, where it did not help and there is one.
    Ended {
        runbook: CompactString,
        how: How,
        why: String,
        next: Option<CompactString>,
        mode: super::Mode,
    },
}

/// What a run tells the incident that it mends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Which incident.
    pub to: Patient,
    /// What.
    pub word: Word,
}

/// What became of an input, for whoever typed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It was done.
    Applied,
    /// Somebody had done it before.
    Already,
    /// It counts, and others must agree as well.
    Counted,
    /// It does not fit where the run stands.
    NotNow,
    /// It is over.
    Over(How),
    /// Whoever asked for it may not agree to it.
    OwnRequest,
    /// The plan is another one by now.
    OtherPlan,
    /// A code of the second factor is needed.
    NeedsCode,
    /// The question is too old.
    TooLate,
    /// It cannot be taken back.
    Irreversible,
}
