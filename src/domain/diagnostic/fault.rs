//! Single faults, lists of them, and how they look.

use std::fmt;

use annotate_snippets::{AnnotationKind, Group, Renderer, Snippet};

use super::source::Place;

/// So many faults are shown at once: with more, the first ones explain the rest.
const SHOWN_MAX: usize = 50;

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
