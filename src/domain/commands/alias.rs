//! Short words that somebody gave to longer lines: `alias gl = graph latency $1 1h`.
//!
//! An alias is text that is put in the place of what was typed; what comes out is read like any
//! line, with the rights of whoever typed it. What stands for `$1` is data: it becomes one word,
//! never a second command. It refuses names of commands.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::words::Word;

/// The longest name: it is typed at night.
const NAME_CHARS: usize = 24;
/// The longest line behind a name.
const LINE_CHARS: usize = 500;

/// One alias.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alias {
    /// The word; `r$1` stands for every word that begins with `r`, and `$1` for the rest of it.
    pub name: CompactString,
    /// The line, in which `$1`, `$2` … stand for the words that follow.
    pub line: String,
    /// Who made it.
    pub by: CompactString,
}

/// Why an alias cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadAlias {
    /// It is no `name = line`.
    #[error("it is typed like this: alias gl = graph latency $1 1h")]
    Shape,
    /// The name has letters that cannot be typed as one word.
    #[error("{0:?} cannot be an alias: letters, digits, - and _, and $1 at its end")]
    Name(String),
    /// The name is a command's.
    #[error("{0:?} is a command, and an alias may not hide it")]
    Hides(String),
    /// The line is too long.
    #[error("the line of an alias has at most {LINE_CHARS} characters")]
    TooLong,
}

impl Alias {
    /// Reads `gl = graph latency $1 1h`.
    ///
    /// # Errors
    /// When it is not like that, or the name is a command's.
    pub fn read(text: &str, by: &str, is_command: impl Fn(&str) -> bool) -> Result<Self, BadAlias> {
        let (name, line) = text.split_once('=').ok_or(BadAlias::Shape)?;
        let (name, line) = (name.trim().to_lowercase(), line.trim());
        if name.is_empty() || line.is_empty() {
            return Err(BadAlias::Shape);
        }
        let stem = name.strip_suffix("$1").unwrap_or(&name);
        let is_letter = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
        let is_word = stem.starts_with(char::is_alphabetic) && stem.chars().all(is_letter);
        if !is_word || name.chars().count() > NAME_CHARS {
            return Err(BadAlias::Name(name));
        }
        if is_command(&name) {
            return Err(BadAlias::Hides(name));
        }
        if line.chars().count() > LINE_CHARS {
            return Err(BadAlias::TooLong);
        }
        Ok(Self { name: name.into(), line: line.to_owned(), by: by.into() })
    }

    /// The line that this alias makes of a verb and the words behind it; none: it is not meant.
    #[must_use]
    pub fn expand(&self, verb: &str, words: &[Word]) -> Option<String> {
        let mut given: Vec<String> = Vec::new();
        match self.name.strip_suffix("$1") {
            None if self.name == verb => {}
            None => return None,
            Some(stem) => {
                given.push(verb.strip_prefix(stem).filter(|rest| !rest.is_empty())?.to_owned());
            }
        }
        given.extend(words.iter().map(inert));
        Some(fill(&self.line, &given))
    }
}

/// A word so that it is one word, whatever it holds.
fn inert(word: &Word) -> String {
    let quoted = Word { key: word.key.clone(), text: word.text.clone(), is_quoted: true };
    let is_plain =
        |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ':' | '#' | '@');
    let key = word.key.as_ref().map(|key| format!("{key}=")).unwrap_or_default();
    if !word.text.is_empty() && word.text.chars().all(is_plain) {
        return format!("{key}{}", word.text);
    }
    quoted.to_string()
}

/// Fills the places of a line; words without a place stand at its end.
fn fill(line: &str, given: &[String]) -> String {
    let mut out = String::new();
    let mut used = vec![false; given.len()];
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        let digit = letters.peek().and_then(|next| next.to_digit(10));
        match digit.and_then(|digit| usize::try_from(digit).ok()).filter(|place| *place > 0) {
            Some(place) if letter == '$' => {
                letters.next();
                out.push_str(given.get(place - 1).map_or("", String::as_str));
                if let Some(used) = used.get_mut(place - 1) {
                    *used = true;
                }
            }
            Some(_) | None => out.push(letter),
        }
    }
    for (word, _) in given.iter().zip(&used).filter(|(_, used)| !**used) {
        out.push(' ');
        out.push_str(word);
    }
    out.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::words::words;
    use super::*;

    fn read(text: &str) -> Result<Alias, BadAlias> {
        Alias::read(text, "ana", |name| name == "ack")
    }

    fn expand(alias: &str, typed: &str) -> Option<String> {
        let (verb, rest) = typed.split_once(' ').unwrap_or((typed, ""));
        read(alias).unwrap().expand(verb, &words(rest).unwrap())
    }

    #[test]
    fn places_are_filled_and_the_rest_follows() {
        for (alias, typed, line) in [
            ("gl = graph latency $1 1h", "gl cms", Some("graph latency cms 1h")),
            ("r$1 = run restart $1 env=prod", "rcms", Some("run restart cms env=prod")),
            (
                "crit = alerts | where severity=critical",
                "crit",
                Some("alerts | where severity=critical"),
            ),
            ("l = logs", "l cms 10", Some("logs cms 10")),
            ("gl = graph $1", "other", None),
            ("r$1 = run $1", "r", None),
        ] {
            assert_eq!(expand(alias, typed).as_deref(), line, "{alias} / {typed}");
        }
    }

    #[test]
    fn what_fills_a_place_is_one_word() {
        assert_eq!(
            expand("gl = graph $1", r#"gl "a | silence 9h""#).as_deref(),
            Some(r#"graph "a | silence 9h""#)
        );
        assert_eq!(expand("s = status $1", "s '$2'").as_deref(), Some("status \"$2\""));
    }

    #[test]
    fn a_name_may_not_hide_a_command() {
        assert_eq!(read("ack = resolve"), Err(BadAlias::Hides("ack".to_owned())));
        assert!(matches!(read("a|b = status"), Err(BadAlias::Name(_))));
        assert!(matches!(read("$1 = status"), Err(BadAlias::Name(_))));
        assert_eq!(read("nothing"), Err(BadAlias::Shape));
        assert_eq!(read(&format!("x = {}", "y".repeat(501))), Err(BadAlias::TooLong));
    }
}
