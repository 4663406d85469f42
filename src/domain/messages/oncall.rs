//! What is said about people and time: who is on call, hand-offs, who stands in.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use compact_str::CompactString;

use super::incident::number;
use crate::domain::duration;
use crate::domain::ids::Number;
use crate::domain::incident::Head;
use crate::domain::oncall::{Because, Duty, Escalation, Override, Resolved, Shift, Target};

/// A time as the schedule's people read it: with its weekday, on the schedule's clock.
#[must_use]
pub fn local(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone).format("%a %d %b %H:%M %Z").to_string()
}

fn names(people: &[CompactString]) -> String {
    if people.is_empty() { "nobody".to_owned() } else { people.join(", ") }
}

/// The people of a shift changed.
#[must_use]
pub fn handed_over(
    schedule: &str,
    before: Option<&Duty>,
    now: &Duty,
    next: Option<&Shift>,
    zone: Tz,
) -> String {
    let from = before.map(|before| names(&before.people)).unwrap_or_default();
    let until = next.map(|next| format!(" until {}", local(next.from, zone))).unwrap_or_default();
    if now.people.is_empty() {
        return format!("Nobody is on call for {schedule}{until}: {from} has gone off duty.");
    }
    format!("{} is on call for {schedule}{until}, after {from}.", names(&now.people))
}

/// Who is on call in one schedule at an instant, and until when.
#[must_use]
pub fn duty(schedule: &str, duty: &Duty, next: Option<&Shift>, zone: Tz) -> String {
    let until = next.map(|next| {
        let then = names(&next.duty.people);
        format!(" until {}, then {then}", local(next.from, zone))
    });
    let because = match &duty.because {
        Because::Turn { layer } if layer == "turns" => String::new(),
        Because::Turn { layer } => format!(" ({layer})"),
        Because::StandsIn { .. } => " (stands in)".to_owned(),
        Because::Nobody => String::new(),
    };
    let shadows = if duty.shadows.is_empty() {
        String::new()
    } else {
        format!(", {} listens", duty.shadows.join(", "))
    };
    let people = names(&duty.people);
    format!("{schedule}: {people}{because}{}{shadows}", until.unwrap_or_default())
}

/// One shift of a list.
#[must_use]
pub fn shift(schedule: &str, shift: &Shift, zone: Tz) -> String {
    let length = duration::format(shift.until - shift.from);
    let (from, people) = (local(shift.from, zone), names(&shift.duty.people));
    format!("{schedule}: {people} from {from} for {length}")
}

/// There are no schedules.
#[must_use]
pub fn no_schedules() -> String {
    "No schedule is written down here: a [[schedule]] in rules/ makes one.".to_owned()
}

/// No schedule or policy is called so.
#[must_use]
pub fn unknown_schedule(word: &str, known: &[&str]) -> String {
    format!(
        "Nothing was done: no schedule or policy is called {word:?}. Known: {}.",
        known.join(", ")
    )
}

/// Somebody stands in from now on, or later.
#[must_use]
pub fn stands_in(one: &Override, met: &[Override], zone: Tz) -> String {
    let whom = one.instead_of.as_ref().map(|who| format!(" for {who}")).unwrap_or_default();
    let over = match met.first() {
        None => String::new(),
        Some(first) => {
            format!(" It counts before what {} arranged for {}.", first.by, first.person)
        }
    };
    format!(
        "{} is on call{whom} in {} from {} to {}.{over}",
        one.person,
        one.schedule,
        local(one.from, zone),
        local(one.until, zone)
    )
}

/// An override was taken back.
#[must_use]
pub fn stands_in_no_more(one: &Override) -> String {
    format!("{} no longer stands in for {}: the schedule counts again.", one.person, one.schedule)
}

/// Somebody has no shift for a while.
#[must_use]
pub fn no_shifts(person: &str, days: i64) -> String {
    format!("{person} is not on call in the next {days} days.")
}

/// The next step is paged because somebody said so; or there is none left.
#[must_use]
pub fn escalated(number: Number, (step, is_exhausted): (u16, bool)) -> String {
    if is_exhausted {
        return format!("There is no further step for #{number}: everybody was paged once more.");
    }
    format!("Step {step} of the escalation of #{number} is paged now.")
}

/// Whom a person has called.
#[must_use]
pub fn paged(number: Number, resolved: &Resolved) -> String {
    let people: std::collections::BTreeSet<&str> =
        resolved.calls.iter().map(|call| call.contact.person.as_str()).collect();
    let people: Vec<&str> = people.into_iter().collect();
    let missed: Vec<String> = resolved.missed.iter().map(ToString::to_string).collect();
    let but =
        if missed.is_empty() { String::new() } else { format!(" But: {}.", missed.join(", ")) };
    if people.is_empty() && resolved.rooms.is_empty() {
        return format!("Nobody was paged for #{number}.{but} Call them, or: escalate #{number}");
    }
    let mut heard: Vec<String> = people.iter().map(|it| (*it).to_owned()).collect();
    heard.extend(resolved.rooms.iter().map(|room| format!("#{room}")));
    format!("Paged for #{number}: {}.{but}", heard.join(", "))
}

/// Nobody is called so.
#[must_use]
pub fn nobody_to_page(word: &str) -> String {
    format!("Nobody was paged: no person, team or schedule is called {word}. Look: who is on call")
}

/// What was typed is no time.
#[must_use]
pub fn no_time() -> String {
    "Nothing was done: write the time like 18:00, 2026-12-24T18:00 or +2h.".to_owned()
}

/// An override is too long to be one.
#[must_use]
pub fn too_long_override(days: i64) -> String {
    format!("Nothing was changed: beyond {days} days, change the schedule in rules/ instead.")
}

/// The steps of a policy, with who is behind them now.
#[must_use]
pub fn policy(escalation: &Escalation, steps: &[(Vec<Target>, Vec<CompactString>)]) -> String {
    let line = |(number, (targets, people)): (usize, &(Vec<Target>, Vec<CompactString>))| {
        let targets: Vec<String> = targets.iter().map(ToString::to_string).collect();
        let who = if people.is_empty() { "nobody".to_owned() } else { people.join(", ") };
        format!("- step {}: {} ({who})", number + 1, targets.join(", "))
    };
    let lines: Vec<String> = steps.iter().enumerate().map(line).collect();
    format!("{} pages in this order:\n{}", escalation.at.name, lines.join("\n"))
}

/// Why alerts of a service are held back.
#[must_use]
pub fn maintenance_comment(by: &str, why: &str) -> String {
    if why.is_empty() { format!("maintenance by {by}") } else { format!("maintenance: {why}") }
}

/// Nobody is woken for a service for a while.
#[must_use]
pub fn maintenance(service: &str, until: DateTime<Utc>) -> String {
    let until = until.format("%H:%M UTC");
    format!("{service} is in maintenance until {until}: its alerts are held back until then.")
}

/// What somebody hands over to the next: the open incidents.
#[must_use]
pub fn handover(to: &str, schedule: &str, until: &str, open: &[String]) -> String {
    let open = match open {
        [] => "Nothing is open.".to_owned(),
        open => format!("Open now:\n- {}", open.join("\n- ")),
    };
    format!("{to} has {schedule} from now on, until {until}. {open}")
}

/// The auditor found an escalation without a next step.
#[must_use]
pub fn escalation_was_dead(head: &Head) -> String {
    let since = head.next_call_at().map(|due| due.format("%H:%M UTC").to_string());
    format!(
        "The escalation of {} stood still since {}: it goes on now. Look at the log for why.",
        number(head),
        since.unwrap_or_default()
    )
}
