//! All runbooks, and what one is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::TimeDelta;
use compact_str::CompactString;

use super::inventory::Inventory;
use super::kind::Kind;
use super::param::Param;
use super::read;
use super::step::{Is, Step};
use super::text::Text;
use crate::domain::diagnostic::{Diagnostic, Diagnostics, Place};
use crate::domain::files;
use crate::domain::noise::limit::Limit;

/// How long a question stands where its author does not say.
pub(super) const EXPIRES: TimeDelta = TimeDelta::minutes(15);

/// All runbooks, by name.
#[derive(Debug, Default)]
pub struct Book {
    runbooks: BTreeMap<CompactString, Runbook>,
    inventory: Arc<Inventory>,
}

impl Book {
    /// Reads runbook files, given as name and text; each holds one runbook. `kinds` are the actions
    /// that executors know.
    #[must_use]
    pub fn parse(texts: &[(String, String)], kinds: &[&'static Kind]) -> (Self, Diagnostics) {
        Self::parse_with(texts, kinds, &Arc::default())
    }

    /// As [`Book::parse`], where parameters may be taken from an inventory.
    #[must_use]
    pub fn parse_with(
        texts: &[(String, String)],
        kinds: &[&'static Kind],
        inventory: &Arc<Inventory>,
    ) -> (Self, Diagnostics) {
        let mut sorted: Vec<_> = texts.iter().collect();
        sorted.sort();
        let (mut out, mut book) = (Diagnostics::default(), BTreeMap::<_, (Place, Runbook)>::new());
        for (name, text) in sorted {
            let tree = files::parse(name, text, &mut out);
            let Some((place, runbook)) = read::runbook(&tree, (kinds, inventory), &mut out) else {
                continue;
            };
            if book.contains_key(&runbook.name) {
                let fault = format!("there is another runbook called `{}`", runbook.name);
                out.push(Diagnostic::error(&place, fault).label("give it a name of its own"));
                continue;
            }
            book.insert(runbook.name.clone(), (place, runbook));
        }
        for (place, runbook) in book.values() {
            ladder(place, runbook, &book, &mut out);
        }
        out.sort();
        let runbooks = book.into_iter().map(|(name, (_, runbook))| (name, runbook)).collect();
        (Self { runbooks, inventory: inventory.clone() }, out)
    }

    /// The runbook with this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Runbook> {
        self.runbooks.get(name)
    }

    /// The names, in their order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.runbooks.keys().map(CompactString::as_str)
    }

    /// Every runbook, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Runbook> {
        self.runbooks.values()
    }

    /// What its parameters may be taken from, beside the lists of the runbooks themselves.
    #[must_use]
    pub fn inventory(&self) -> &Arc<Inventory> {
        &self.inventory
    }
}

/// The next remedy must be there, and no ladder may go in a circle.
fn ladder(
    place: &Place,
    runbook: &Runbook,
    book: &BTreeMap<CompactString, (Place, Runbook)>,
    out: &mut Diagnostics,
) {
    let (mut seen, mut at) = (BTreeSet::from([&runbook.name]), runbook);
    while let Some(next) = &at.next {
        let Some((_, further)) = book.get(next) else {
            let fault = format!("`else` names the runbook `{next}`, which is not there");
            out.push(Diagnostic::error(place, fault).label("the ladder ends in nothing"));
            return;
        };
        if !seen.insert(&further.name) {
            let fault = format!("the ladder of `{}` goes in a circle", runbook.name);
            out.push(Diagnostic::error(place, fault).label("one rung comes twice"));
            return;
        }
        at = further;
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
    /// The parameters that a person types without their names, in this order.
    pub args: Vec<String>,
    /// Lists of hosts or other names that parameters may be taken from.
    pub inventory: BTreeMap<String, Vec<String>>,
    /// The inventory of the configuration, in whose environment a name must stand.
    pub places: Arc<Inventory>,
    /// The command that it carries out, where it changes what runs.
    pub change: Option<Change>,
    /// How often it may run.
    pub limits: Limits,
    /// Who must agree. None: nobody, where the rule's mode is `auto`.
    pub approve: Option<Approve>,
    /// It never starts by itself: a person with a second factor agrees first.
    pub critical: bool,
    /// The steps, in their order.
    pub steps: Vec<Step>,
    /// What takes it back.
    pub undo: Undo,
    /// How long after its end it may be taken back.
    pub undo_within: TimeDelta,
    /// The runbook to try when this one did not help: the next rung.
    pub next: Option<CompactString>,
}

/// A change of what runs: `deploy cms staging 1.0.2`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The command.
    pub verb: Verb,
    /// The service, as people type it.
    pub service: CompactString,
    /// The service, as people call it.
    pub title: String,
    /// The environments that it may change.
    pub environments: Vec<CompactString>,
}

/// The commands that change what runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Brings a version.
    Deploy,
    /// Brings the version before back.
    Rollback,
}

/// How often a runbook may run, and when.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Limits {
    /// So many runs on one target inside a window.
    pub runs: Option<Limit>,
    /// The pause after a run on one target.
    pub cooldown: Option<TimeDelta>,
    /// The largest part of a fleet that may be worked on at once.
    pub max_share: Option<Share>,
    /// What must hold of the rest of the fleet before it starts.
    pub healthy: Option<(Text, Is)>,
}

/// A part of a whole, in percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share(pub u8);

/// Who must agree before it starts.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Approve {
    /// People and teams: `@ana`, `team:cms`. Empty: whoever may `approve` it.
    pub by: Vec<CompactString>,
    /// How many of them.
    pub quorum: u8,
    /// Whoever asked for it may not agree to it.
    pub not_requester: bool,
    /// How long the question stands.
    #[serde(with = "crate::domain::duration::text")]
    pub expires: TimeDelta,
    /// Each of them proves themselves with a code as well.
    pub second_factor: bool,
}

impl Approve {
    /// What is asked of people where an author says nothing of them: one who may, not the requester.
    #[must_use]
    pub fn by_anybody() -> Self {
        let (by, quorum, expires) = (Vec::new(), 1, EXPIRES);
        Self { by, quorum, not_requester: true, expires, second_factor: false }
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
