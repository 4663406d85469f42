//! Where the text of a template lands, and what it must not be there.
//!
//! It refuses to know platforms: what a mention or markup looks like is escaped by each of them.

/// Characters of a title: Slack's longest header is 150, GitHub's longest issue title 256.
const LINE_MAX: usize = 250;
/// Characters of a room's name, as in Slack, <https://docs.slack.dev/reference/methods/conversations.create>.
const ROOM_MAX: usize = 80;

/// Where the text lands, which decides what a value must not be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spot {
    /// One line for people: no control characters, not even the author's own.
    Line,
    /// A room's name: `[a-z0-9_-]` only.
    Room,
    /// A part of a name, such as a team: no blank, no `@`.
    Word,
    /// An argument of a command: quoted where it is not one plain word.
    Argument,
}

impl Spot {
    /// Makes one printed value harmless.
    pub(super) fn clean(self, value: &str) -> String {
        match self {
            Self::Line => value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect(),
            Self::Room => value.to_owned(),
            Self::Word => value
                .chars()
                .map(|c| if c.is_ascii_alphanumeric() || "_.-".contains(c) { c } else { '-' })
                .collect(),
            Self::Argument => argument(value),
        }
    }

    /// Brings the whole text into its form.
    pub(super) fn finish(self, text: &str) -> String {
        match self {
            Self::Line => {
                let is_gap = |c: char| c.is_whitespace() || c.is_control();
                let words = text.split(is_gap).filter(|word| !word.is_empty());
                let line = words.collect::<Vec<_>>().join(" ");
                line.chars().take(LINE_MAX).collect()
            }
            Self::Room => room_name(text),
            Self::Word | Self::Argument => text.trim().to_owned(),
        }
    }
}

fn argument(value: &str) -> String {
    let is_word = !value.is_empty()
        && !value.starts_with('-')
        && value.chars().all(|c| c.is_alphanumeric() || "_.:/-".contains(c));
    if is_word {
        return value.to_owned();
    }
    let mut quoted = String::from("\"");
    for character in value.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            c if c.is_control() => quoted.push(' '),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Runs of anything but `[a-z0-9_]` become one hyphen.
fn room_name(text: &str) -> String {
    let mut name = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() || c == '_' {
            name.push(c);
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
    }
    name.truncate(ROOM_MAX);
    name.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_no_control_characters_at_all() {
        // Found by fuzzing: those that the author wrote into the template itself were kept.
        assert_eq!(Spot::Line.finish("a\0b\u{1b}[1m\tc\u{85} d"), "a b [1m c d");
    }
}
