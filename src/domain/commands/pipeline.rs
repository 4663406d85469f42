//! A line: one command, then filters over the table that it gives.
//!
//! `alerts | where severity=critical | group service | head 5`. Only the command may change
//! something. What stands behind its verb is kept as it was typed, because a query has quotes of
//! its own. It refuses to know which commands there are.
//!
//! Invariant: a printed pipeline is read back as itself.

use std::fmt;

use super::filter::{self, Filter};
use super::words::Unclosed;

/// The longest line: a note of several pages, as the API takes it.
pub const LINE_BYTES_MAX: usize = 16 * 1024;

/// So many filters at most: more is a program, not a question.
const FILTERS_MAX: usize = 16;

/// One line that somebody typed.
#[derive(Debug, Clone, PartialEq)]
pub struct Pipeline {
    /// The first word, in small letters.
    pub verb: String,
    /// What stands behind it, as it was typed.
    pub text: String,
    /// What is done with the table that the command gives.
    pub filters: Vec<Filter>,
}

/// Why a line is no pipeline.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Bad {
    /// There is nothing.
    #[error("nothing was typed")]
    Empty,
    /// It is longer than [`LINE_BYTES_MAX`].
    #[error("the line is longer than {LINE_BYTES_MAX} bytes")]
    TooLong,
    /// A quote was opened and never closed.
    #[error(transparent)]
    Unclosed(#[from] Unclosed),
    /// A filter cannot be read.
    #[error("{0}")]
    Filter(#[from] filter::Bad),
    /// There are more than a few filters.
    #[error("there are more than {FILTERS_MAX} filters")]
    TooMany,
}

impl Pipeline {
    /// Reads a line. What stands behind a verb that `is_free` is text, whatever it holds.
    ///
    /// # Errors
    /// When it is empty or too long, a quote is open, or a filter cannot be read.
    pub fn read(line: &str, is_free: impl Fn(&str) -> bool) -> Result<Self, Bad> {
        let line = line.trim();
        if line.len() > LINE_BYTES_MAX {
            return Err(Bad::TooLong);
        }
        let (verb, rest) = verb_of(line);
        if verb.is_empty() {
            return Err(Bad::Empty);
        }
        if is_free(&verb) {
            return Ok(Self { verb, text: rest.trim().to_owned(), filters: Vec::new() });
        }
        let mut stages = stages(rest)?.into_iter();
        let text = stages.next().unwrap_or_default().trim().to_owned();
        let filters = stages.map(Filter::read).collect::<Result<Vec<_>, _>>()?;
        if filters.len() > FILTERS_MAX {
            return Err(Bad::TooMany);
        }
        filter::in_order(&filters)?;
        Ok(Self { verb, text, filters })
    }
}

/// The verb of a line as it is known, and what stands behind it. The verb is in small letters, and
/// without what a sentence puts behind its first word.
#[must_use]
pub fn verb_of(line: &str) -> (String, &str) {
    let line = line.trim_start();
    let end = line.find(|c: char| c.is_whitespace() || c == '|').unwrap_or(line.len());
    let (word, rest) = line.split_at_checked(end).unwrap_or((line, ""));
    let bare = word.trim_end_matches(['?', '!', ':', ',', '.']);
    let verb = if bare.is_empty() { word } else { bare };
    (verb.to_lowercase(), rest)
}

/// Splits at each `|` that stands outside quotes.
fn stages(text: &str) -> Result<Vec<&str>, Unclosed> {
    let (mut stages, mut begin, mut open) = (Vec::new(), 0, None);
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match (letter, open) {
            ('\\', Some('"')) => drop(letters.next()),
            ('"' | '\'', None) => open = Some(letter),
            (letter, Some(quote)) if letter == quote => open = None,
            ('|', None) => {
                stages.push(text.get(begin..at).unwrap_or_default());
                begin = at + 1;
            }
            (_, _) => {}
        }
    }
    match open {
        Some(quote) => Err(Unclosed(quote)),
        None => {
            stages.push(text.get(begin..).unwrap_or_default());
            Ok(stages)
        }
    }
}

impl fmt::Display for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.verb)?;
        if !self.text.is_empty() {
            write!(f, " {}", self.text)?;
        }
        self.filters.iter().try_for_each(|filter| write!(f, " | {filter}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(line: &str) -> Result<Pipeline, Bad> {
        Pipeline::read(line, |verb| verb == "note")
    }

    #[test]
    fn a_line_is_a_command_and_filters() {
        let pipeline = read("Alerts|where severity=critical | head 5").unwrap();
        assert_eq!((pipeline.verb.as_str(), pipeline.text.as_str()), ("alerts", ""));
        assert_eq!(pipeline.filters.len(), 2);
        assert_eq!(pipeline.to_string(), "alerts | where severity=critical | head 5");
        let query = read(r#"query sum(x{a=~"b|c"}) 1h | sort -value"#).unwrap();
        assert_eq!(query.text, r#"sum(x{a=~"b|c"}) 1h"#);
        assert_eq!(query.filters.len(), 1);
    }

    #[test]
    fn free_text_is_text() {
        let note = read("note it's down | really").unwrap();
        assert_eq!((note.text.as_str(), note.filters.len()), ("it's down | really", 0));
        assert_eq!(read("ack it's"), Err(Bad::Unclosed(Unclosed('\''))));
        assert_eq!(read("Why?").unwrap().verb, "why");
        assert_eq!(read(" \n"), Err(Bad::Empty));
        assert_eq!(read("| head"), Err(Bad::Empty));
        assert_eq!(read(&"x".repeat(LINE_BYTES_MAX + 1)), Err(Bad::TooLong));
    }

    proptest! {
        #[test]
        fn any_line_is_read_and_its_print_is_read_back(
            line in r#"(note|alerts|query|[a-z]{0,4})[ a-z0-9=~"'|\\!<>,@#?é-]{0,60}"#
        ) {
            if let Ok(first) = read(&line) {
                let printed = first.to_string();
                prop_assert_eq!(read(&printed), Ok(first), "{}", printed);
            }
        }
    }
}
