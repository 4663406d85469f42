//! One named graph, wherever it was read from.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use compact_str::CompactString;
use regex::Regex;

use super::grafana::Text;
use super::template::Template;
use crate::domain::chart::{Axis, Limit, Unit};

/// One named graph.
#[derive(Debug, Clone)]
pub struct Graph {
    /// The name that people type; unique among all graphs.
    pub name: CompactString,
    /// Further names, as people and other bots may write them.
    pub aliases: Vec<String>,
    /// What stands above the picture.
    pub title: Words,
    /// What the numbers are.
    pub unit: Unit,
    /// What it wants to know, in the order in which people type it.
    pub args: Vec<Arg>,
    /// The lines.
    pub targets: Vec<Target>,
    /// Lines that should not be crossed.
    pub limits: Vec<Limit>,
    /// How the values are laid out.
    pub axis: Axis,
    /// The metrics source; none: the only one, or the default.
    pub source: Option<CompactString>,
    /// How many lines are drawn when nobody says.
    pub top: Option<usize>,
    /// The finest distance of two points that makes sense.
    pub step: Option<TimeDelta>,
    /// Compared with this long ago when nobody says.
    pub compare: Option<TimeDelta>,
    /// What a reader must know about the drawing.
    pub notes: Vec<String>,
    /// Where it was written.
    pub at: At,
    /// Why it cannot be drawn, where it cannot: it is not offered, and asking for it says why.
    pub unsupported: Option<String>,
}

/// Where a graph was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At {
    /// The file, from the dashboards folder on.
    pub file: CompactString,
    /// The line of its table; 1 for a panel of a Grafana dashboard.
    pub line: u32,
}

/// One query and what its lines are called.
#[derive(Debug, Clone)]
pub struct Target {
    /// `p99`, `{{instance}}`; none: the labels that tell the lines apart.
    pub legend: Option<String>,
    /// The query.
    pub query: Words,
    /// Another source than the graph's.
    pub source: Option<CompactString>,
    /// The source as a foreign dashboard calls it: ours may have the same name.
    pub hint: Option<CompactString>,
}

/// Something that a graph wants to know.
#[derive(Debug, Clone, Default)]
pub struct Arg {
    /// Its name.
    pub name: CompactString,
    /// What it is when nobody says; none: it must be said, or is looked up.
    pub default: Option<Value>,
    /// What it must look like, from its first to its last letter.
    pub pattern: Option<Regex>,
    /// The author's own values, which may be patterns.
    pub choices: BTreeMap<String, Value>,
    /// Where its values can be asked for when nobody says one: then all of them are meant.
    pub lookup: Option<Lookup>,
    /// People cannot set it: it has no place and no name in what they type.
    pub is_fixed: bool,
    /// It is set by name only: people do not type it by its place.
    pub is_named_only: bool,
    /// It may be several values: `web-1,web-2`.
    pub is_multi: bool,
    /// All values are meant when nobody says one; else there must be only one.
    pub takes_all: bool,
}

/// A question for the values of a label.
#[derive(Debug, Clone)]
pub struct Lookup {
    /// The label.
    pub label: String,
    /// The series that have it; with variables in it.
    pub matching: Words,
    /// Only values that match; of these, the part that its group holds.
    pub filter: Option<Regex>,
}

impl Lookup {
    /// The part of a value that counts, if it counts at all.
    pub(super) fn keep(&self, value: &str) -> Option<String> {
        let Some(filter) = &self.filter else { return Some(value.to_owned()) };
        let found = filter.captures(value)?;
        let part = found.name("value").or_else(|| found.get(1)).or_else(|| found.get(0))?;
        Some(part.as_str().to_owned())
    }
}

/// What an argument is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Data, one or several values: escaped wherever it lands.
    Data(Vec<String>),
    /// The author's own text: it may be a pattern.
    Author(String),
}

/// The arguments of one drawing, by name.
pub type Values = BTreeMap<CompactString, Value>;

/// A text with arguments in it.
#[derive(Debug, Clone)]
pub enum Words {
    /// As our own files write it: `{{ service }}`.
    Ours(Template),
    /// As Grafana writes it: `$service`.
    Grafana(Text),
}

impl Words {
    /// The names of the arguments in it.
    #[must_use]
    pub fn names(&self) -> Vec<CompactString> {
        match self {
            Self::Ours(template) => template.names(),
            Self::Grafana(text) => text.names(),
        }
    }

    /// As a query: each value is escaped for its place.
    ///
    /// # Errors
    /// When a value would have to stand where only the author's words may.
    pub fn query(&self, values: &Values, vouched: &[String]) -> Result<String, String> {
        let pieces = match self {
            Self::Ours(template) => template.pieces(values)?,
            Self::Grafana(text) => text.pieces(values)?,
        };
        super::quote::assemble(&pieces, vouched)
    }

    /// As one line for people.
    #[must_use]
    pub fn line(&self, values: &Values) -> String {
        let pieces = match self {
            Self::Ours(template) => template.pieces(values),
            Self::Grafana(text) => text.pieces(values),
        };
        super::quote::told(&pieces.unwrap_or_default())
    }
}

impl Value {
    /// One value.
    #[must_use]
    pub fn one(text: impl Into<String>) -> Self {
        Self::Data(vec![text.into()])
    }

    /// As people read it.
    #[must_use]
    pub fn told(&self) -> String {
        match self {
            Self::Data(values) => match values.as_slice() {
                [one] => one.clone(),
                [] => String::new(),
                [first, rest @ ..] => format!("{first} and {} more", rest.len()),
            },
            Self::Author(_) => "all".to_owned(),
        }
    }
}

impl Graph {
    /// Whether it is offered to people.
    #[must_use]
    pub fn is_offered(&self) -> bool {
        self.unsupported.is_none()
    }

    /// The arguments that people must give.
    pub fn needed(&self) -> impl Iterator<Item = &Arg> {
        self.args
            .iter()
            .filter(|arg| !arg.is_fixed && arg.default.is_none() && arg.lookup.is_none())
    }

    /// How it is called: `graph latency <service>`.
    #[must_use]
    pub fn usage(&self) -> String {
        let mut usage = format!("graph {}", super::request::shown(&self.name));
        for arg in self.args.iter().filter(|arg| !arg.is_fixed && !arg.is_named_only) {
            let is_needed = arg.default.is_none() && arg.lookup.is_none();
            let (open, close) = if is_needed { ("<", ">") } else { ("[", "]") };
            usage.push_str(&format!(" {open}{}{close}", arg.name));
        }
        usage
    }
}
