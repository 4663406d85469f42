//! Where a line was typed, and what is known there.

use chrono::{DateTime, Utc};
use compact_str::CompactString;

use crate::domain::alert::Labels;
use crate::domain::ids::Number;

/// Where a line was typed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// The room, as its address names it: `12`, `ops`. None: nobody else hears the answer.
    pub room: Option<CompactString>,
    /// The incident of the room.
    pub incident: Option<Here>,
}

/// The incident of a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Here {
    /// Its number.
    pub number: Number,
    /// The labels that its alerts have in common.
    pub labels: Labels,
    /// When it opened: the beginning of the range `incident`.
    pub since: Option<DateTime<Utc>>,
    /// Whether it is open.
    pub is_open: bool,
    /// Whether somebody has taken it.
    pub is_taken: bool,
}

impl Place {
    /// The number of the room's incident.
    #[must_use]
    pub fn number(&self) -> Option<Number> {
        self.incident.as_ref().map(|here| here.number)
    }

    /// What the room's incident knows under this name: `service`, `env`.
    #[must_use]
    pub fn label(&self, name: &str) -> Option<&CompactString> {
        self.incident.as_ref()?.labels.get(name)
    }

    /// What rights are about here: the incident's service; empty where there is none.
    #[must_use]
    pub fn resource(&self) -> &str {
        self.label("service").map_or("", CompactString::as_str)
    }
}
