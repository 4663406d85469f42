//! Which reports there are, and how one is made.

use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::{noise, people, runs, times};
use crate::domain::chart::Chart;
use crate::domain::commands::Values;
use crate::domain::review::Review;
use crate::domain::run::How;

/// A report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Which rules make noise.
    Noise,
    /// Who was woken, and when.
    People,
    /// How long everything takes.
    Mttr,
    /// What runbooks are worth.
    Runs,
}

impl Kind {
    /// Every report.
    pub const ALL: [Self; 4] = [Self::Noise, Self::People, Self::Mttr, Self::Runs];

    /// Its name, as people type it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Noise => "noise",
            Self::People => "people",
            Self::Mttr => "mttr",
            Self::Runs => "runs",
        }
    }
}

impl FromStr for Kind {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|kind| kind.word() == text);
        found.ok_or("there is noise, people, mttr and runs")
    }
}

/// What a report is made from.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The incidents that opened in the time, the oldest first.
    pub incidents: Vec<Review>,
    /// The runs that were asked for in the time, the oldest first.
    pub runs: Vec<Ran>,
    /// From when on.
    pub since: DateTime<Utc>,
    /// Until when.
    pub until: DateTime<Utc>,
    /// Whose days and hours are meant.
    pub zone: Tz,
    /// There were more incidents than are looked at: the oldest are missing.
    pub is_cut: bool,
}

/// One run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// The runbook.
    pub runbook: String,
    /// When it was asked for.
    pub asked_at: DateTime<Utc>,
    /// How it ended; none: it has not.
    pub how: Option<How>,
    /// How long it took, where it began and ended.
    pub took: Option<TimeDelta>,
    /// The incident that it was to mend.
    pub incident: Option<u64>,
}

/// A report that was made.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Which one.
    pub kind: Kind,
    /// The answer in words, the first line alone says the most.
    pub text: String,
    /// The table.
    pub values: Values,
    /// The picture.
    pub chart: Chart,
}

/// Makes a report.
#[must_use]
pub fn make(kind: Kind, seen: &Seen) -> Report {
    let mut report = match kind {
        Kind::Noise => noise::make(seen),
        Kind::People => people::make(seen),
        Kind::Mttr => times::make(seen),
        Kind::Runs => runs::make(seen),
    };
    if seen.is_cut {
        let note = "there were more incidents than are looked at: the oldest are missing";
        report.chart.notes.push(note.to_owned());
        report.text.push_str(&format!("\nNot all of it: {note}."));
    }
    report
}
