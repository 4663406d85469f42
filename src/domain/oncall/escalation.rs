//! Whom to wake in which order, and by what each of them is woken.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use compact_str::{CompactString, format_compact};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::hours::Hours;
use crate::domain::duration;
use crate::domain::incident::RuleRef;

/// Somebody or something that a step wakes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// `@ana`.
    Person(CompactString),
    /// `oncall:cms`: whoever is on duty when the step is paged.
    Schedule(CompactString),
    /// `team:web`: everybody in it.
    Team(CompactString),
    /// `#ops`: a line in a room.
    Room(CompactString),
}

/// Makes a target of its name.
type Make = fn(CompactString) -> Target;

/// What a target must look like.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names nobody: write @ana, oncall:cms, team:web or #room")]
pub struct BadTarget(String);

impl FromStr for Target {
    type Err = BadTarget;

    fn from_str(text: &str) -> Result<Self, BadTarget> {
        let is_name = |name: &&str| {
            !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "._-".contains(c))
        };
        let kinds: [(&str, Make); 4] = [
            ("@", Self::Person),
            ("oncall:", Self::Schedule),
            ("team:", Self::Team),
            ("#", Self::Room),
        ];
        kinds
            .into_iter()
            .find_map(|(mark, make)| {
                text.strip_prefix(mark).filter(is_name).map(|name| make(name.into()))
            })
            .ok_or_else(|| BadTarget(text.to_owned()))
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(name) => write!(f, "@{name}"),
            Self::Schedule(name) => write!(f, "oncall:{name}"),
            Self::Team(name) => write!(f, "team:{name}"),
            Self::Room(name) => write!(f, "#{name}"),
        }
    }
}

impl Serialize for Target {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = CompactString::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// One step: whom it wakes, how long it waits for an answer, and when it counts at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Whom it wakes, all at the same time.
    pub page: Vec<Target>,
    /// How long it waits before the next step. None: as the rule says.
    #[serde(default, with = "duration::maybe", skip_serializing_if = "Option::is_none")]
    pub after: Option<TimeDelta>,
    /// The severities that it is for; empty for all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub severity: Vec<CompactString>,
    /// The hours that it is for.
    #[serde(default, skip_serializing_if = "Hours::is_always")]
    pub hours: Hours,
}

impl Step {
    /// Whether it counts at every severity and hour.
    #[must_use]
    pub fn is_for_all(&self) -> bool {
        self.severity.is_empty() && self.hours.is_always()
    }
}

/// An escalation policy: whom to wake in which order. It is copied into an incident when that opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escalation {
    /// Its name and place.
    pub at: RuleRef,
    /// Whose clock the steps' hours mean.
    pub zone: Tz,
    /// The steps in their order.
    pub steps: Vec<Step>,
    /// How often all steps are gone through again when nobody has answered.
    pub repeat: u16,
    /// An acknowledgement that is so old, of an incident that goes on, counts no more.
    #[serde(default, with = "duration::maybe", skip_serializing_if = "Option::is_none")]
    pub stale_after: Option<TimeDelta>,
}

impl Escalation {
    /// How many steps are paged at most before it is exhausted: all of them, as often as they repeat.
    #[must_use]
    pub fn steps_max(&self) -> u16 {
        let steps = u16::try_from(self.steps.len()).unwrap_or(u16::MAX);
        steps.saturating_mul(self.repeat.saturating_add(1))
    }

    /// A step by its number, which counts on through the repetitions, from 1.
    #[must_use]
    pub fn step(&self, number: u16) -> Option<&Step> {
        let place = usize::from(number.checked_sub(1)?);
        let is_over = number > self.steps_max();
        self.steps.get(place.checked_rem(self.steps.len())?).filter(|_| !is_over)
    }

    /// Whether a step is for this severity at this hour.
    #[must_use]
    pub fn is_for(&self, step: &Step, severity: &str, at: DateTime<Utc>) -> bool {
        let is_severe = step.severity.is_empty() || step.severity.iter().any(|it| it == severity);
        is_severe && step.hours.contains(self.zone, at)
    }
}

/// One way to reach a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Way {
    /// The pager's name in the configuration.
    pub pager: CompactString,
    /// Their address there: a mail address, a telephone number, a topic.
    pub address: CompactString,
    /// How long after the first try it is used, when nobody has answered.
    #[serde(with = "duration::text")]
    pub after: TimeDelta,
    /// The severities that it is for; empty for all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub severity: Vec<CompactString>,
}

/// When a person is left alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quiet {
    /// For these severities; empty for all of them.
    pub severity: Vec<CompactString>,
    /// In these hours.
    pub hours: Hours,
}

/// How a person is woken: their own rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// Whose clock their quiet hours mean.
    pub zone: Tz,
    /// The ways in the order in which they are tried.
    pub ways: Vec<Way>,
    /// When they are left alone.
    pub quiet: Vec<Quiet>,
}

impl Default for Reach {
    fn default() -> Self {
        Self { zone: Tz::UTC, ways: Vec::new(), quiet: Vec::new() }
    }
}

impl Reach {
    /// Whether they are left alone with such an incident now.
    #[must_use]
    pub fn is_quiet(&self, severity: &str, at: DateTime<Utc>) -> bool {
        self.quiet.iter().any(|quiet| {
            let is_meant =
                quiet.severity.is_empty() || quiet.severity.iter().any(|it| it == severity);
            is_meant && quiet.hours.contains(self.zone, at)
        })
    }
}

impl From<&Target> for CompactString {
    fn from(target: &Target) -> Self {
        format_compact!("{target}")
    }
}
