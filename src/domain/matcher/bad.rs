//! What is wrong with a text of matchers, and where.

use std::ops::Range;

/// A mistake in a text, for the person who wrote it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Bad {
    /// One line, lower case, without the text around it.
    pub message: String,
    /// The bytes of the input that are wrong; empty where something is missing.
    pub span: Range<usize>,
    /// What to write instead, where that is likely to be known.
    pub help: Option<String>,
}

impl Bad {
    /// A mistake without advice.
    pub fn new(message: impl Into<String>, span: Range<usize>) -> Self {
        Self { message: message.into(), span, help: None }
    }

    /// The same mistake with advice.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same mistake in a longer text, which has `start` bytes before this one.
    #[must_use]
    pub fn shifted(mut self, start: usize) -> Self {
        self.span = self.span.start + start..self.span.end + start;
        self
    }
}
