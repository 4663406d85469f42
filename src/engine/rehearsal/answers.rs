//! What outside systems would answer.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use compact_str::CompactString;

use crate::adapters::failure::Failure;

/// One way out of the program.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Door {
    /// The chat platform opens, closes and brings back rooms.
    Rooms,
    /// The chat platform takes posts.
    Posts,
    /// Trackers take tickets.
    Tickets,
    /// Pagers take pages: all of them, or those to this person or by this pager.
    Pages(Option<CompactString>),
    /// Executors carry out steps of runbooks: all of them, or those with this name.
    Steps(Option<CompactString>),
    /// What checks of runbooks look at.
    Checks,
}

/// What comes back through a door.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Answer {
    /// It is done. A check passes.
    #[default]
    Works,
    /// It does not work now: the engine tries again for as long as it would. A step or a check fails.
    Fails,
    /// It refuses: trying again is useless.
    Refuses,
}

/// The answers of one rehearsal, which its director may change while it runs.
#[derive(Debug, Default)]
pub(super) struct Answers(Mutex<BTreeMap<Door, Answer>>);

impl Answers {
    pub(super) fn set(&self, door: Door, answer: Answer) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(door, answer);
    }

    /// The answer of the first of these doors about which something was said.
    pub(super) fn first(&self, doors: &[Door]) -> Answer {
        let answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        doors.iter().find_map(|door| answers.get(door)).copied().unwrap_or_default()
    }
}

impl Answer {
    /// As the outside says it.
    pub(super) fn as_result(self) -> Result<(), Failure> {
        let why = || "the rehearsal says so".to_owned();
        match self {
            Self::Works => Ok(()),
            Self::Fails => Err(Failure::Retry { why: why(), after: None }),
            Self::Refuses => Err(Failure::Refused { why: why() }),
        }
    }
}
