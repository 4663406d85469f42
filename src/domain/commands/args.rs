//! The words behind a verb, taken one after the other.

use std::collections::VecDeque;

use chrono::TimeDelta;
use compact_str::CompactString;

use super::place::Place;
use super::words::{Word, words};
use crate::domain::duration;
use crate::domain::ids::Number;
use crate::domain::messages::talk as say;

/// The longest name of a person or a team.
const NAME_CHARS: usize = 64;

/// Why a command was not understood: what to say, and lines that may have been meant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mistake {
    /// What is wrong, and what to type.
    pub text: String,
    /// Lines to offer as buttons.
    pub offers: Vec<String>,
}

impl Mistake {
    /// A mistake with nothing to offer.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), offers: Vec::new() }
    }
}

/// The words behind a verb.
#[derive(Debug, Clone)]
pub struct Args<'a> {
    text: &'a str,
    words: VecDeque<Word>,
    place: &'a Place,
}

impl<'a> Args<'a> {
    /// Splits what stands behind a verb. Free text may hold an open quote: it has no words then.
    ///
    /// # Errors
    /// When a quote is not closed.
    pub fn new(text: &'a str, is_free: bool, place: &'a Place) -> Result<Self, Mistake> {
        let words = match words(text) {
            Ok(words) => words.into(),
            Err(_) if is_free => VecDeque::new(),
            Err(open) => return Err(Mistake::new(format!("{open}: nothing was done"))),
        };
        Ok(Self { text, words, place })
    }

    /// What stands behind the verb, as it was typed.
    #[must_use]
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// Where it was typed.
    #[must_use]
    pub fn place(&self) -> &'a Place {
        self.place
    }

    /// The next word.
    pub fn next_word(&mut self) -> Option<Word> {
        self.words.pop_front()
    }

    /// The next word, if this holds of it.
    pub fn next_if(&mut self, is: impl FnOnce(&Word) -> bool) -> Option<Word> {
        let fits = self.words.front().is_some_and(is);
        if fits { self.words.pop_front() } else { None }
    }

    /// Takes a word that must be this one; says whether it was there.
    pub fn keyword(&mut self, keyword: &str) -> bool {
        let is = |word: &Word| {
            word.key.is_none() && !word.is_quoted && word.text.eq_ignore_ascii_case(keyword)
        };
        self.next_if(is).is_some()
    }

    /// Every word that is left.
    pub fn rest(&mut self) -> Vec<Word> {
        std::mem::take(&mut self.words).into()
    }

    /// The number of an incident, where one is next: `#12`, `12`.
    pub fn number(&mut self) -> Option<Number> {
        let number = self.words.front().and_then(number_of)?;
        self.words.pop_front();
        Some(number)
    }

    /// The incident that is meant: the one that is named, or the room's own.
    ///
    /// # Errors
    /// When none is named, and the room has none.
    pub fn incident(&mut self, verb: &str) -> Result<Number, Mistake> {
        let named = self.number();
        named.or(self.place.number()).ok_or_else(|| Mistake::new(say::which_incident(verb)))
    }

    /// A length of time, where one is next.
    pub fn duration(&mut self) -> Option<TimeDelta> {
        let word = self.words.front().filter(|word| word.key.is_none() && !word.is_quoted)?;
        let length = duration::parse(&word.text).ok().filter(|length| !length.is_zero())?;
        self.words.pop_front();
        Some(length)
    }

    /// A count, where one is next.
    pub fn count(&mut self) -> Option<usize> {
        let word = self.words.front().filter(|word| word.key.is_none() && !word.is_quoted)?;
        let count = word.text.parse().ok()?;
        self.words.pop_front();
        Some(count)
    }

    /// A person, where one is next: `@ana`; without the sign, any word will do.
    ///
    /// # Errors
    /// When there is none, or it is no name.
    pub fn person(&mut self, usage: &str) -> Result<CompactString, Mistake> {
        let missing = || Mistake::new(say::usage(usage));
        let word = self.next_word().filter(|word| word.key.is_none()).ok_or_else(missing)?;
        let name = word.text.trim_start_matches('@');
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        if name.is_empty() || name.chars().count() > NAME_CHARS || !name.chars().all(is_name) {
            return Err(missing());
        }
        Ok(name.into())
    }

    /// Nothing may be left.
    ///
    /// # Errors
    /// When something is.
    pub fn end(&mut self, usage: &str) -> Result<(), Mistake> {
        match self.words.pop_front() {
            None => Ok(()),
            Some(word) => Err(Mistake::new(say::too_much(&word.to_string(), usage))),
        }
    }
}

/// The number of an incident: `#12`, `12`, `inc-12`.
#[must_use]
pub fn number_of(word: &Word) -> Option<Number> {
    if word.key.is_some() || word.is_quoted {
        return None;
    }
    let text = word.text.to_lowercase();
    let digits = text.strip_prefix('#').or_else(|| text.strip_prefix("inc-")).unwrap_or(&text);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|number| is_number && *number > 0).map(Number)
}
