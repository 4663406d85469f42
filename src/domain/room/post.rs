//! One message and its parts.

use compact_str::CompactString;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One message.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Post {
    /// Plain text; the first line is the answer. It says everything that matters by itself.
    pub text: String,
    /// The state of an incident, where the message is its card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<Box<Card>>,
    /// Rows and columns, where the answer is a table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<Table>,
    /// A graph.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<Picture>,
    /// What a reader may do next.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<Button>,
}

impl Post {
    /// A message of text alone.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }
}

/// The one message of an incident that is edited in place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Card {
    /// The incident's number.
    pub number: u64,
    /// What is wrong.
    pub title: String,
    /// How bad: `sev1` is the worst.
    #[schemars(with = "String")]
    pub severity: CompactString,
    /// The state in words: `Firing, nobody has taken it`.
    pub state: String,
    /// The state's symbol, so that it is never said by colour alone.
    pub symbol: String,
    /// What else is known, in the order of its importance: where, since when, who leads, what is
    /// being tried, ticket.
    pub facts: Vec<Fact>,
    /// Where to look.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
}

/// One thing that a card knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fact {
    /// Its name: `since`.
    pub name: String,
    /// What it is.
    pub value: String,
}

/// An address with words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Link {
    /// The words.
    pub text: String,
    /// `http` or `https` only, or a path on this server.
    pub url: String,
}

/// Rows and columns.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Table {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The rows, each as long as `columns`.
    pub rows: Vec<Vec<String>>,
    /// How many rows there are that are not here.
    #[serde(default)]
    pub more: usize,
}

/// A graph that was drawn; its series are kept, so that it can be drawn again in another look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Picture {
    /// Its name under `/api/v1/pictures/`: the hash of what it shows.
    #[schemars(with = "String")]
    pub id: CompactString,
    /// What it shows, in words.
    pub alt: String,
    /// The full command that drew it.
    pub command: String,
}

/// A line to type, as a button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Button {
    /// What stands on it.
    pub label: String,
    /// The line that it types for whoever presses it.
    pub command: String,
    /// How much it weighs.
    #[serde(default)]
    pub style: Style,
}

/// How much a button weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    /// One of several.
    #[default]
    Normal,
    /// What most people will want.
    Primary,
    /// It changes something that cannot be taken back.
    Danger,
}
