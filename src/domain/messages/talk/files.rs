//! What changed in the files of authors.

use chrono::{DateTime, Utc};

use crate::domain::diff::Change;
use crate::domain::messages::incident::clock;

/// Lines of one answer: more is for an editor.
const LINES_MAX: usize = 40;

/// Nothing differs and nothing has changed since the start.
#[must_use]
pub fn nothing_changed() -> String {
    "What lies on disk is what runs, and nothing has changed since the start.".to_owned()
}

/// What lies on disk cannot be used.
#[must_use]
pub fn files_refused(what: &str, why: &str) -> String {
    let why = why.lines().next().unwrap_or_default();
    format!("The {what} on disk are broken and do not run: {why}\nMend them, or run: warroom check")
}

/// What lies on disk runs, since a time.
#[must_use]
pub fn files_changed(what: &str, at: DateTime<Utc>) -> String {
    format!("The {what} on disk run, since {}. Their last change:", clock(at))
}

/// The lines of one file that differ, and who changed it.
#[must_use]
pub fn file_diff(file: &str, by: Option<&str>, changes: &[Change<'_>]) -> String {
    let by = by.map(|by| format!(", by {by}")).unwrap_or_default();
    let mut text = format!("{file}{by}");
    for change in changes.iter().take(LINES_MAX) {
        text.push_str(&match change {
            Change::Gone(line, it) => format!("\n- {line}: {it}"),
            Change::New(line, it) => format!("\n+ {line}: {it}"),
        });
    }
    if let Some(more @ 1..) = changes.len().checked_sub(LINES_MAX) {
        text.push_str(&format!("\n({more} more lines differ)"));
    }
    text
}
