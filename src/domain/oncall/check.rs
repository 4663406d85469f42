//! Proves schedules over a time ahead: hours without anybody, hours with two, layers that never count,
//! policies that may wake nobody.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use compact_str::CompactString;

use super::escalation::{Escalation, Target};
use super::layer::Layer;
use super::plans::Plans;
use super::schedule::{Because, Schedule};
use super::shifts::Shift;
use crate::domain::duration;
use crate::domain::incident::RuleRef;

/// Something that its author probably did not mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The schedule or policy.
    pub at: RuleRef,
    /// What it is, in a sentence without its end.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {} {}", self.at.file, self.at.line, self.at.name, self.what)
    }
}

/// Looks through every schedule and policy from one instant to another.
#[must_use]
pub fn check(plans: &Plans, (from, to): (DateTime<Utc>, DateTime<Utc>)) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut leaky = Vec::new();
    for schedule in plans.schedules.values() {
        let shifts = schedule.shifts((from, to), &plans.overrides);
        let gaps: Vec<&Shift> =
            shifts.iter().filter(|shift| shift.duty.people.is_empty()).collect();
        if let Some(first) = gaps.first() {
            leaky.push(schedule.at.name.clone());
            findings.push(Finding { at: schedule.at.clone(), what: gap(schedule, first, &gaps) });
        }
        findings.extend(doubles(schedule, (from, to)));
        findings.extend(unused(schedule, (from, to)));
    }
    for escalation in plans.escalations.values() {
        findings.extend(no_fallback(escalation, &leaky));
    }
    findings
}

fn gap(schedule: &Schedule, first: &Shift, gaps: &[&Shift]) -> String {
    let total = gaps.iter().fold(TimeDelta::zero(), |sum, gap| sum + (gap.until - gap.from));
    let local = |at: DateTime<Utc>| at.with_timezone(&schedule.zone).format("%a %d %b %Y %H:%M");
    let times = if gaps.len() == 1 { "once".into() } else { format!("{} times", gaps.len()) };
    format!(
        "has nobody on duty {times}, {} in all; first from {} to {}",
        duration::format(total),
        local(first.from),
        local(first.until)
    )
}

/// Layers that are each limited to hours share the day between them: where two of them are on duty at
/// once, one works in vain. A layer without hours is the ground that others lie on.
fn doubles(schedule: &Schedule, range: (DateTime<Utc>, DateTime<Utc>)) -> Vec<Finding> {
    let limited: Vec<&Layer> = schedule
        .layers
        .iter()
        .filter(|layer| !layer.is_shadow && !layer.hours.is_always())
        .collect();
    let mut findings = Vec::new();
    for (place, one) in limited.iter().enumerate() {
        for other in limited.iter().skip(place + 1) {
            let both = overlap(schedule, (one, other), range);
            if let Some(at) = both {
                let at = at.with_timezone(&schedule.zone).format("%a %d %b %Y %H:%M");
                let what = format!(
                    "has two layers on duty at once, {} and {}, first at {at}: {} counts",
                    one.name, other.name, other.name
                );
                findings.push(Finding { at: schedule.at.clone(), what });
            }
        }
    }
    findings
}

fn overlap(
    schedule: &Schedule,
    (one, other): (&Layer, &Layer),
    range: (DateTime<Utc>, DateTime<Utc>),
) -> Option<DateTime<Utc>> {
    let mut edges = std::collections::BTreeSet::from([range.0]);
    one.edges(range, &mut edges);
    other.edges(range, &mut edges);
    let is_on = |layer: &Layer, at| !layer.at(at, &schedule.holidays).is_empty();
    edges
        .into_iter()
        .filter(|at| range.0 <= *at && *at < range.1)
        .find(|at| is_on(one, *at) && is_on(other, *at))
}

fn unused(schedule: &Schedule, range: (DateTime<Utc>, DateTime<Utc>)) -> Vec<Finding> {
    let shifts = schedule.shifts(range, &[]);
    let counts = |layer: &Layer| {
        let own = Because::Turn { layer: layer.name.clone() };
        layer.is_shadow || shifts.iter().any(|shift| shift.duty.because == own)
    };
    let unused = schedule.layers.iter().filter(|layer| !counts(layer));
    let finding = |layer: &Layer| Finding {
        at: schedule.at.clone(),
        what: format!("has a layer that never counts, {}: later layers cover it", layer.name),
    };
    unused.map(finding).collect()
}

/// A policy that wakes only schedules with hours without anybody needs somebody for those hours.
fn no_fallback(escalation: &Escalation, leaky: &[CompactString]) -> Option<Finding> {
    let mut targets =
        escalation.steps.iter().filter(|step| step.is_for_all()).flat_map(|it| &it.page);
    let is_safe = |target: &Target| match target {
        Target::Person(_) | Target::Team(_) | Target::Room(_) => true,
        Target::Schedule(name) => !leaky.contains(name),
    };
    (!targets.any(is_safe)).then(|| Finding {
        at: escalation.at.clone(),
        what: "may wake nobody at some hours: add a step with a person, a team or a room that \
               counts at every hour and severity"
            .to_owned(),
    })
}
