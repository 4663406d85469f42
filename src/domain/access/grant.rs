//! What somebody may do, and why.

use chrono::{DateTime, Utc};
use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::actor::Actor;

/// Something that may be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action<'a> {
    /// The command: `ack`, `silence`, `run`.
    pub verb: &'a str,
    /// What it is about: a service, a runbook; empty where there is nothing to name.
    pub resource: &'a str,
    /// Where, for what happens somewhere: `production`; empty where nothing is named.
    pub environment: &'a str,
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
    /// Where, by the names of environments; empty: everywhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub environments: Vec<CompactString>,
    /// Takes away in place of giving. A denial wins.
    pub denies: bool,
    /// When it ends; none: never.
    pub until: Option<DateTime<Utc>>,
    /// Where it stands, `config.toml:12`, or who gave it, for answers to "why".
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

impl Grant {
    /// Whether it is about this, whoever asks: it says so, and has not ended.
    pub(super) fn concerns(&self, action: &Action<'_>, now: DateTime<Utc>) -> bool {
        // What names nothing may be about anything: a denial of anything denies it.
        let about = (self.denies && action.resource.is_empty())
            || self.resources.iter().any(|name| fits(name, action.resource));
        let is_unnamed = self.denies && action.changes && action.environment.is_empty();
        let is_there = self.environments.is_empty()
            || is_unnamed
            || self.environments.iter().any(|name| fits(name, action.environment));
        let is_on = self.until.is_none_or(|until| now < until);
        is_on && about && is_there && self.verbs.iter().any(|verb| fits(verb, action.verb))
    }
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
        if actor.is_operator() {
            return Verdict::Allowed { by: "who works on this machine may".to_owned() };
        }
        match self.find(actor, action, now, false) {
            Some(grant) => Verdict::Allowed { by: grant.origin.to_string() },
            None => Verdict::Denied { why: missing(actor, action) },
        }
    }

    fn find(
        &self,
        actor: &Actor,
        action: &Action<'_>,
        now: DateTime<Utc>,
        denies: bool,
    ) -> Option<&Grant> {
        let mut grants = self.grants.iter();
        grants.find(|it| it.denies == denies && it.subject.is(actor) && it.concerns(action, now))
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

/// What to tell somebody whom no grant allows it.
fn missing(actor: &Actor, action: &Action<'_>) -> String {
    let about = match action.resource {
        "" => String::new(),
        resource => format!(" for {resource:?}"),
    };
    let about = match action.environment {
        "" => about,
        environment => format!("{about} in {environment:?}"),
    };
    if actor.is_known {
        let (name, verb) = (&actor.name, action.verb);
        return format!("no grant allows {name} to {verb}{about}");
    }
    format!(
        "{:?} is not a person of the configuration, and only those may {}",
        actor.name, action.verb
    )
}

/// Whether a name fits a pattern, in which `*` stands for anything. Each piece between two stars is
/// looked for once, from the left: names are labels, and a long one must not cost more.
#[must_use]
pub fn fits(pattern: &str, name: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == name };
    let (pieces, tail) = rest.rsplit_once('*').unwrap_or(("", rest));
    let inner = name.strip_prefix(head).and_then(|name| name.strip_suffix(tail));
    let Some(mut name) = inner else { return false };
    pieces.split('*').all(|piece| match name.split_once(piece) {
        Some((_, behind)) => {
            name = behind;
            true
        }
        None => false,
    })
}
