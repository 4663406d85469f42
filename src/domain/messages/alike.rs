//! What was alike before, and what ended it.

use chrono::{DateTime, Utc};

use super::plain::plain;
use crate::domain::review::Review;
use crate::domain::run::How;

/// Characters of a title or a note: one line on a phone.
const SHORT: usize = 80;

/// What the room hears when it opens.
#[must_use]
pub fn opening(lines: &[String]) -> String {
    format!("Seen before: {}", lines.join("\n"))
}

/// The answer to `similar`.
#[must_use]
pub fn answer(number: u64, lines: &[String]) -> String {
    if lines.is_empty() {
        return format!("Nothing like #{number} happened in the last 90 days.");
    }
    format!("Like #{number}, the most alike first:\n{}", lines.join("\n"))
}

/// One of them.
#[must_use]
pub fn line((number, title): (u64, &str), at: DateTime<Utc>, ended: &str) -> String {
    format!("#{number} on {}, {}: {ended}", at.format("%Y-%m-%d"), plain(title, SHORT))
}

/// What ended an incident: a remedy before a person, a person before the alerts.
#[must_use]
pub fn ended(review: &Review) -> String {
    let note =
        review.notes.last().map(|(by, note)| format!("; {by} noted: {}", plain(note, SHORT)));
    let note = note.unwrap_or_default();
    if let Some(fix) = review.fixes.iter().rfind(|fix| fix.how == How::Succeeded) {
        return format!("{} helped (run {}){note}.", fix.runbook, fix.run);
    }
    match (&review.resolved_by, &review.taken, review.resolved_at) {
        (_, _, None) => format!("it is not over yet{note}."),
        (Some(by), _, _) => format!("{by} said that it was over{note}."),
        (None, Some((_, by)), _) => format!("it cleared after {by} took it{note}."),
        (None, None, _) => format!("it went by itself{note}."),
    }
}
