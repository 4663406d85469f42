//! What is wrong with a file, shown the way rustc shows it: the place, the line, the likely meaning.
//!
//! It refuses to read files and to decide what is wrong: readers hand in texts and faults.
//! A secret never shows: [`Source`] keeps a copy of the text in which secrets are stars.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, LazyLock};

use annotate_snippets::{AnnotationKind, Group, Renderer, Snippet};
use regex::Regex;

/// So many faults are shown at once: with more, the first ones explain the rest.
const SHOWN_MAX: usize = 50;
/// Words that differ by more than this are no misspelling of each other (Jaro-Winkler, 0 to 1).
const LIKENESS: f64 = 0.8;

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
    text: String,
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

    fn boundary(&self, offset: usize) -> usize {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        offset
    }

    /// The lines that a span touches: where they begin, and their text.
    fn lines(&self, span: &Range<usize>) -> (usize, &str) {
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
    SECRETS.iter().any(|secret| strsim::jaro_winkler(end, secret) >= SECRET_LIKENESS)
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

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The file cannot be used.
    Error,
    /// The file can be used, but probably does not do what its author wants.
    Warning,
}

/// One fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub level: Level,
    /// Where.
    pub place: Place,
    /// What is wrong, in one line.
    pub message: String,
    /// A few words below the carets.
    pub label: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Another place that has to do with it, and how.
    pub see: Option<(Place, String)>,
}

impl Diagnostic {
    /// A fault that makes the file unusable.
    #[must_use]
    pub fn error(place: &Place, message: impl Into<String>) -> Self {
        Self {
            level: Level::Error,
            place: place.clone(),
            message: message.into(),
            label: String::new(),
            help: None,
            see: None,
        }
    }

    /// A fault that the program can live with.
    #[must_use]
    pub fn warning(place: &Place, message: impl Into<String>) -> Self {
        Self { level: Level::Warning, ..Self::error(place, message) }
    }

    /// The words below the carets.
    #[must_use]
    pub fn label(self, label: impl Into<String>) -> Self {
        Self { label: label.into(), ..self }
    }

    /// What to do about it; nothing where there is no advice.
    #[must_use]
    pub fn help(self, help: impl Into<Option<String>>) -> Self {
        Self { help: help.into(), ..self }
    }

    /// Another place that has to do with it.
    #[must_use]
    pub fn see(self, place: &Place, label: &str) -> Self {
        Self { see: Some((place.clone(), label.to_owned())), ..self }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = match self.level {
            Level::Error => annotate_snippets::Level::ERROR,
            Level::Warning => annotate_snippets::Level::WARNING,
        };
        let label = Some(self.label.as_str()).filter(|label| !label.is_empty());
        let mut group = Group::with_title(level.primary_title(self.message.as_str()))
            .element(snippet(&self.place, AnnotationKind::Primary, label));
        if let Some((place, label)) = &self.see {
            group = group.element(snippet(place, AnnotationKind::Context, Some(label)));
        }
        if let Some(help) = &self.help {
            group = group.element(annotate_snippets::Level::HELP.message(help.as_str()));
        }
        f.write_str(&Renderer::plain().render(&[group]))
    }
}

/// Only the lines of the place are handed over: the renderer would scan the whole file each time.
fn snippet<'a>(
    place: &'a Place,
    kind: AnnotationKind,
    label: Option<&'a str>,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let source = &place.source;
    let start = source.boundary(place.span.start);
    let whole = start..source.boundary(place.span.end.max(start));
    let first = source.slice(whole.clone()).find('\n').map_or(whole.end, |newline| start + newline);
    let (from, lines) = source.lines(&(start..first));
    let line = usize::try_from(source.position(start).0).unwrap_or(1);
    Snippet::source(lines)
        .line_start(line)
        .path(source.name.as_str())
        .annotation(kind.span(start - from..first - from).label(label))
}

/// All faults that were found in one reading.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// Adds a fault.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// Adds the faults of another reading.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Whether nothing at all was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether something was found that forbids the use of what was read.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|diagnostic| diagnostic.level == Level::Error)
    }

    /// The faults, by file and place once [`Self::sort`] has run.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.0.iter()
    }

    /// Puts the faults into the order of their places.
    pub fn sort(&mut self) {
        self.0.sort_by(|a, b| {
            let (one, other) = (&a.place, &b.place);
            let names = one.source.name.cmp(&other.source.name);
            // Each variable of the environment is a source of the same name.
            let texts = || one.source.text.cmp(&other.source.text);
            names.then_with(texts).then(one.span.start.cmp(&other.span.start))
        });
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for diagnostic in self.0.iter().take(SHOWN_MAX) {
            writeln!(f, "{diagnostic}")?;
        }
        match self.0.len().saturating_sub(SHOWN_MAX) {
            0 => Ok(()),
            more => writeln!(f, "and {more} more"),
        }
    }
}

/// The name that was probably meant, as advice.
#[must_use]
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(word, known).map(|name| format!("did you mean `{name}`?"))
}

/// The known name that is most like a word, if any is like it at all.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|name| (strsim::jaro_winkler(word, name), name))
        .filter(|(likeness, _)| *likeness >= LIKENESS)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str, word: &str) -> Place {
        let start = text.find(word).unwrap();
        Place { source: Source::new("rules/a.toml", text), span: start..start + word.len() }
    }

    #[test]
    fn a_fault_reads_as_rustc_prints_it() {
        let place = place("[[rule]]\nserverity = \"page\"\n", "serverity");
        let fault = Diagnostic::error(&place, "unknown field `serverity` in `rule`")
            .label("not a field here")
            .help(did_you_mean("serverity", ["name", "severity"]));
        insta::assert_snapshot!(fault, @r#"
        error: unknown field `serverity` in `rule`
         --> rules/a.toml:2:1
          |
        2 | serverity = "page"
          | ^^^^^^^^^ not a field here
          |
          = help: did you mean `severity`?
        "#);
    }

    #[test]
    fn a_place_beyond_the_text_is_still_shown() {
        let source = Source::new("a.toml", "x = \u{e9}");
        for span in [0..99, 99..120, 5..5] {
            let place = Place { source: Arc::clone(&source), span };
            assert!(Diagnostic::error(&place, "broken").to_string().contains("a.toml:1:"));
        }
    }

    #[test]
    fn a_message_never_shows_a_secret() {
        for text in [
            "password = \"hunter2\"",
            "password = \"hunter2",
            "auth = { kind = \"bearer\", token = 'hunter2' }",
            "pasword = \"hunter2\"",
            "WARROOM__BRAIN__PASSWORD=hunter2",
            "url = \"redis://me:hunter2@db:6379\"",
        ] {
            let source = Source::new("c.toml", text);
            let shown = Diagnostic::error(&Place { source, span: 0..1 }, "broken").to_string();
            assert!(!shown.contains("hunter2"), "{shown}");
            assert!(shown.contains("*******"), "{shown}");
        }
    }

    #[test]
    fn advice_names_only_what_is_near() {
        assert_eq!(nearest("tittle", ["name", "title"]), Some("title"));
        assert_eq!(nearest("colour", ["name", "title"]), None);
    }
}
