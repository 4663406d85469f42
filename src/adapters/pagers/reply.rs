//! What people type back on a telephone: `ack 42`, `42 done`, `#42 next`.
//!
//! It refuses to guess: a text that is not one verb and one number is not understood.

use super::{Ask, Verb};
use crate::domain::ids::Number;

/// Bytes of a text that are looked at: a verb and a number fit many times.
const TEXT_MAX: usize = 200;

/// The words for each verb; telephones put a capital first.
const WORDS: [(&str, Verb); 14] = [
    ("ack", Verb::Acknowledge),
    ("acknowledge", Verb::Acknowledge),
    ("a", Verb::Acknowledge),
    ("ok", Verb::Acknowledge),
    ("take", Verb::Acknowledge),
    ("resolve", Verb::Resolve),
    ("resolved", Verb::Resolve),
    ("r", Verb::Resolve),
    ("done", Verb::Resolve),
    ("close", Verb::Resolve),
    ("escalate", Verb::Escalate),
    ("e", Verb::Escalate),
    ("next", Verb::Escalate),
    ("esc", Verb::Escalate),
];

/// The verb that a word means.
#[must_use]
pub fn verb(word: &str) -> Option<Verb> {
    WORDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).map(|(_, verb)| *verb)
}

/// What a text asks for; also `ack42`, as people type it in the dark.
#[must_use]
pub fn read(text: &str) -> Option<Ask> {
    if text.len() > TEXT_MAX {
        return None;
    }
    let text = text.trim().trim_end_matches(['.', '!']);
    let split = |c: char| c.is_whitespace() || matches!(c, '#' | ',' | ':' | '-');
    let mut words: Vec<&str> = text.split(split).filter(|word| !word.is_empty()).collect();
    if let [one] = words[..] {
        let at = one.find(|c: char| c.is_ascii_digit())?;
        let (word, digits) = one.split_at_checked(at)?;
        words = vec![word, digits];
    }
    let [first, second] = words[..] else { return None };
    let (word, digits) = if first.starts_with(|c: char| c.is_ascii_digit()) {
        (second, first)
    } else {
        (first, second)
    };
    let number = digits.parse().ok().filter(|number| *number > 0)?;
    Some(Ask { verb: verb(word)?, number: Number(number) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_answer_in_many_ways() {
        for (text, wanted) in [
            ("ack 42", Verb::Acknowledge),
            ("Ack #42", Verb::Acknowledge),
            ("42 ack.", Verb::Acknowledge),
            ("ACK42", Verb::Acknowledge),
            (" a 42\n", Verb::Acknowledge),
            ("resolve: 42", Verb::Resolve),
            ("42 done!", Verb::Resolve),
            ("next 42", Verb::Escalate),
        ] {
            assert_eq!(read(text), Some(Ask { verb: wanted, number: Number(42) }), "{text}");
        }
    }

    #[test]
    fn what_is_no_answer_is_not_guessed() {
        let long = format!("ack {}42", " ".repeat(300));
        for text in
            ["", "ack", "42", "hello", "ack 42 43", "ack 0", "ack -", "nack 42", "ack 4x2", &long]
        {
            assert_eq!(read(text), None, "{text:?}");
        }
        assert_eq!(read("ack 99999999999999999999999"), None);
    }
}
