//! Whom an escalation would wake from a moment on, if nobody answered, and why them.

use chrono::{DateTime, TimeDelta, Utc};
use compact_str::CompactString;
use serde::Serialize;

use crate::domain::duration;
use crate::domain::incident::Policy;
use crate::domain::oncall::{Because, Call, Escalation, Roster, Step as Written, Target};

/// Whom an escalation would wake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Paged {
    /// The escalation policy.
    pub policy: CompactString,
    /// Where it stands. None: no file describes it, and whoever stands behind the pagers decides.
    pub place: Option<String>,
    /// Its steps in their order, each once.
    pub steps: Vec<Step>,
    /// How often all of them come again when nobody has answered.
    pub repeat: u16,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Counts from 1.
    pub step: u16,
    /// When it would be paged, and so who is on call. None: it would be passed over.
    pub at: Option<DateTime<Utc>>,
    /// Whether it is for this severity at this hour.
    pub is_for_this: bool,
    /// Whom it names, and who that is.
    pub targets: Vec<Told>,
    /// Ways that would be tried, and how long after the step begins.
    pub calls: Vec<Way>,
    /// Who is not woken, and why.
    pub missed: Vec<String>,
}

/// A target of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Told {
    /// As the policy writes it: `oncall:cms`.
    pub target: String,
    /// Who that is then.
    pub people: Vec<CompactString>,
    /// Why it is them; empty where the policy names them.
    pub because: String,
}

/// One way to one person. Their address is not shown: an explanation is sent around.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Way {
    /// Who.
    pub person: CompactString,
    /// By which pager.
    pub pager: CompactString,
    /// How long after the step begins.
    #[serde(with = "duration::text")]
    pub after: TimeDelta,
}

/// Whom a policy would wake from a moment on; none where the rule pages nobody.
#[must_use]
pub fn page(roster: &Roster, policy: &Policy, from: DateTime<Utc>) -> Option<Paged> {
    let name = policy.page.clone()?;
    let Some(escalation) = roster.escalation(&name) else {
        return Some(Paged { policy: name, place: None, steps: Vec::new(), repeat: 0 });
    };
    let mut at = from;
    let mut steps = Vec::new();
    for (number, written) in (1..).zip(&escalation.steps) {
        let step = step(roster, (escalation, written, number), &policy.severity, at);
        if step.at.is_some() {
            at += written.after.unwrap_or(policy.timing.escalate_after);
        }
        steps.push(step);
    }
    let place = Some(format!("{}:{}", escalation.at.file, escalation.at.line));
    Some(Paged { policy: name, place, steps, repeat: escalation.repeat })
}

/// A step that wakes nobody is passed over at once, as when it is really paged.
fn step(
    roster: &Roster,
    (escalation, written, number): (&Escalation, &Written, u16),
    severity: &str,
    at: DateTime<Utc>,
) -> Step {
    let is_for_this = escalation.is_for(written, severity, at);
    let resolved = roster.resolve(&written.page, severity, at);
    let wakes = is_for_this && !(resolved.calls.is_empty() && resolved.rooms.is_empty());
    let way =
        |Call { contact, after }: Call| Way { person: contact.person, pager: contact.pager, after };
    Step {
        step: number,
        at: wakes.then_some(at),
        is_for_this,
        targets: written.page.iter().map(|target| told(roster, target, at)).collect(),
        calls: resolved.calls.into_iter().map(way).collect(),
        missed: resolved.missed.iter().map(ToString::to_string).collect(),
    }
}

fn told(roster: &Roster, target: &Target, at: DateTime<Utc>) -> Told {
    let because = match target {
        Target::Schedule(name) => duty(roster, name, at),
        Target::Team(name) => format!("everybody in the team {name}"),
        Target::Person(_) | Target::Room(_) => String::new(),
    };
    let people = roster.people(target, at).unwrap_or_default();
    Told { target: target.to_string(), people, because }
}

fn duty(roster: &Roster, name: &str, at: DateTime<Utc>) -> String {
    let (Some(schedule), Some(duty)) = (roster.plans.schedules.get(name), roster.on_call(name, at))
    else {
        return format!("there is no schedule {name}");
    };
    let place = format!("{}:{}", schedule.at.file, schedule.at.line);
    match duty.because {
        Because::Turn { layer } => format!("their turn in {layer} of {name}, {place}"),
        Because::StandsIn { id } => format!("stands in, override {id} of {name}, {place}"),
        Because::Nobody => format!("nobody is on duty in {name}, {place}"),
    }
}
