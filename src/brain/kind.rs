//! What kinds of small documents a brain keeps. It refuses to know what they say.

use serde::{Deserialize, Serialize};

/// Kinds of documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Silences, by id.
    Silence,
    /// Heartbeats, by name.
    Heartbeat,
    /// The one storm that is going on, if any.
    Storm,
    /// Aliases of the chat language, by name.
    Alias,
    /// The tickets of the local register that are open, by number.
    Ticket,
    /// Sessions of the console, by a digest of what the browser holds.
    Session,
    /// Targets and services that belong to a run or a person for a while, by name.
    Lock,
    /// What may not run now, by what it holds for.
    Halt,
    /// Who stands in for whom in a schedule, by id.
    Override,
    /// Keys that this installation has made for itself, by what they are for.
    Key,
    /// How far each room is shown on a chat platform, by platform and room.
    Mirror,
    /// What only one process does at a time, and how far it has come.
    Lease,
    /// The last code of each person's second factor that has counted, by person.
    Code,
    /// Rights that people have given for a while, by id.
    Grant,
    /// When nothing may be changed, by what it holds for.
    Freeze,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 15] = [
        Self::Silence,
        Self::Heartbeat,
        Self::Storm,
        Self::Alias,
        Self::Ticket,
        Self::Session,
        Self::Lock,
        Self::Halt,
        Self::Override,
        Self::Key,
        Self::Mirror,
        Self::Lease,
        Self::Code,
        Self::Grant,
        Self::Freeze,
    ];

    /// Its name in the brain.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Silence => "silence",
            Self::Heartbeat => "heartbeat",
            Self::Storm => "storm",
            Self::Alias => "alias",
            Self::Ticket => "ticket",
            Self::Session => "session",
            Self::Lock => "lock",
            Self::Halt => "halt",
            Self::Override => "override",
            Self::Key => "key",
            Self::Mirror => "mirror",
            Self::Lease => "lease",
            Self::Code => "code",
            Self::Grant => "grant",
            Self::Freeze => "freeze",
        }
    }
}
