//! Somebody stands in for somebody else for a while.

use chrono::{DateTime, Utc};
use compact_str::CompactString;
use serde::{Deserialize, Serialize};

/// A time in which somebody stands in. Where two of them meet, the one that was made later counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// Its name in commands.
    pub id: CompactString,
    /// The schedule.
    pub schedule: CompactString,
    /// Who is on duty.
    pub person: CompactString,
    /// Whose duty it is otherwise. None: whoever would be on duty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead_of: Option<CompactString>,
    /// When it begins.
    pub from: DateTime<Utc>,
    /// When it ends; that instant is outside.
    pub until: DateTime<Utc>,
    /// Who made it, or the file that says so.
    pub by: CompactString,
    /// When it was made; those of files were made before all others.
    pub made_at: DateTime<Utc>,
}

impl Override {
    /// Whether it holds at an instant.
    #[must_use]
    pub fn holds(&self, at: DateTime<Utc>) -> bool {
        self.from <= at && at < self.until
    }

    /// Whether both say who is on duty for the same duty at the same time.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        let is_same_duty = match (&self.instead_of, &other.instead_of) {
            (Some(one), Some(two)) => one == two,
            (None, _) | (_, None) => true,
        };
        self.schedule == other.schedule
            && is_same_duty
            && self.from < other.until
            && other.from < self.until
    }
}
