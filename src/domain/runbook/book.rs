//! What a runbook says, typed.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use compact_str::CompactString;
use regex::Regex;

use super::read;
use super::text::{Text, Values};
use crate::domain::alert::Labels;
use crate::domain::diagnostic::{Diagnostic, Diagnostics, Place};
use crate::domain::files;
use crate::domain::noise::limit::Limit;

/// All runbooks, by name.
#[derive(Debug, Default)]
pub struct Book(BTreeMap<CompactString, Runbook>);

impl Book {
    /// Reads runbook files, given as name and text; each holds one runbook.
    #[must_use]
    pub fn parse(texts: &[(String, String)]) -> (Self, Diagnostics) {
        let mut sorted: Vec<_> = texts.iter().collect();
        sorted.sort();
        let (mut out, mut book) = (Diagnostics::default(), BTreeMap::new());
        for (name, text) in sorted {
            let tree = files::parse(name, text, &mut out);
            let Some((place, runbook)) = read::runbook(&tree, &mut out) else { continue };
            if book.contains_key(&runbook.name) {
                let fault = format!("there is another runbook called `{}`", runbook.name);
                out.push(Diagnostic::error(&place, fault).label("give it a name of its own"));
                continue;
            }
            book.insert(runbook.name.clone(), runbook);
        }
        out.sort();
        (Self(book), out)
    }

    /// The runbook with this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Runbook> {
        self.0.get(name)
    }

    /// The names, in their order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(CompactString::as_str)
    }
}

/// What to do about a known kind of trouble.
#[derive(Debug, Clone)]
pub struct Runbook {
    /// What rules and people call it.
    pub name: CompactString,
    /// One line for people.
    pub summary: String,
    /// What it works on: two runs never work on one target at once.
    pub target: Text,
    /// What must be known before it starts, by name.
    pub params: BTreeMap<String, Param>,
    /// How often it may run.
    pub limits: Limits,
    /// Who must agree. None: nobody, where the rule's mode is `auto`.
    pub approve: Option<Approve>,
    /// The steps, in their order.
    pub steps: Vec<Step>,
    /// What takes it back.
    pub undo: Undo,
}

impl Runbook {
    /// The values of the parameters for an incident with these labels.
    ///
    /// # Errors
    /// With what is missing or does not fit its pattern.
    pub fn values(&self, labels: &Labels) -> Result<Values, String> {
        let mut values = Values::new();
        for (name, param) in &self.params {
            let value = labels.get(&param.label).map_or("", |value| value.as_str());
            if value.is_empty() {
                return Err(format!("`{name}` comes from the label `{}`: not there", param.label));
            }
            if !param.pattern.is_match(value) {
                return Err(format!("`{name}` is {value:?}, which does not fit its pattern"));
            }
            values.insert(name.clone(), value.to_owned());
        }
        Ok(values)
    }
}

/// Something that must be known before a run starts.
#[derive(Debug, Clone)]
pub struct Param {
    /// The label that it is taken from.
    pub label: CompactString,
    /// What a value must fit, from its beginning to its end.
    pub pattern: Regex,
}

/// How often a runbook may run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Limits {
    /// So many runs on one target inside a window.
    pub runs: Option<Limit>,
    /// The pause after a run on one target.
    pub cooldown: Option<TimeDelta>,
    /// The largest part of a fleet that may be worked on at once.
    pub max_share: Option<Share>,
}

/// A part of a whole, in percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share(pub u8);

/// Who must agree before it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approve {
    /// People and teams: `@ana`, `team:cms`.
    pub by: Vec<CompactString>,
    /// Whoever asked for it may not agree to it.
    pub not_requester: bool,
    /// How long the question stands.
    pub expires: TimeDelta,
}

/// One step.
#[derive(Debug, Clone)]
pub struct Step {
    /// What people see.
    pub name: CompactString,
    /// What it does.
    pub action: Action,
    /// When it has taken too long.
    pub timeout: TimeDelta,
    /// Where it stands, for messages.
    pub place: Place,
}

/// What a step does.
#[derive(Debug, Clone)]
pub enum Action {
    /// Runs a program: its arguments, never a shell.
    Exec(Vec<Text>),
    /// Waits.
    Wait(TimeDelta),
    /// Looks whether it helped.
    Check(Check),
}

/// Proves by a metric that it helped.
#[derive(Debug, Clone)]
pub struct Check {
    /// The query, with places for parameters.
    pub query: Text,
    /// What every series of it must be.
    pub is: Is,
    /// For how long without a break.
    pub hold: TimeDelta,
    /// How long it may take until then.
    pub within: TimeDelta,
}

/// What a number must be. No number at all is never good enough.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Is {
    /// Smaller than this.
    Below(f64),
    /// Larger than this.
    Above(f64),
}

impl Is {
    /// Whether a number is so.
    #[must_use]
    pub fn holds(self, number: f64) -> bool {
        match self {
            Self::Below(limit) => number < limit,
            Self::Above(limit) => number > limit,
        }
    }
}

/// What takes a runbook's work back.
#[derive(Debug, Clone)]
pub enum Undo {
    /// Nobody has said.
    Unknown,
    /// Nothing can, and its author says so.
    Irreversible,
    /// These steps.
    Steps(Vec<Step>),
}
