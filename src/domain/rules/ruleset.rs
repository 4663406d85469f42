//! All rules together: reading them, and finding those that an alert matches.

use std::collections::BTreeMap;

use compact_str::{CompactString, format_compact};

use super::group::{group_key, unrouted};
use super::rule::Rule;
use super::{reach, read};
use crate::domain::alert::Labels;
use crate::domain::diagnostic::{Diagnostic, Diagnostics, Place};
use crate::domain::files;
use crate::domain::ids::{Fnv, GroupKey};
use crate::domain::incident::RuleRef;
use crate::domain::matcher::{Index, Matcher};
use crate::domain::noise::inhibition::Inhibition;
use crate::domain::oncall::{self, Plans};

/// A rule of one ruleset: its place in the order. Of no use in another ruleset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleId(usize);

/// All rules, in the order in which they are asked.
#[derive(Debug, Default)]
pub struct Ruleset {
    rules: Vec<Rule>,
    inhibitions: Vec<Inhibition>,
    index: Index,
    version: CompactString,
}

/// Where an alert belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The rule that owns it. None: no rule wants it.
    pub owner: Option<RuleId>,
    /// Further rules that add their notifications.
    pub also: Vec<RuleId>,
    /// The group that it belongs to.
    pub group: GroupKey,
}

/// One rule that was tried on an alert, for `why`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// The rule and its place.
    pub rule: RuleRef,
    /// Whether it matched.
    pub matched: bool,
    /// The first matcher that did not hold.
    pub failed_matcher: Option<String>,
    /// What the alert has where that matcher looks; empty where it lacks the label.
    pub found: CompactString,
}

impl Ruleset {
    /// Reads rule files, given as name and text. Rules with faults are left out: a caller that
    /// has a good ruleset keeps it when there are errors.
    #[must_use]
    pub fn parse(texts: &[(String, String)]) -> (Self, Diagnostics) {
        let (rules, _, out) = Self::read(texts);
        (rules, out)
    }

    /// As [`Ruleset::parse`], with the schedules and policies that stand in the same files.
    #[must_use]
    pub fn read(texts: &[(String, String)]) -> (Self, Plans, Diagnostics) {
        let mut sorted: Vec<_> = texts.iter().collect();
        sorted.sort();
        let (mut out, mut rules, mut inhibitions) =
            (Diagnostics::default(), Vec::new(), Vec::new());
        let mut plans = oncall::Read::default();
        for (name, text) in sorted {
            let tree = files::parse(name, text, &mut out);
            files::table(&tree, "rules file", &mut out, |fields| {
                rules.extend(fields.list("rule", read::rule));
                inhibitions.extend(fields.list("inhibit", read::inhibition));
                plans.take(fields);
            });
        }
        refuse_twins(&mut rules, "rule", &mut out);
        refuse_twins(&mut inhibitions, "inhibition", &mut out);
        let plans = plans.finish(&mut out);
        reach::warn(&rules, &mut out);
        out.sort();
        let rules = rules.into_iter().map(|(_, rule)| rule).collect();
        let inhibitions = inhibitions.into_iter().map(|(_, inhibition)| inhibition).collect();
        (Self { version: version(texts), ..Self::new(rules, inhibitions) }, plans, out)
    }

    /// A ruleset of rules that were checked before, in this order.
    #[must_use]
    pub fn new(rules: Vec<Rule>, inhibitions: Vec<Inhibition>) -> Self {
        let index = Index::new(rules.iter().map(|rule| &rule.matchers));
        Self { rules, inhibitions, index, version: CompactString::default() }
    }

    /// What tells these files from others: 16 hexadecimal digits over their names and texts, the
    /// same on every machine. Empty where no files were read.
    #[must_use]
    pub fn version(&self) -> &CompactString {
        &self.version
    }

    /// How many rules there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there is no rule.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The rules in the order in which they are asked.
    pub fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter()
    }

    /// The inhibitions, in the order of their files.
    #[must_use]
    pub fn inhibitions(&self) -> &[Inhibition] {
        &self.inhibitions
    }

    /// The rule behind an id; none when the id is of another ruleset.
    #[must_use]
    pub fn rule(&self, id: RuleId) -> Option<&Rule> {
        self.rules.get(id.0)
    }

    /// The rule of this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<RuleId> {
        self.rules.iter().position(|rule| rule.at.name == name).map(RuleId)
    }

    /// Where an alert belongs: the first match owns it.
    #[must_use]
    pub fn route(&self, labels: &Labels) -> Route {
        let candidates = self.index.candidates(labels);
        let mut matched = candidates.into_iter().map(RuleId).filter_map(|id| {
            let rule = self.rule(id)?;
            rule.matchers.matches(labels).then_some((id, rule))
        });
        let Some((owner, rule)) = matched.next() else {
            return Route { owner: None, also: Vec::new(), group: unrouted(labels) };
        };
        let mut also = Vec::new();
        let mut goes_on = rule.goes_on;
        while goes_on && let Some((id, next)) = matched.next() {
            also.push(id);
            goes_on = next.goes_on;
        }
        let group = group_key(&rule.at.name, &rule.group_by, labels);
        Route { owner: Some(owner), also, group }
    }

    /// Every rule with its verdict on an alert, in order. Looks at each: not for the hot path.
    #[must_use]
    pub fn explain(&self, labels: &Labels) -> Vec<Tried> {
        let value = |matcher: &Matcher| labels.get(matcher.name()).cloned().unwrap_or_default();
        let verdict = |rule: &Rule| {
            let failed =
                rule.matchers.iter().find(|matcher| !matcher.matches_value(&value(matcher)));
            Tried {
                rule: rule.at.clone(),
                matched: failed.is_none(),
                failed_matcher: failed.map(ToString::to_string),
                found: failed.map(value).unwrap_or_default(),
            }
        };
        self.rules.iter().map(verdict).collect()
    }
}

/// Stored in incidents: how it is computed never changes.
fn version(texts: &[(String, String)]) -> CompactString {
    let mut sorted: Vec<_> = texts.iter().collect();
    sorted.sort();
    let end: &[u8] = &[0xff];
    let hash = sorted.into_iter().fold(Fnv::default(), |hash, (name, text)| {
        hash.with(name.as_bytes()).with(end).with(text.as_bytes()).with(end)
    });
    format_compact!("{:016x}", hash.finish())
}

/// Leaves out what has a name that an earlier one has.
fn refuse_twins<T>(all: &mut Vec<(Named, T)>, what: &str, out: &mut Diagnostics) {
    let mut first: BTreeMap<String, Place> = BTreeMap::new();
    all.retain(|(named, _)| {
        let Some(earlier) = first.get(&named.name) else {
            first.insert(named.name.clone(), named.place.clone());
            return true;
        };
        let fault = format!("two {what}s are named `{}`", named.name);
        out.push(
            Diagnostic::error(&named.place, fault)
                .label("this name is taken")
                .see(earlier, "first used here")
                .help("names appear in group keys and timelines: give each its own".to_owned()),
        );
        false
    });
}

/// A name and where it was given.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) name: String,
    pub(super) place: Place,
}
