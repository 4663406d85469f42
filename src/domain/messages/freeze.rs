//! Answers about times in which nothing begins.

use chrono::{DateTime, Utc};

use super::plain;
use crate::domain::run::Freeze;

/// The longest reason in a line.
const WHY_CHARS: usize = 120;

fn moment(at: DateTime<Utc>) -> String {
    at.format(" until %a %Y-%m-%d %H:%M UTC").to_string()
}

/// What is frozen, by whom, until when, and why.
#[must_use]
pub fn holds(freeze: &Freeze) -> String {
    let until = freeze.until.map(moment).unwrap_or_default();
    let why = plain(&freeze.why, WHY_CHARS);
    let why = if why.is_empty() { why } else { format!(": {why}") };
    format!("{} is frozen{until} by {}{why}", freeze.what(), freeze.by)
}

/// Why a run does not begin.
#[must_use]
pub fn refused(freeze: &Freeze) -> String {
    holds(freeze)
}

/// A run was asked for before a freeze that wants one more person.
#[must_use]
pub fn needs_one_more(freeze: &Freeze) -> String {
    format!("{}; ask for it again, and one person more will be asked", holds(freeze))
}

/// Something was frozen.
#[must_use]
pub fn frozen(freeze: &Freeze) -> String {
    let until = freeze.until.map(moment).unwrap_or_default();
    format!("{} is frozen{until}: no run begins. What is under way goes on.", freeze.what())
}

/// Something may begin again.
#[must_use]
pub fn thawed(what: &str, was_frozen: bool) -> String {
    if was_frozen {
        return format!("{what} is no longer frozen. What was refused has to be started again.");
    }
    format!(
        "Nothing was changed: nobody froze {what}. Windows of the configuration end there. What \
         holds now: locks"
    )
}

/// It has no end that makes sense.
#[must_use]
pub fn bad_end(days: i64) -> String {
    format!("Nothing was frozen: a freeze ends, in the future and within {days} days.")
}
