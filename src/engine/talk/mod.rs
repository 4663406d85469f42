//! What people type, carried out: the same in every room, in the console, on the command line.
//!
//! [`Engine::say`](super::Engine::say) hears one line: cleans it, reads it, asks whether they may,
//! runs it, and enters what was typed and answered into the room. A command is one file in
//! [`commands`]. It refuses to run what nobody typed: quotes, edits and other bots' messages.

mod aliases;
mod answer;
mod audit;
pub mod commands;
mod desk;
mod enter;
mod once;
mod place;
mod read;
mod say;
#[cfg(test)]
mod tests;

pub use answer::{Answer, Trouble};
pub use desk::Desk;
pub(super) use once::Once;
use read::is_taken;
pub use read::{Command, Plan, Target, ran};

use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::access::Actor;
use crate::domain::room::Post;

/// One line, and who typed it where.
#[derive(Debug, Clone, Copy)]
pub struct Spoken<'a> {
    /// Who.
    pub actor: &'a Actor,
    /// The room: `12`, `ops`. None: the answer goes to nobody else.
    pub room: Option<&'a str>,
    /// The line as it came.
    pub line: &'a str,
    /// How it came.
    pub origin: Origin,
    /// The client's name for this request: said again with the same key, it is done once.
    pub key: Option<&'a str>,
}

/// How a line came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Somebody typed it, or pressed a button that types it.
    Typed,
    /// It is quoted or forwarded: somebody else's words.
    Quoted,
    /// An old message was edited.
    Edited,
    /// A program posted it.
    Bot,
}

/// What became of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Said {
    /// The full command that ran, with everything that the room filled in; empty where none did.
    pub ran: String,
    /// How it ended.
    pub outcome: Outcome,
    /// The answer; empty where a line was only said to others.
    pub post: Post,
    /// The answer is for whoever asked: it does not stand in the room.
    pub private: bool,
    /// The answer's number in the room's log.
    pub entry: Option<u64>,
}

/// How a line ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was done, or said.
    Done,
    /// It may not be done, or not now; nothing changed.
    Refused,
    /// It could not be read; nothing changed.
    Misunderstood,
    /// It was tried, and did not work.
    Failed,
}

impl Outcome {
    /// Its name, as the API and the log write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Misunderstood => "misunderstood",
            Self::Failed => "failed",
        }
    }
}
