//! Writes a request so that it reads back as itself.

use std::fmt;

use super::moment::{Moment, length};
use super::{Request, Span};
use crate::domain::chart::Theme;
use crate::domain::commands::Word;
use crate::domain::duration;

/// Words that mean something to [`Request::parse`] where they stand without quotes.
pub(super) const KEYWORDS: [&str; 15] = [
    "last", "past", "from", "to", "until", "since", "around", "incident", "vs", "versus", "top",
    "kiosk", "graph", "graf", "grafana",
];

/// A word in quotes where it would otherwise mean something else.
pub(in crate::domain::dashboard) fn quoted(text: &str) -> String {
    let is_letter = |c: char| c.is_alphanumeric() || "_.:/-".contains(c);
    let small = text.to_ascii_lowercase();
    let is_plain = !text.is_empty()
        && text.chars().all(is_letter)
        && !text.starts_with('-')
        && !small.starts_with("now")
        && !KEYWORDS.contains(&small.as_str())
        && Moment::parse(text).is_none()
        && length(&small).is_none()
        && duration::parse(text).is_err();
    if is_plain {
        return text.to_owned();
    }
    Word { key: None, text: text.to_owned(), is_quoted: true }.to_string()
}

fn keyed(key: &str, text: &str) -> String {
    format!("{key}={}", quoted(text))
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Last(length) => f.write_str(&duration::format(*length)),
            Self::Between(from, to) => write!(f, "from {from} to {to}"),
            Self::Since(from) => write!(f, "since {from}"),
            Self::Around(at, length) => write!(f, "around {at} {}", duration::format(*length)),
            Self::Incident => f.write_str("incident"),
        }
    }
}

/// The line behind `graph`.
impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words: Vec<String> = self.words.iter().map(|word| quoted(word)).collect();
        words.extend(self.query.iter().map(|query| {
            Word { key: Some("q".to_owned()), text: query.clone(), is_quoted: true }.to_string()
        }));
        words.extend(self.named.iter().map(|(name, value)| keyed(&argument(name), value)));
        words.extend(self.span.map(|span| span.to_string()));
        words.extend(self.versus.map(|ago| format!("vs {}", duration::format(ago))));
        words.extend(self.top.map(|most| format!("top {most}")));
        words.extend(self.source.iter().map(|source| keyed("source", source)));
        words.extend(self.zone.map(|zone| keyed("tz", zone.name())));
        words.extend(self.wish.theme.map(|theme| keyed("theme", named(theme))));
        words.extend(self.wish.width.map(|width| format!("width={width}")));
        words.extend(self.wish.height.map(|height| format!("height={height}")));
        f.write_str(&words.join(" "))
    }
}

/// An argument whose name is also one of ours is written as Grafana's links do: `var-top=3`.
fn argument(name: &str) -> String {
    let is_free = name.starts_with(char::is_alphabetic) && !super::parse::is_reserved(name);
    if is_free { name.to_owned() } else { format!("var-{name}") }
}

fn named(theme: Theme) -> &'static str {
    match theme {
        Theme::Light => "light",
        Theme::Dark => "dark",
    }
}
