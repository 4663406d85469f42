//! What a command answers.

use crate::domain::commands::{BadFilter, Filter, Mistake, Shaped, Values};
use crate::domain::room::{Button, Picture, Post, Style};
use crate::engine::views::Refusal;

/// The longest text of an answer: what people read in a room, and what every platform takes.
const TEXT_CHARS: usize = 4000;

/// What a command answers when it was done.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// The answer in words; the first line is the answer itself.
    pub text: String,
    /// The answer as a table.
    pub values: Option<Values>,
    /// A graph.
    pub picture: Option<Picture>,
    /// What may be typed next.
    pub buttons: Vec<Button>,
}

/// Why a command did nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// It does not fit what is there now.
    Refused(String),
    /// Something that it needs does not answer, or is not there.
    Failed(String),
    /// It cannot be what was meant.
    Mistaken(Mistake),
}

impl Answer {
    /// An answer in words.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// A table with a headline.
    #[must_use]
    pub fn table(text: impl Into<String>, values: Values) -> Self {
        Self { values: Some(values), ..Self::text(text) }
    }

    /// The answer with a line to press.
    #[must_use]
    pub fn offer(mut self, label: &str, command: impl Into<String>) -> Self {
        self.buttons.push(button(label, command));
        self
    }

    /// The message, after the filters.
    ///
    /// # Errors
    /// When a filter names a column that is not there.
    pub(super) fn into_post(self, filters: &[Filter]) -> Result<Post, BadFilter> {
        let Self { mut text, values, picture, buttons } = self;
        let mut table = None;
        match values.map(|values| values.filtered(filters)).transpose()? {
            None => {}
            Some(Shaped::Text(json)) => text = json,
            Some(Shaped::Values(values)) => {
                if !filters.is_empty() {
                    text = filtered(&values);
                }
                table = Some(values.table()).filter(|table| !table.rows.is_empty());
            }
        }
        Ok(Post { text: cut(text), card: None, table, picture, buttons })
    }
}

/// The headline of a table after its filters: the old one counted other rows.
fn filtered(values: &Values) -> String {
    match values.len() {
        0 => "Nothing is left after the filters.".to_owned(),
        1 => "1 row:".to_owned(),
        rows => format!("{rows} rows:"),
    }
}

/// A line to press.
pub(super) fn button(label: &str, command: impl Into<String>) -> Button {
    Button { label: label.to_owned(), command: command.into(), style: Style::Normal }
}

fn cut(text: String) -> String {
    match text.char_indices().nth(TEXT_CHARS) {
        Some((at, _)) => format!("{}\n(cut here)", text.get(..at).unwrap_or_default()),
        None => text,
    }
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        let text = sentence(&refusal.to_string());
        match refusal {
            Refusal::Conflict(_) => Self::Refused(text),
            Refusal::NotFound(_) | Refusal::Invalid(_) | Refusal::Unavailable(_) => {
                Self::Failed(text)
            }
        }
    }
}

/// An error as people read it: with a capital letter and a full stop.
pub(super) fn sentence(error: &str) -> String {
    let mut letters = error.chars();
    let first: String = letters.next().map(char::to_uppercase).into_iter().flatten().collect();
    let end = if error.ends_with(['.', '?', '!']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}
