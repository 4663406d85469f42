//! What an executor is given: one step with nothing left to fill in.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::domain::duration;
use crate::domain::ids::{CaseId, EffectId};

/// What an action is to do, with every place filled. Its kind is the name of an action,
/// `exec` or `http`; what stands in `with` was checked against what that kind takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The kind of action.
    pub kind: CompactString,
    /// What it is given, by the keys of the runbook.
    pub with: BTreeMap<CompactString, Filled>,
}

/// One value of an order. A value is data: it is never read again for places.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Filled {
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Number(i64),
    /// A text.
    Text(String),
    /// Texts in their order: the words of a command.
    List(Vec<String>),
    /// Texts by name: headers, parameters of a job.
    Map(BTreeMap<String, String>),
}

/// The SHA-256 of a run's plan in hexadecimal: what was approved is what is run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PlanHash(pub CompactString);

impl fmt::Display for PlanHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which list of the plan a step stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The remedy.
    Steps,
    /// What takes it back.
    Undo,
}

/// One step for an executor. It is carried out at most once for each `key`, unless it is a dry run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// The idempotency key: an executor starts each key once, for ever.
    pub key: EffectId,
    /// The run.
    pub run: CaseId,
    /// The run's number, for people.
    pub number: u64,
    /// The runbook, for people and ledgers.
    pub runbook: CompactString,
    /// Which list the step stands in.
    pub part: Part,
    /// Its place in the list, from 0.
    pub step: u16,
    /// Its name, for people.
    pub name: CompactString,
    /// What the run works on. One executor works for one run on a target at a time.
    pub target: String,
    /// The fence: it grows with every claim of the target by a run. An executor that has seen a
    /// higher one for this target refuses.
    pub fence: u64,
    /// The plan that this step stands in.
    pub plan: PlanHash,
    /// The plan that was approved; none where nobody had to approve. Another than `plan` is refused.
    pub approved: Option<PlanHash>,
    /// Not to be started later than this: the approval or the alert may be gone by then.
    pub not_after: DateTime<Utc>,
    /// In whose name: handed to the back end.
    pub actor: CompactString,
    /// How long it may take; then it is stopped, whole.
    #[serde(with = "duration::text")]
    pub timeout: TimeDelta,
    /// Nothing may be changed: say what would be done.
    pub is_dry: bool,
    /// What to do.
    pub order: Order,
}
