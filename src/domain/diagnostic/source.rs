//! Texts that messages point into, without their secrets.

use std::ops::Range;
use std::sync::{Arc, LazyLock};

use regex::Regex;

/// What keys of secrets end with. Misspelt ones count: they are just what a message will show.
const SECRETS: [&str; 3] = ["secret", "password", "token"];
/// How like one of [`SECRETS`] such an end is (Jaro-Winkler, 0 to 1).
const SECRET_LIKENESS: f64 = 0.85;

/// A key with its value, on one line and even where the closing quote is missing.
static SETTING: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"([A-Za-z0-9_-]+)["']?[ \t]*=[ \t]*(?:"([^"\n]*)|'([^'\n]*)|([^"'\n]+))"#).ok()
});

/// A user and a password in an address.
static USER: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"://([^/@\s"']+)@"#).ok());

/// A text with its name, as messages show it. Spans in it are those of the original.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    /// The file as the author knows it, `rules/cms.toml`.
    pub name: String,
    pub(super) text: String,
    /// Where each line begins.
    lines: Vec<usize>,
}

impl Source {
    /// Keeps a text for messages, with its secrets replaced by stars of the same length.
    #[must_use]
    pub fn new(name: &str, text: &str) -> Arc<Self> {
        let newlines = text.match_indices('\n').map(|(newline, _)| newline + 1);
        let lines = std::iter::once(0).chain(newlines).collect();
        Arc::new(Self { name: name.to_owned(), text: masked(text), lines })
    }

    /// The line and the column (in characters) of a byte, both from 1.
    #[must_use]
    pub fn position(&self, offset: usize) -> (u32, u32) {
        let offset = self.boundary(offset);
        let line = self.lines.partition_point(|start| *start <= offset);
        let start = self.lines.get(line.saturating_sub(1)).copied().unwrap_or_default();
        let column = self.slice(start..offset).chars().count() + 1;
        (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
    }

    /// The text of a span; empty where the span lies outside.
    #[must_use]
    pub fn slice(&self, span: Range<usize>) -> &str {
        self.text.get(span).unwrap_or_default()
    }

    /// The span of a line, counted from 1, without its end; empty where there is no such line.
    #[must_use]
    pub fn line(&self, line: u32) -> Range<usize> {
        let index = usize::try_from(line).unwrap_or_default().saturating_sub(1);
        let Some(start) = self.lines.get(index).copied() else { return 0..0 };
        let rest = self.text.get(start..).unwrap_or_default();
        start..start + rest.find('\n').unwrap_or(rest.len())
    }

    pub(super) fn boundary(&self, offset: usize) -> usize {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        offset
    }

    /// The lines that a span touches: where they begin, and their text.
    pub(super) fn lines(&self, span: &Range<usize>) -> (usize, &str) {
        let (before, _) = self.text.split_at_checked(span.start).unwrap_or_default();
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let rest = self.text.get(span.end..).unwrap_or_default();
        let end = span.end + rest.find('\n').unwrap_or(rest.len());
        (start, self.text.get(start..end).unwrap_or_default())
    }
}

fn masked(text: &str) -> String {
    let mut masked = text.as_bytes().to_vec();
    let settings = SETTING.iter().flat_map(|setting| setting.captures_iter(text));
    let secrets = settings.filter(|found| found.get(1).is_some_and(|key| is_secret(key.as_str())));
    let values = secrets.filter_map(|found| found.iter().skip(2).flatten().next());
    let users = USER.iter().flat_map(|user| user.captures_iter(text));
    for found in values.chain(users.filter_map(|found| found.get(1))) {
        if let Some(bytes) = masked.get_mut(found.range()) {
            bytes.fill(b'*');
        }
    }
    String::from_utf8(masked).unwrap_or_default()
}

fn is_secret(key: &str) -> bool {
    let key = key.to_lowercase();
    let end = key.rsplit('_').next().unwrap_or_default();
    // Other keys are no secrets: `key_prefix`, and `keep` is too like a key to be guessed at.
    key.ends_with("api_key")
        || SECRETS.iter().any(|secret| strsim::jaro_winkler(end, secret) >= SECRET_LIKENESS)
}

/// A span in a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The text that it lies in.
    pub source: Arc<Source>,
    /// Bytes of the text.
    pub span: Range<usize>,
}

impl Place {
    /// The line, from 1.
    #[must_use]
    pub fn line(&self) -> u32 {
        self.source.position(self.span.start).0
    }

    /// A span counted from the beginning of this one.
    #[must_use]
    pub fn at(&self, span: Range<usize>) -> Self {
        Self { source: Arc::clone(&self.source), span }
    }
}
