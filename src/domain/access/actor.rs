//! Somebody who asks.

use std::collections::BTreeSet;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

/// What the nameless operator is called in timelines and logs. No person may have this name.
pub const OPERATOR: &str = "operator";

/// Somebody who asks, known for sure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The name in the configuration, or what the platform calls somebody whom it does not know.
    pub name: CompactString,
    /// Whether the name stands in the configuration: only those hold grants of their own.
    pub is_known: bool,
    /// The teams that the configuration puts them in.
    pub teams: BTreeSet<CompactString>,
    /// How they came in.
    pub via: Via,
}

/// How somebody came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// The command line or a program on this machine: whoever can start processes here may do all.
    Local,
    /// The API token, or a person's own token.
    Token,
    /// The web console.
    Console,
    /// A chat platform.
    Chat,
    /// An answer to a page: a telephone number that is theirs, or a link that was made for them.
    Pager,
}

impl Via {
    /// The word for it in answers and logs.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Token => "token",
            Self::Console => "console",
            Self::Chat => "chat",
            Self::Pager => "pager",
        }
    }
}

impl Actor {
    /// Whoever works on this machine, or holds what only such a person can give away: the API token,
    /// or a console opened with a link that was printed here.
    #[must_use]
    pub fn operator(via: Via) -> Self {
        Self { name: OPERATOR.into(), is_known: false, teams: BTreeSet::new(), via }
    }

    /// Whether this is the nameless operator, who may do everything. A person never is, whatever way
    /// they came in; nor is somebody on a chat platform who calls themselves so.
    #[must_use]
    pub fn is_operator(&self) -> bool {
        match self.via {
            Via::Local | Via::Token | Via::Console => !self.is_known && self.name == OPERATOR,
            Via::Chat | Via::Pager => false,
        }
    }
}
