//! What server and executor say to each other, over HTTP or over the socket between parent and child.
//!
//! The server calls, the executor answers, and reports by itself. Each call is delivered at most once,
//! and an executor takes them one after the other: an answer to `ask` knows of every `start` before it.

use serde::{Deserialize, Serialize};

use crate::adapters::failure::Failure;
use crate::domain::ids::EffectId;
use crate::domain::run::{Assignment, Known, Report};

/// A call with its number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Names the call in its answer; never used twice.
    pub id: u64,
    /// What is wanted.
    pub call: Call,
}

/// What the server wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "call", rename_all = "snake_case")]
pub enum Call {
    /// Carry this out.
    Start {
        /// What.
        assignment: Box<Assignment>,
    },
    /// What is known of it?
    Ask {
        /// The key.
        key: EffectId,
    },
    /// End it.
    Stop {
        /// The key.
        key: EffectId,
    },
}

/// What the executor says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "said", rename_all = "snake_case")]
pub enum Said {
    /// The answer to a call.
    Answered {
        /// The call's number.
        id: u64,
        /// The answer.
        answer: Answer,
    },
    /// Word of an assignment.
    Reported {
        /// The word.
        report: Report,
    },
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// It is in the ledger and begins, or it was told to stop.
    Accepted,
    /// Nothing was done.
    Refused {
        /// Why.
        why: String,
    },
    /// Something may have been done.
    Unknown {
        /// Why.
        why: String,
    },
    /// What is known of a key.
    Known {
        /// It.
        known: Known,
    },
}

impl Answer {
    /// What an executor's own word becomes on its way.
    #[must_use]
    pub fn of(started: Result<(), Failure>) -> Self {
        match started {
            Ok(()) => Self::Accepted,
            Err(Failure::Unknown { why }) => Self::Unknown { why },
            Err(
                Failure::Retry { why, .. } | Failure::Refused { why } | Failure::Broken { why },
            ) => Self::Refused { why },
        }
    }

    /// What it means for whoever gave an order.
    ///
    /// # Errors
    /// Why it was not accepted.
    pub fn accepted(self) -> Result<(), Failure> {
        match self {
            Self::Accepted | Self::Known { .. } => Ok(()),
            Self::Refused { why } => Err(Failure::Refused { why }),
            Self::Unknown { why } => Err(Failure::Unknown { why }),
        }
    }
}

/// What an executor asks the server for: the next calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Next {
    /// Names this process: two of one name would each know half.
    pub process: String,
}

/// What an executor has to say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// In their order.
    pub said: Vec<Said>,
}

/// The calls of one answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calls {
    /// In their order; none: nothing is wanted now.
    pub calls: Vec<Asked>,
}
