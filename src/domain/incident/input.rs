//! What may happen to an incident.
//!
//! Inputs are reports; they are journaled where they enter and never stored in the timeline.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::effect::{Effect, Timer};
use super::event::HeldBy;
use super::policy::Policy;
use crate::domain::alert::Report;
use crate::domain::ids::{CaseId, Fingerprint, Number};
use crate::domain::oncall::Target;
use crate::domain::run;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "input", rename_all = "snake_case")]
pub enum Input {
    /// Sources reported alerts of this group: everything from one delivery together.
    Reported { sightings: Vec<Sighting> },
    /// The held alerts of this case, looked at again.
    Reconsidered { sightings: Vec<Sighting> },
    /// These alerts live in another case now.
    Moved { fingerprints: Vec<Fingerprint> },
    /// A wait is over.
    Due { timer: Timer },
    /// An effect has ended.
    Ended { effect: Box<Effect>, outcome: Outcome },
    /// A person asked for something that they may do.
    Asked { by: CompactString, command: Command },
    /// A storm began: this case becomes its umbrella.
    StormBegan { number: Number, policy: Arc<Policy> },
    /// Another incident joins this one.
    ChildJoins { child: CaseId, number: Number, title: String },
    /// A joined incident is over.
    ChildLeaves { child: CaseId },
    /// The incident that this one was merged into is over.
    ParentResolved {},
    /// A run that is to mend this incident says how it goes.
    RunTold { run: CaseId, number: u64, word: run::Word },
    /// Something happened to the run that this case is.
    Run { heard: run::Input },
}

impl Input {
    /// Its kind, as metrics and logs name it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Reported { .. } => "reported",
            Self::Reconsidered { .. } => "reconsidered",
            Self::Moved { .. } => "moved",
            Self::Due { .. } => "due",
            Self::Ended { .. } => "ended",
            Self::Asked { .. } => "asked",
            Self::StormBegan { .. } => "storm_began",
            Self::ChildJoins { .. } => "child_joins",
            Self::ChildLeaves { .. } => "child_leaves",
            Self::ParentResolved {} => "parent_resolved",
            Self::RunTold { .. } => "run_told",
            Self::Run { .. } => "run",
        }
    }
}

/// One report with what the noise rules say of it now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    /// The alert's identity.
    pub fingerprint: Fingerprint,
    /// What the source said.
    pub report: Report,
    /// Whether anything holds it back.
    pub ruling: Ruling,
}

/// The noise rules' word on an alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ruling {
    /// Nothing holds it back.
    Pass,
    /// This holds it back.
    Held(HeldBy),
}

/// How an effect ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// It was done.
    Done { receipt: Receipt },
    /// It was not done and will not be: refused, misconfigured, or tried too often.
    Failed { why: String },
    /// Nobody knows. Class C only.
    Unknown { why: String },
}

/// What the outside gave back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Receipt {
    /// The outside's name for what was made: a room id, a ticket id, a message id.
    pub id: CompactString,
    /// When the outside says it was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<DateTime<Utc>>,
}

/// What a person may ask of an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    /// I take it.
    Acknowledge,
    /// It is over.
    Resolve,
    /// They lead it: the one whom others ask.
    Lead { lead: CompactString },
    /// Keep this in the timeline.
    Note {
        /// The remark.
        text: String,
        /// It was typed in the incident's own room: everybody there has read it.
        #[serde(default)]
        is_heard: bool,
    },
    /// It is better or worse than the rule thought.
    SetSeverity { severity: CompactString },
    /// The next step is to be paged now.
    Escalate,
    /// These people are wanted, now.
    Call { whom: Vec<Target> },
    /// It belongs to that incident.
    Merge { into: CaseId },
}
