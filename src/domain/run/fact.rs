//! The facts of a run's timeline.
//!
//! Stored names never change meaning; `tests/golden/events.jsonl` holds one of every fact.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::order::{Part, PlanHash};
use super::plan::Plan;
use crate::domain::ids::{CaseId, EffectId, Number};

/// A fact, in the past tense.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Fact {
    /// Somebody or a rule asked for it.
    RunRequested { request: Box<Request> },
    /// People are asked whether it may start; the question stands until then.
    ApprovalAsked { until: DateTime<Utc> },
    /// Somebody agreed.
    Approved { by: CompactString, with_code: bool },
    /// Somebody refused: it never starts.
    Denied { by: CompactString, why: String },
    /// Its target is its own until it ends. It begins now.
    RunStarted { fence: u64 },
    /// A step began; one that acts has the key of its assignment.
    StepStarted { part: Part, step: u16, key: Option<EffectId> },
    /// Its condition did not hold.
    StepSkipped { part: Part, step: u16 },
    /// An executor has it in its ledger.
    StepAccepted { part: Part, step: u16 },
    /// Nobody knows whether an executor has it: its ledger is asked.
    StepDoubted { part: Part, step: u16, why: String },
    /// It was done.
    StepDone {
        part: Part,
        step: u16,
        summary: String,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        outputs: BTreeMap<CompactString, String>,
    },
    /// It was not done, or did not work.
    StepFailed { part: Part, step: u16, why: String, tail: String },
    /// Nobody knows how far it came, and the ledger does not either: a person decides.
    StepOutcomeUnknown { part: Part, step: u16, why: String },
    /// What a check sees is good from now on, or no longer.
    CheckTurned { part: Part, step: u16, is_good: bool, seen: String },
    /// What it did is being taken back.
    UndoStarted { why: String, by: Option<CompactString> },
    /// Somebody asked it to stop; a step is still under way.
    StopAsked { by: CompactString },
    /// A person decided that it goes on.
    Continued { by: CompactString },
    /// It is over.
    RunEnded { how: How, why: String },
}

/// How a run asked for came about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The number that people know it by.
    pub number: u64,
    /// Who asked: a person, or the rule.
    pub by: CompactString,
    /// Whether a rule asked: nobody is the requester then.
    pub is_rule: bool,
    /// How far it may go by itself.
    pub mode: Mode,
    /// What it will do.
    pub plan: Arc<Plan>,
    /// The plan's hash.
    pub hash: PlanHash,
    /// The incident that it is to mend.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incident: Option<Patient>,
    /// The room where it was asked for, which is told of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<CompactString>,
}

/// The incident that a run is to mend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patient {
    /// Its case.
    pub case: CaseId,
    /// Its number.
    pub number: Number,
}

/// How far a run may go by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// It says what it would have done.
    Watch,
    /// It offers itself.
    Suggest,
    /// It asks for an approval.
    Approve,
    /// It starts at once.
    Auto,
}

impl Mode {
    /// The stored word, which is the one that rules use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Watch => "watch",
            Self::Suggest => "suggest",
            Self::Approve => "approve",
            Self::Auto => "auto",
        }
    }
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// Every step was done and every check passed.
    Succeeded,
    /// A step failed, and nothing takes back what was done.
    Failed,
    /// What it did was taken back.
    Undone,
    /// Taking it back failed as well: a person must look.
    UndoFailed,
    /// Somebody or a brake stopped it.
    Stopped,
    /// Somebody refused it.
    Denied,
    /// Nobody agreed in time, or it is no longer wanted.
    Expired,
    /// It may not start now: a limit, a lock, a freeze.
    Refused,
    /// It only said what it would do.
    Shown,
}

impl How {
    /// Its word, as people read it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Undone => "taken back",
            Self::UndoFailed => "failed, and taking it back failed too",
            Self::Stopped => "stopped",
            Self::Denied => "denied",
            Self::Expired => "expired",
            Self::Refused => "refused",
            Self::Shown => "not started",
        }
    }
}
