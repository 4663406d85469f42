//! The verdicts of the rules, in their order, and what the owner asks for.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use compact_str::CompactString;
use serde::Serialize;

use super::page::{Paged, page};
use super::run::{Run, run};
use crate::domain::alert::{Alert, Labels};
use crate::domain::ids::{GroupKey, Number};
use crate::domain::incident::{Policy, RuleRef};
use crate::domain::noise::inhibition::{Inhibition, Inhibitions};
use crate::domain::oncall::Roster;
use crate::domain::rules::{RuleId, Ruleset, Tried};
use crate::domain::runbook::Book;

/// Everything that authors write, as far as it says something to an alert.
#[derive(Debug, Clone, Copy)]
pub struct Files<'a> {
    /// The rules.
    pub rules: &'a Ruleset,
    /// The inhibition rules.
    pub inhibitions: &'a Inhibitions,
    /// Schedules, policies and people.
    pub roster: &'a Roster,
    /// The runbooks.
    pub runbooks: &'a Book,
}

/// What the files say to one alert.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// The alert's identity.
    pub fingerprint: String,
    /// What it is about.
    pub labels: Labels,
    /// The moment that is spoken of: who is on call depends on it.
    pub at: DateTime<Utc>,
    /// Which version of the files says so.
    pub files: CompactString,
    /// Every rule in its order.
    pub rules: Vec<Verdict>,
    /// Which alerts it belongs together with.
    pub group: GroupKey,
    /// What would be done. None: no rule wants it.
    pub outcome: Option<Outcome>,
    /// Inhibition rules by which it may be held back.
    pub held_by: Vec<Held>,
    /// Inhibition rules by which it holds others back.
    pub holds: Vec<Held>,
}

/// One rule and what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The rule and its place.
    #[serde(flatten)]
    pub rule: RuleRef,
    /// What it says.
    #[serde(flatten)]
    pub says: Says,
}

/// What a rule says to an alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Says {
    /// It is the first that matches: the alert is its own.
    Owns,
    /// One before it said `continue`: it adds its notifications.
    Adds,
    /// It matches, and an earlier rule has taken the alert.
    ComesTooLate,
    /// A matcher does not hold.
    Fails {
        /// The first that does not.
        matcher: String,
        /// What the alert has there; empty where it lacks the label.
        found: CompactString,
    },
}

/// What the owner asks for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    /// What would be copied into the incident. Its number stands for the next one.
    pub policy: Policy,
    /// Templates that cannot be rendered for it.
    pub faults: Vec<String>,
    /// How often the rule may open rooms.
    pub throttle: Option<String>,
    /// Whom it would wake.
    pub page: Option<Paged>,
    /// What it would run.
    pub run: Option<Run>,
}

/// An inhibition rule that has something to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Held {
    /// The rule and its place.
    #[serde(flatten)]
    pub rule: RuleRef,
    /// What the other alert must be like.
    pub other: String,
    /// The labels in which both must agree, with the alert's values.
    pub equal: Labels,
}

/// Says what the files say to an alert at a moment.
#[must_use]
pub fn explain(files: Files<'_>, alert: &Arc<Alert>, at: DateTime<Utc>) -> Explanation {
    let labels = &alert.labels;
    let route = files.rules.route(labels);
    let owner = route.owner;
    Explanation {
        fingerprint: alert.fingerprint().to_string(),
        labels: labels.clone(),
        at,
        files: files.rules.version().clone(),
        rules: verdicts(files.rules, labels),
        group: route.group,
        outcome: owner.and_then(|owner| outcome(files, (owner, &route.also), alert, at)),
        held_by: held_by(files.inhibitions.rules(), labels),
        holds: holds(files.inhibitions.rules(), labels),
    }
}

fn verdicts(rules: &Ruleset, labels: &Labels) -> Vec<Verdict> {
    let mut is_asked = true;
    let mut has_owner = false;
    let judge = |(tried, rule): (Tried, &crate::domain::rules::Rule)| {
        let says = match tried.failed_matcher {
            Some(matcher) => Says::Fails { matcher, found: tried.found },
            None if !is_asked => Says::ComesTooLate,
            None => {
                is_asked = rule.goes_on;
                if std::mem::replace(&mut has_owner, true) { Says::Adds } else { Says::Owns }
            }
        };
        Verdict { rule: tried.rule, says }
    };
    rules.explain(labels).into_iter().zip(rules.iter()).map(judge).collect()
}

fn outcome(
    files: Files<'_>,
    (owner, also): (RuleId, &[RuleId]),
    alert: &Alert,
    at: DateTime<Utc>,
) -> Option<Outcome> {
    let rule = files.rules.rule(owner)?;
    let rendered = files.rules.policy(owner, also, alert, Number(1))?;
    let policy = rendered.policy;
    Some(Outcome {
        faults: rendered.faults,
        throttle: rule.throttles.rooms.map(|limit| limit.to_string()),
        page: page(files.roster, &policy, at),
        run: policy.run.as_ref().map(|plan| run(files.runbooks, plan, &alert.labels)),
        policy,
    })
}

fn held_by(rules: &[Inhibition], labels: &Labels) -> Vec<Held> {
    let may_hold = rules.iter().filter(|rule| rule.target.matches(labels));
    may_hold.map(|rule| held(rule, rule.source.to_string(), labels)).collect()
}

fn holds(rules: &[Inhibition], labels: &Labels) -> Vec<Held> {
    let source = rules.iter().filter(|rule| rule.source.matches(labels));
    source.map(|rule| held(rule, rule.target.to_string(), labels)).collect()
}

fn held(rule: &Inhibition, other: String, labels: &Labels) -> Held {
    let value = |name: &CompactString| labels.get(name).cloned().unwrap_or_default();
    let equal = rule.equal.iter().map(|name| (name.clone(), value(name))).collect();
    Held { rule: rule.rule.clone(), other, equal }
}
