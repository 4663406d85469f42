//! Times in which nothing begins: windows that come again, and single ones.
//!
//! It refuses to know who may lift one, and to hold back a run that is under way.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::plan::Plan;
use crate::domain::access::fits;
use crate::domain::oncall::Hours;

/// A time in which nothing begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freeze {
    /// Services and runbooks, in whose names `*` stands for anything.
    pub on: Vec<CompactString>,
    /// Environments; empty: all of them. What names none may be in any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub environments: Vec<CompactString>,
    /// Which hours of the week; none: all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weekly: Option<Weekly>,
    /// When it begins; none: it always has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<DateTime<Utc>>,
    /// When it ends; none: it comes again and again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
    /// What becomes of a run that would begin.
    pub policy: Policy,
    /// Who set it, or the line where it stands.
    pub by: CompactString,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
}

/// Hours of the week on somebody's clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weekly {
    /// The hours.
    pub hours: Hours,
    /// Whose clock is meant.
    pub zone: Tz,
}

/// What becomes of a run that would begin in a freeze.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// One person more than otherwise has to agree.
    Approve,
    /// It does not begin.
    Refuse,
}

impl Freeze {
    /// Whether it holds now, for anything.
    #[must_use]
    pub fn is_on(&self, now: DateTime<Utc>) -> bool {
        self.from.is_none_or(|from| from <= now)
            && self.until.is_none_or(|until| now < until)
            && self.weekly.as_ref().is_none_or(|weekly| weekly.hours.contains(weekly.zone, now))
    }

    /// Whether it is about this plan.
    #[must_use]
    pub fn is_about(&self, plan: &Plan) -> bool {
        let service = plan.service().unwrap_or_default();
        let place = plan.environment().unwrap_or_default();
        let is_there = self.environments.is_empty()
            || place.is_empty()
            || self.environments.iter().any(|name| fits(name, place));
        is_there && self.on.iter().any(|name| fits(name, service) || fits(name, &plan.runbook))
    }

    /// What is frozen, as people type it.
    #[must_use]
    pub fn what(&self) -> String {
        let on = self.on.join(", ");
        let on = if on == "*" { "everything" } else { &on };
        match self.environments.join(", ").as_str() {
            "" => on.to_owned(),
            places => format!("{on} in {places}"),
        }
    }
}

/// The freeze that holds a plan back most, of those that do now.
#[must_use]
pub fn frozen<'a>(
    freezes: impl IntoIterator<Item = &'a Freeze>,
    plan: &Plan,
    now: DateTime<Utc>,
) -> Option<&'a Freeze> {
    let holding = freezes.into_iter().filter(|freeze| freeze.is_on(now) && freeze.is_about(plan));
    holding.max_by_key(|freeze| freeze.policy)
}
