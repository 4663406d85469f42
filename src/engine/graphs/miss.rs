//! Why there is no graph, as a sentence for whoever asked.

use std::fmt;

use crate::adapters::metrics::Trouble;
use crate::domain::dashboard::Bad;
use crate::domain::messages::graphs as say;
use crate::render;

/// Why there is no graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Miss {
    /// The question is wrong, or no graph is called so.
    Unclear(Bad),
    /// No source is configured that could be asked.
    NoSource(String),
    /// A source cannot be reached. It may be later.
    Away(String),
    /// A source did not answer in time. It may later.
    Slow(String),
    /// A source refuses the query: its own words.
    Refused(String),
    /// There is more than anybody can look at.
    TooMuch(String),
    /// The sources have nothing for this question and time.
    NoData(String),
    /// The chart cannot be kept. It may be later.
    Unkept(String),
    /// There is no picture of this name.
    Unknown(String),
    /// The picture cannot be drawn: its size, or a fault of ours.
    Undrawn(String),
}

impl Miss {
    /// Whether the same question may have an answer in a minute.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Away(_) | Self::Slow(_) | Self::Unkept(_))
    }

    /// What a source's trouble means.
    pub(super) fn of(trouble: &Trouble) -> Self {
        let text = say::sentence(&trouble.to_string());
        match trouble {
            Trouble::Away { .. } => Self::Away(text),
            Trouble::Slow { .. } => Self::Slow(text),
            Trouble::Refused { .. } | Trouble::Garbled { .. } => Self::Refused(text),
            Trouble::TooMuch { .. } => Self::TooMuch(text),
        }
    }
}

impl From<Bad> for Miss {
    fn from(bad: Bad) -> Self {
        Self::Unclear(bad)
    }
}

impl From<render::Error> for Miss {
    fn from(error: render::Error) -> Self {
        Self::Undrawn(say::sentence(&error.to_string()))
    }
}

impl fmt::Display for Miss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unclear(bad) => bad.fmt(f),
            Self::NoSource(text)
            | Self::Away(text)
            | Self::Slow(text)
            | Self::Refused(text)
            | Self::TooMuch(text)
            | Self::NoData(text)
            | Self::Unkept(text)
            | Self::Unknown(text)
            | Self::Undrawn(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for Miss {}
