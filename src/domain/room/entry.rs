//! One line of a room's log.

use chrono::{DateTime, Utc};
use compact_str::CompactString;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::post::Post;

/// The slot of an incident's card.
pub const CARD: CompactString = CompactString::const_new("card");

/// One line of a room's log. A log only grows: an edit is a later entry with the same `slot`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Entry {
    /// The idempotency key: two entries with one id are one.
    #[schemars(with = "String")]
    pub id: CompactString,
    /// When it was said.
    pub at: DateTime<Utc>,
    /// Who said it.
    pub by: Author,
    /// What it replaces: the newest entry of a slot is shown in the place of the first. None: it
    /// stands for itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub slot: Option<CompactString>,
    /// What was said.
    pub post: Post,
}

/// Who said something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Author {
    /// This program.
    Warroom,
    /// Somebody.
    Person {
        /// The name that others know.
        #[schemars(with = "String")]
        name: CompactString,
    },
}
