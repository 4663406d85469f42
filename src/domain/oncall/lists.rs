//! Lists that people ask for: somebody's shifts, a policy's people, a room's guests.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use compact_str::{CompactString, format_compact};

use super::escalation::{Escalation, Target};
use super::roster::Roster;
use super::shifts::Shift;

/// The shifts of one person in every schedule, the earliest first, each with its schedule and clock.
#[must_use]
pub fn shifts_of<'a>(
    roster: &'a Roster,
    person: &str,
    range: (DateTime<Utc>, DateTime<Utc>),
) -> Vec<(&'a str, Tz, Shift)> {
    let mut shifts = Vec::new();
    for (name, schedule) in &roster.plans.schedules {
        let own = schedule.shifts(range, &roster.overrides(name)).into_iter();
        let own = own.filter(|shift| shift.duty.people.iter().any(|it| it == person));
        shifts.extend(own.map(|shift| (name.as_str(), schedule.zone, shift)));
    }
    shifts.sort_by_key(|(name, _, shift)| (shift.from, *name));
    shifts
}

/// The targets of each step of a policy with the people behind them at an instant.
#[must_use]
pub fn people_of(
    roster: &Roster,
    escalation: &Escalation,
    at: DateTime<Utc>,
) -> Vec<(Vec<Target>, Vec<CompactString>)> {
    let people = |target: &Target| roster.people(target, at).unwrap_or_default();
    let step = |step: &super::escalation::Step| {
        let mut all: Vec<CompactString> = step.page.iter().flat_map(people).collect();
        all.dedup();
        (step.page.clone(), all)
    };
    escalation.steps.iter().map(step).collect()
}

impl Roster {
    /// The people whom a room's list of guests means now. Who is not known is passed on as written:
    /// the chat platform may know a team or a person that no file here names.
    #[must_use]
    pub fn guests(&self, invite: &[String], at: DateTime<Utc>) -> Vec<String> {
        let mut guests: Vec<String> = Vec::new();
        for written in invite {
            let found = written.parse::<Target>().ok().and_then(|target| {
                let mut people = self.people(&target, at).ok()?;
                if let Target::Schedule(name) = &target {
                    people.extend(self.on_call(name, at)?.shadows);
                }
                Some(people)
            });
            let found: Vec<String> = match found {
                Some(people) if !people.is_empty() => {
                    people.iter().map(|person| format_compact!("@{person}").into()).collect()
                }
                Some(_) | None => vec![written.clone()],
            };
            guests.extend(found);
        }
        let mut seen = std::collections::BTreeSet::new();
        guests.retain(|guest| seen.insert(guest.clone()));
        guests
    }
}
