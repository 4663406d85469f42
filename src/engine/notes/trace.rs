//! Where the brain stood, and when: what a later look is compared with.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::file::{self, Error};
use crate::brain::Position;

/// How far apart two marks are: a rollback is dated no better than this.
const STEP: TimeDelta = TimeDelta::minutes(1);
/// How many marks are kept: a day of them. A brain that has lost more was restored from a backup.
const MARKS_MAX: usize = 1440;

/// What a look at the brain says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It has everything that it had.
    Sound,
    /// Another server has its history now: what was written after this time may be gone.
    MayHaveForgotten(DateTime<Utc>),
    /// What was written after this time is gone.
    Forgot(DateTime<Utc>),
    /// It is another store, or an empty one.
    Stranger,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    at: DateTime<Utc>,
    sequence: u64,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Seen {
    /// Empty before the first look.
    id: String,
    replid: String,
    /// The oldest first, sequences never falling.
    marks: Vec<Mark>,
    last: Option<Mark>,
}

/// The looks so far.
#[derive(Debug, Default)]
pub struct Trace {
    seen: Mutex<Seen>,
    /// None: in memory only.
    path: Option<PathBuf>,
}

impl Trace {
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let text = file::read(path)?;
        let seen = serde_json::from_str(&text).unwrap_or_default();
        Ok(Self { seen: Mutex::new(seen), path: Some(path.to_owned()) })
    }

    /// Compares a look with what was seen before; changes nothing.
    #[must_use]
    pub fn judge(&self, now: &Position) -> Verdict {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(last) = seen.last else { return Verdict::Sound };
        if now.id != seen.id {
            return Verdict::Stranger;
        }
        if now.sequence < last.sequence {
            // The newest mark that it may still have. Writes since its rollback make it look
            // younger than it is; whoever replays goes back further than this, for their sake.
            let before = seen.marks.iter().rev().find(|mark| mark.sequence <= now.sequence);
            let since = before.or(seen.marks.first()).map_or(last.at, |mark| mark.at);
            return Verdict::Forgot(since);
        }
        if now.replid == seen.replid { Verdict::Sound } else { Verdict::MayHaveForgotten(last.at) }
    }

    /// Takes a look as the truth from now on: it was sound, or what it lacked was replayed. Blocks
    /// when it is time to write it down.
    ///
    /// # Errors
    /// When it could not be written down: a rollback during the next downtime may go unnoticed.
    pub fn accept(&self, position: &Position, now: DateTime<Utc>) -> Result<(), Error> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let mark = Mark { at: now, sequence: position.sequence };
        let is_new = seen.id != position.id || seen.replid != position.replid;
        seen.marks.retain(|mark| mark.sequence <= position.sequence);
        let is_due = seen.marks.last().is_none_or(|last| now - last.at >= STEP);
        if is_due {
            let surplus = (seen.marks.len() + 1).saturating_sub(MARKS_MAX);
            seen.marks.drain(..surplus);
            seen.marks.push(mark);
        }
        seen.id.clone_from(&position.id);
        seen.replid.clone_from(&position.replid);
        seen.last = Some(mark);
        let Some(path) = self.path.as_ref().filter(|_| is_new || is_due) else { return Ok(()) };
        let text = serde_json::to_string(&*seen).unwrap_or_default();
        drop(seen);
        file::replace(path, &text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> DateTime<Utc> {
        "2026-03-01T12:00:00Z".parse().unwrap()
    }

    fn position(replid: &str, sequence: u64) -> Position {
        Position { id: "a".to_owned(), replid: replid.to_owned(), sequence }
    }

    /// One mark a minute, ten commits in each.
    fn traced(trace: Trace) -> Trace {
        for minute in 0..5_u32 {
            let at = noon() + TimeDelta::minutes(i64::from(minute));
            trace.accept(&position("r", u64::from(minute) * 10), at).unwrap();
        }
        trace
    }

    #[test]
    fn a_sequence_that_goes_back_is_dated() {
        let trace = traced(Trace::default());
        assert_eq!(trace.judge(&position("r", 41)), Verdict::Sound);
        let since = noon() + TimeDelta::minutes(2);
        assert_eq!(trace.judge(&position("other", 25)), Verdict::Forgot(since));
        assert_eq!(trace.judge(&position("r", 0)), Verdict::Forgot(noon()));
    }

    #[test]
    fn another_server_may_lack_what_came_after_the_last_look() {
        let trace = traced(Trace::default());
        let last = noon() + TimeDelta::minutes(4);
        assert_eq!(trace.judge(&position("other", 99)), Verdict::MayHaveForgotten(last));
        trace.accept(&position("other", 99), last).unwrap();
        assert_eq!(trace.judge(&position("other", 99)), Verdict::Sound);
    }

    #[test]
    fn an_empty_or_other_store_is_a_stranger() {
        let trace = traced(Trace::default());
        let gone = Position { id: String::new(), ..position("r", 99) };
        assert_eq!(trace.judge(&gone), Verdict::Stranger);
        assert_eq!(Trace::default().judge(&gone), Verdict::Sound);
    }

    #[test]
    fn a_rollback_is_seen_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trace.json");
        drop(traced(Trace::open(&path).unwrap()));
        let trace = Trace::open(&path).unwrap();
        assert!(matches!(trace.judge(&position("r", 39)), Verdict::Forgot(_)));
    }
}
