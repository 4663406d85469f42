//! What every command needs.

pub(super) use crate::domain::commands::{
    Args, Cell, Kind, Mistake, Spec, Topic, Values, Word, number_of,
};
pub(super) use crate::domain::ids::Number;
pub(super) use crate::domain::incident::Command as Ask;
pub(super) use crate::domain::messages::talk as messages;
pub(super) use crate::engine::talk::{Answer, Command, Desk, Plan, Target, Trouble};

/// A remark as one word in quotes, whatever is in it.
pub(super) fn quoted(text: &str) -> String {
    Word { key: None, text: text.to_owned(), is_quoted: true }.to_string()
}

/// The words that are left, as one remark.
pub(super) fn remark(words: Vec<Word>) -> String {
    let text = |word: Word| match word.key {
        Some(key) => format!("{key}={}", word.text),
        None => word.text,
    };
    words.into_iter().map(text).collect::<Vec<_>>().join(" ")
}

/// A text as one word that is read back as itself.
pub(super) fn shown(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ':' | ',');
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    Word { key: None, text: text.to_owned(), is_quoted: true }.to_string()
}
