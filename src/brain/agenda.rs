//! What stands on the agenda, and the leases under which it is worked on.

use std::fmt;

use chrono::{DateTime, Utc};
use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::domain::ids::{CaseId, EffectId};
use crate::domain::incident::{Effect, Timer};

/// What stands on the agenda.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "item", rename_all = "snake_case")]
pub enum Item {
    /// An order to the outside.
    Effect { effect: Effect },
    /// A wait.
    Timer { timer: Timer },
}

/// Names an agenda row. Written as the effect's id, or as `case:timer`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RowId {
    /// An effect.
    Effect(EffectId),
    /// A timer of a case.
    Timer(CaseId, Timer),
}

impl RowId {
    /// The case that it belongs to.
    #[must_use]
    pub fn case(&self) -> CaseId {
        match self {
            Self::Effect(id) => id.case,
            Self::Timer(case, _) => *case,
        }
    }
}

impl fmt::Display for RowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Effect(id) => write!(f, "{id}"),
            Self::Timer(case, timer) => write!(f, "{case}:{}", timer.name()),
        }
    }
}

/// The proof of a lease: it grows with every claim, and only the newest one of a row counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(pub u64);

/// A row that this process may work on until its lease ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// Which.
    pub row: RowId,
    /// What to do.
    pub item: Item,
    /// When it was due first.
    pub due: DateTime<Utc>,
    /// How often it was claimed, this time included: more than 1 means that an earlier holder may
    /// have acted.
    pub attempt: u32,
    /// The proof.
    pub token: Token,
}

/// Who claims, and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// This process, for people who look at the brain.
    pub holder: CompactString,
    /// When others may take the row.
    pub until: DateTime<Utc>,
}
