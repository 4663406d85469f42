//! One step of a runbook.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use compact_str::CompactString;
use regex::Regex;
use serde::{Deserialize, Serialize};

use super::text::{Blanks, Text};
use crate::domain::diagnostic::Place;

/// One step.
#[derive(Debug, Clone)]
pub struct Step {
    /// What people see, and what later steps call it.
    pub name: CompactString,
    /// What it does.
    pub action: Action,
    /// When it has taken too long.
    pub timeout: TimeDelta,
    /// How often it is tried again when it failed; only what may be repeated.
    pub retries: u8,
    /// Doing it twice is as good as doing it once.
    pub is_repeatable: bool,
    /// It is left out unless this holds.
    pub when: Option<When>,
    /// It is done once for each of these, as `{{ item }}`, one after the other; a failure stops it.
    pub for_each: Option<Vec<String>>,
    /// The executors that may carry it out; empty: any.
    pub executor: CompactString,
    /// What later steps may use, with what a value must fit from its beginning to its end.
    pub outputs: BTreeMap<String, Regex>,
    /// Where it stands, for messages.
    pub place: Place,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Has an executor do something.
    Call {
        /// The kind of action.
        kind: CompactString,
        /// What it is given.
        with: Blanks,
    },
    /// Waits.
    Wait(TimeDelta),
    /// Looks whether it helped.
    Check(Check),
    /// Asks the people in the room to go on.
    Ask(Text),
    /// Says something in the room.
    Note(Text),
    /// Wakes whoever is on call for the incident.
    Page(Text),
}

/// Proves by a metric that it helped.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// The query, with places for parameters.
    pub query: Text,
    /// What every series of it must be.
    pub is: Is,
    /// For how long without a break.
    pub hold: TimeDelta,
    /// How long it may take until then.
    pub within: TimeDelta,
}

/// A condition: a text with places, and what it must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct When {
    /// What is looked at.
    pub value: Text,
    /// What it must be one of.
    pub is: Vec<String>,
}

/// What a number must be. No number at all is never good enough.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Is {
    /// Smaller than this.
    Below(f64),
    /// Larger than this.
    Above(f64),
}

/// The reader and JSON know finite numbers only, and those are equal to themselves.
impl Eq for Is {}

impl Is {
    /// Whether a number is so.
    #[must_use]
    pub fn holds(self, number: f64) -> bool {
        match self {
            Self::Below(limit) => number < limit,
            Self::Above(limit) => number > limit,
        }
    }
}

impl std::fmt::Display for Is {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Below(limit) => write!(f, "< {limit}"),
            Self::Above(limit) => write!(f, "> {limit}"),
        }
    }
}
