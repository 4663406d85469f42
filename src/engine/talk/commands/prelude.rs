//! What every command needs.

pub(super) use crate::domain::commands::{
    Args, Cell, Kind, Mistake, Spec, Topic, Values, Word, number_of,
};
pub(super) use crate::domain::ids::Number;
pub(super) use crate::domain::incident::Command as Ask;
pub(super) use crate::domain::messages::talk as messages;
pub(super) use crate::engine::talk::{Answer, Command, Desk, Plan, Target, Trouble};

/// A text as one word that is read back as itself.
pub(super) fn shown(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ':' | ',');
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    Word { key: None, text: text.to_owned(), is_quoted: true }.to_string()
}
