//! One silence, and how it stands at a time.

use chrono::{DateTime, Datelike, Utc};
use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::domain::alert::Labels;
use crate::domain::matcher::Matchers;
use crate::domain::noise::interval::{BadRecurrence, Recurrence, Standing};

/// The longest comment, in bytes: it is shown in rooms and kept with every alert it holds.
pub const MAX_COMMENT: usize = 4096;

/// The longest name of who made it, in bytes; an address fits.
pub const MAX_CREATOR: usize = 320;

/// Labels that are not news for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    /// A UUID, chosen when it is made; a change that rewrites history makes a new one.
    pub id: CompactString,
    /// The alerts that it holds.
    pub matchers: Matchers,
    /// From when on.
    pub starts_at: DateTime<Utc>,
    /// Until when; that instant is outside.
    pub ends_at: DateTime<Utc>,
    /// Who made it, as they say. Untrusted.
    pub created_by: CompactString,
    /// Why.
    pub comment: String,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// The times between start and end at which it holds; always where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeats: Option<Recurrence>,
}

/// How a silence stands at a time, in Alertmanager's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It holds nothing now, and will later.
    Pending,
    /// It holds what matches.
    Active,
    /// It is over.
    Expired,
}

/// Why a silence is refused, in Alertmanager's words where it has some.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Bad {
    /// Nothing to match.
    #[error("silence invalid: at least one matcher required")]
    NoMatcher,
    /// It would hold everything.
    #[error("silence invalid: at least one matcher must not match the empty string")]
    MatchesEverything,
    /// A matcher that cannot be compiled.
    #[error("silence invalid: invalid label matcher {index}: {why}")]
    Matcher {
        /// Its place, from 0.
        index: usize,
        /// What is wrong with it.
        why: String,
    },
    /// No start.
    #[error("silence invalid: invalid zero start timestamp")]
    NoStart,
    /// No end.
    #[error("silence invalid: invalid zero end timestamp")]
    NoEnd,
    /// The end does not come after the start.
    #[error("failed to create silence: start time must be before end time")]
    EndBeforeStart,
    /// It would be over at once.
    #[error("failed to create silence: end time can't be in the past")]
    EndInPast,
    /// A text is longer than it may be.
    #[error("silence invalid: {0} is longer than {1} bytes")]
    TooLong(&'static str, usize),
    /// Its times make no sense.
    #[error("silence invalid: {0}")]
    Repeats(#[from] BadRecurrence),
}

impl Silence {
    /// Refuses what Alertmanager refuses, and texts that are too long.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn validate(&self, now: DateTime<Utc>) -> Result<(), Bad> {
        // Go writes a time that was never set as the first of January of the year 1.
        if self.starts_at.year() <= 1 {
            return Err(Bad::NoStart);
        }
        if self.ends_at.year() <= 1 {
            return Err(Bad::NoEnd);
        }
        if self.ends_at <= self.starts_at {
            return Err(Bad::EndBeforeStart);
        }
        if self.ends_at < now {
            return Err(Bad::EndInPast);
        }
        self.validate_content()
    }

    fn validate_content(&self) -> Result<(), Bad> {
        if self.matchers.is_empty() {
            return Err(Bad::NoMatcher);
        }
        if self.matchers.match_nothing_named() {
            return Err(Bad::MatchesEverything);
        }
        if self.comment.len() > MAX_COMMENT {
            return Err(Bad::TooLong("the comment", MAX_COMMENT));
        }
        if self.created_by.len() > MAX_CREATOR {
            return Err(Bad::TooLong("the creator", MAX_CREATOR));
        }
        self.repeats.as_ref().map_or(Ok(()), Recurrence::validate)?;
        Ok(())
    }

    /// How it stands: a silence that repeats is pending between its windows, and expired when its
    /// last one before the end is over.
    #[must_use]
    pub fn state(&self, now: DateTime<Utc>) -> State {
        if self.active_until(now).is_some() {
            return State::Active;
        }
        if self.next_start(now).is_some() { State::Pending } else { State::Expired }
    }

    /// Until when it holds without a break, if it holds at `now`; then it is to be looked at again.
    #[must_use]
    pub fn active_until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if now < self.starts_at || now >= self.ends_at {
            return None;
        }
        match self.repeats.as_ref().map(|repeats| repeats.at(now)) {
            None | Some(Standing::Inside(None)) => Some(self.ends_at),
            Some(Standing::Inside(Some(end))) => Some(end.min(self.ends_at)),
            Some(Standing::Outside(_)) => None,
        }
    }

    /// When it begins to hold the next time, if it does not hold at `now`.
    #[must_use]
    pub fn next_start(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let from = now.max(self.starts_at);
        let start = match self.repeats.as_ref().map(|repeats| repeats.at(from)) {
            None | Some(Standing::Inside(_)) => Some(from),
            Some(Standing::Outside(next)) => next,
        };
        start.filter(|start| *start > now && *start < self.ends_at)
    }

    /// Whether it holds an alert with these labels at `now`.
    #[must_use]
    pub fn holds(&self, labels: &Labels, now: DateTime<Utc>) -> bool {
        let running = self.starts_at <= now && now < self.ends_at;
        running
            && self.matchers.matches(labels)
            && self.repeats.as_ref().is_none_or(|repeats| repeats.contains(now))
    }
}
