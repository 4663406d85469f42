//! What somebody may do, and why.

use chrono::{DateTime, Utc};
use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::actor::{Actor, Via};

/// Something that may be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action<'a> {
    /// The command: `ack`, `silence`, `run`.
    pub verb: &'a str,
    /// What it is about: a service, a runbook; empty where there is nothing to name.
    pub resource: &'a str,
    /// Whether it changes anything.
    pub changes: bool,
}

/// One line of the configuration about rights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// For whom.
    pub subject: Subject,
    /// Which commands; `*` is every one.
    pub verbs: Vec<CompactString>,
    /// About what: names, in which `*` stands for anything.
    pub resources: Vec<CompactString>,
    /// Takes away in place of giving. A denial wins.
    pub denies: bool,
    /// When it ends; none: never.
    pub until: Option<DateTime<Utc>>,
    /// Where it stands: `config.toml:12`, for answers to "why".
    pub origin: CompactString,
}

/// For whom a grant is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// One person of the configuration.
    Person(CompactString),
    /// Everybody in a team.
    Team(CompactString),
    /// Every person of the configuration.
    Everybody,
}

/// All grants.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rights {
    /// In the order of the configuration.
    pub grants: Vec<Grant>,
}

/// May they, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// They may.
    Allowed {
        /// The grant or the reason, for the audit.
        by: String,
    },
    /// They may not.
    Denied {
        /// What to tell them: what is missing and who can give it.
        why: String,
    },
}

impl Rights {
    /// Whether this actor may do this now.
    #[must_use]
    pub fn may(&self, actor: &Actor, action: &Action<'_>, now: DateTime<Utc>) -> Verdict {
        if let Some(denial) = self.find(actor, action, now, true) {
            return Verdict::Denied { why: format!("{} denies it", denial.origin) };
        }
        if !action.changes {
            return Verdict::Allowed { by: "reading changes nothing".to_owned() };
        }
        if matches!(actor.via, Via::Local | Via::Token) {
            return Verdict::Allowed { by: "who works on this machine may".to_owned() };
        }
        match self.find(actor, action, now, false) {
            Some(grant) => Verdict::Allowed { by: grant.origin.to_string() },
            None => Verdict::Denied {
                why: format!("no grant allows {} to {}", actor.name, action.verb),
            },
        }
    }

    fn find(
        &self,
        actor: &Actor,
        action: &Action<'_>,
        now: DateTime<Utc>,
        denies: bool,
    ) -> Option<&Grant> {
        self.grants.iter().find(|grant| {
            grant.denies == denies
                && grant.until.is_none_or(|until| now < until)
                && grant.subject.is(actor)
                && grant.verbs.iter().any(|verb| fits(verb, action.verb))
                && grant.resources.iter().any(|name| fits(name, action.resource))
        })
    }
}

impl Subject {
    fn is(&self, actor: &Actor) -> bool {
        actor.is_known
            && match self {
                Self::Person(name) => *name == actor.name,
                Self::Team(team) => actor.teams.contains(team),
                Self::Everybody => true,
            }
    }
}

/// Whether a name fits a pattern, in which `*` stands for anything.
pub(super) fn fits(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((head, tail)) => {
            name.strip_prefix(head).is_some_and(|rest| tail.is_empty() || ends(rest, tail))
        }
    }
}

/// Whether the rest of a name fits the pattern behind a `*`.
fn ends(rest: &str, pattern: &str) -> bool {
    (0..=rest.len()).any(|at| rest.get(at..).is_some_and(|tail| fits(pattern, tail)))
}
