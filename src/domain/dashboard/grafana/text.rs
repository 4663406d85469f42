//! Grafana's texts with variables in them: `$job`, `${job}`, `${job:regex}`, `[[job]]`.

use std::ops::Range;
use std::sync::LazyLock;

use compact_str::CompactString;
use regex::Regex;

use crate::domain::dashboard::graph::{Value, Values};
use crate::domain::dashboard::quote::{Join, Piece};

/// One variable. A `$` before a digit belongs to `label_replace`.
static VARIABLE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"\$([A-Za-z_]\w*)|\$\{([A-Za-z_]\w*)(?:\.[\w.]+)?(?::([^}]*))?\}|\[\[([A-Za-z_]\w*)(?::([^\]]*))?\]\]",
    )
    .ok()
});

/// How a variable says that it wants its values; what Grafana does besides is not built.
const JOINS: [(&str, Join); 6] = [
    ("", Join::Place),
    ("raw", Join::Place),
    ("regex", Join::Pattern),
    ("pipe", Join::Pipe),
    ("glob", Join::Comma),
    ("csv", Join::Comma),
];

/// A text with variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Words(String),
    Variable(CompactString, Join),
}

impl Text {
    /// A text in which nothing is a variable.
    #[must_use]
    pub(in crate::domain::dashboard) fn plain(text: &str) -> Self {
        Self(vec![Part::Words(text.to_owned())])
    }

    /// Reads a text.
    ///
    /// # Errors
    /// When a variable is wanted in a form that is not known here.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut done = 0;
        for found in VARIABLE.iter().flat_map(|variable| variable.captures_iter(text)) {
            let Some(whole) = found.get(0) else { continue };
            let name = [1, 2, 4].iter().find_map(|group| found.get(*group));
            let form = [3, 5].iter().find_map(|group| found.get(*group));
            let form = form.map_or("", |form| form.as_str());
            let join = JOINS.iter().find(|(known, _)| *known == form).map(|(_, join)| *join);
            let join = join.ok_or_else(|| format!("it wants a variable in the form `{form}`"))?;
            parts.push(words(text, done..whole.start()));
            parts.push(Part::Variable(name.map_or("", |name| name.as_str()).into(), join));
            done = whole.end();
        }
        parts.push(words(text, done..text.len()));
        Ok(Self(parts))
    }

    pub(in crate::domain::dashboard) fn names(&self) -> Vec<CompactString> {
        let variable = |part: &Part| match part {
            Part::Variable(name, _) => Some(name.clone()),
            Part::Words(_) => None,
        };
        self.0.iter().filter_map(variable).collect()
    }

    pub(in crate::domain::dashboard) fn pieces(
        &self,
        values: &Values,
    ) -> Result<Vec<Piece>, String> {
        self.0.iter().map(|part| piece(part, values)).collect()
    }
}

fn words(text: &str, span: Range<usize>) -> Part {
    Part::Words(text.get(span).unwrap_or_default().to_owned())
}

fn piece(part: &Part, values: &Values) -> Result<Piece, String> {
    Ok(match part {
        Part::Words(text) => Piece::Text(text.clone()),
        Part::Variable(name, join) => match values.get(name) {
            Some(Value::Data(values)) => Piece::Value { values: values.clone(), join: *join },
            Some(Value::Author(text)) => Piece::Author(text.clone()),
            None => return Err(format!("nothing says what ${name} is")),
        },
    })
}
