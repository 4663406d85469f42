//! Tickets of the local register: how one begins, and what becomes of it.
//!
//! A ticket is its changes, in order; its status is that of the last one that has any.

use chrono::{DateTime, Utc};
use compact_str::{CompactString, format_compact};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What stands before a ticket's number in its id.
const PREFIX: &str = "T-";

/// How a ticket begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// The number of the incident that it is about.
    pub incident: u64,
    /// What is wrong, in one line.
    pub title: String,
    /// The rest, as the rule wrote it.
    pub body: String,
    /// The rule's labels for it.
    pub labels: Vec<String>,
    /// When it was opened.
    pub at: DateTime<Utc>,
}

/// Whether a ticket waits for somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Its incident is not over.
    Open,
    /// It is done.
    Closed,
}

/// What became of a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// When.
    pub at: DateTime<Utc>,
    /// Who; none: this program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<CompactString>,
    /// What was said with it.
    pub text: String,
    /// Its status from now on; none: as before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
}

/// The status after these changes.
#[must_use]
pub fn status(changes: &[Change]) -> Status {
    changes.iter().rev().find_map(|change| change.status).unwrap_or(Status::Open)
}

/// What a ticket is called: `T-7`.
#[must_use]
pub fn ticket_id(number: u64) -> CompactString {
    format_compact!("{PREFIX}{number}")
}

/// The number in the name of a ticket of the register.
#[must_use]
pub fn number_of(id: &str) -> Option<u64> {
    id.strip_prefix(PREFIX)?.parse().ok().filter(|number| *number > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_status_counts() {
        let change =
            |status| Change { at: DateTime::UNIX_EPOCH, by: None, text: String::new(), status };
        let (open, closed) = (change(Some(Status::Open)), change(Some(Status::Closed)));
        assert_eq!(status(&[]), Status::Open);
        assert_eq!(status(&[closed.clone(), change(None)]), Status::Closed);
        assert_eq!(status(&[closed, open]), Status::Open);
    }

    #[test]
    fn an_id_names_its_number() {
        assert_eq!(number_of(&ticket_id(7)), Some(7));
        for id in ["LOCAL-7", "T-", "T-0", "T-x", "OPS-1"] {
            assert_eq!(number_of(id), None, "{id}");
        }
    }
}
