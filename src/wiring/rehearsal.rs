//! What the configuration means to a rehearsal: the same as to a server, with stand-ins for people
//! where it names nobody.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::TimeDelta;
use compact_str::CompactString;

use super::{options, people};
use crate::brain::memory::Memory;
use crate::brain::{Brain, Witness};
use crate::config::Config;
use crate::domain::access::{Directory, Grant, Person, Rights, Subject};
use crate::domain::oncall::{Plans, Reach, Target, Way};
use crate::domain::runbook;
use crate::engine::Book;
use crate::engine::rehearsal::Cast;

/// The pager of stand-ins.
const PAGER: CompactString = CompactString::const_new("pager");

/// What is rehearsed with this configuration.
///
/// Where it names nobody, whoever is named in schedules, policies and here stands in for themselves, a
/// team has one member of its own name, and all of them may do everything.
#[must_use]
pub fn cast(
    config: &Config,
    book: Arc<Book>,
    runbooks: Arc<runbook::Book>,
    named: &BTreeSet<CompactString>,
) -> Cast {
    let mut directory = people::directory(config);
    if directory.people.is_empty() {
        directory = stand_ins(&book.plans, &runbooks, named);
    }
    Cast { book, runbooks, directory, brain: memory, options: options(config, false) }
}

fn memory(witness: Arc<dyn Witness>) -> Arc<dyn Brain> {
    Arc::new(Memory::watched_by(witness))
}

fn stand_ins(
    plans: &Plans,
    runbooks: &runbook::Book,
    named: &BTreeSet<CompactString>,
) -> Directory {
    let (mut people, mut teams) = (named.clone(), BTreeSet::new());
    let approvers = runbooks.iter().filter_map(|runbook| runbook.approve.as_ref());
    let approvers = approvers.flat_map(|approve| &approve.by).filter_map(|by| by.parse().ok());
    for target in plans.named.iter().map(|(target, _)| target.clone()).chain(approvers) {
        match target {
            Target::Person(name) => people.insert(name),
            Target::Team(name) => teams.insert(name),
            Target::Schedule(_) | Target::Room(_) => false,
        };
    }
    people.extend(teams.iter().cloned());
    Directory {
        people: people.into_iter().map(|name| (name.clone(), person(name))).collect(),
        teams: teams.into_iter().map(|name| (name.clone(), BTreeSet::from([name]))).collect(),
        rights: Arc::new(Rights { grants: vec![everything()] }),
    }
}

fn person(name: CompactString) -> Person {
    let way = Way { pager: PAGER, address: name, after: TimeDelta::zero(), severity: Vec::new() };
    let reach = Reach { ways: vec![way], ..Reach::default() };
    Person {
        full_name: None,
        email: None,
        oidc_subject: None,
        reach,
        chat: BTreeMap::new(),
        totp: None,
    }
}

fn everything() -> Grant {
    Grant {
        subject: Subject::Everybody,
        verbs: vec!["*".into()],
        resources: vec!["*".into()],
        environments: Vec::new(),
        denies: false,
        until: None,
        origin: "rehearsal".into(),
    }
}
