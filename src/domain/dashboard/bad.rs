//! A question that cannot be answered, in words for whoever asked.

use std::fmt;

/// What is wrong with a question, and what to type instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bad {
    /// What is wrong, as a sentence.
    pub why: String,
    /// Lines or names to take instead, the likeliest first; few.
    pub instead: Vec<String>,
}

impl Bad {
    /// Something is wrong, and the sentence says what to do.
    #[must_use]
    pub fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), instead: Vec::new() }
    }

    /// What to type instead.
    #[must_use]
    pub fn instead(mut self, line: impl Into<String>) -> Self {
        self.instead.push(line.into());
        self
    }
}

impl fmt::Display for Bad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)?;
        match self.instead.as_slice() {
            [] => Ok(()),
            [one] => write!(f, " Type: {one}"),
            many => write!(f, " Type one of: {}", many.join(" | ")),
        }
    }
}

impl std::error::Error for Bad {}
