//! What an executor says of an assignment.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::domain::ids::{CaseId, EffectId};

/// Word of an assignment that has ended or goes on. The same word may come more than once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The assignment.
    pub key: EffectId,
    /// Its run.
    pub run: CaseId,
    /// When, by the executor's clock.
    pub at: DateTime<Utc>,
    /// How it stands.
    pub known: Known,
}

/// What an executor knows of an assignment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "known", rename_all = "snake_case")]
pub enum Known {
    /// Its ledger has never seen it: it has certainly not started there.
    Nothing,
    /// It goes on.
    Running {
        /// What it said last, in one line; redacted.
        line: String,
    },
    /// It was begun, and nobody knows how far it came.
    Lost {
        /// Why nobody knows, in one line; empty: the executor died under it.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        why: String,
    },
    /// It has ended.
    Ended {
        /// How.
        ending: Ending,
    },
}

/// How a step ended. All texts are redacted and cut before they leave the executor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ending", rename_all = "snake_case")]
pub enum Ending {
    /// It was done.
    Done {
        /// What came of it, in one line.
        summary: String,
        /// What later steps may use, by name.
        #[serde(default)]
        outputs: BTreeMap<CompactString, String>,
        /// The last lines that it said.
        tail: String,
    },
    /// It was tried and did not work.
    Failed {
        /// Why, in one line.
        why: String,
        /// The last lines that it said.
        tail: String,
    },
    /// The executor would not start it: nothing was done.
    Refused {
        /// Why: started before, an old fence, too late, another plan.
        why: String,
    },
    /// It took too long and was stopped, whole; how far it came is not known.
    TimedOut {
        /// The last lines that it said.
        tail: String,
    },
    /// Somebody stopped it; how far it came is not known.
    Stopped {
        /// The last lines that it said.
        tail: String,
    },
}
