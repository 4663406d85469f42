//! Reads `[[schedule]]`, `[[policy]]` and `[[override]]` tables, which may stand in any rule file.

mod policy;
mod schedule;
mod values;

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, Utc};
use compact_str::CompactString;

use self::values::{At, moment, name};
pub use self::values::{hours, quiet, severities, ways};
use super::escalation::{Escalation, Target};
use super::overrides::Override;
use super::plans::Plans;
use super::schedule::Schedule;
use super::wall::instant;
use crate::domain::diagnostic::{Diagnostic, Diagnostics, Place, did_you_mean};
use crate::domain::files::{Fields, Node, table, text};
use crate::domain::incident::RuleRef;

/// What was read so far; the files are compared with each other at the end.
#[derive(Debug, Default)]
pub struct Read {
    schedules: Vec<(Place, Schedule)>,
    escalations: Vec<(Place, Escalation)>,
    stand_ins: Vec<StandIn>,
    named: Vec<(Target, Place)>,
}

/// An override whose times wait for the schedule's zone.
#[derive(Debug)]
struct StandIn {
    place: Place,
    schedule: (CompactString, Place),
    person: CompactString,
    instead_of: Option<CompactString>,
    from: At,
    until: At,
}

impl Read {
    /// Takes the tables of one file.
    pub fn take(&mut self, fields: &mut Fields<'_>) {
        let named = &mut self.named;
        self.schedules
            .extend(fields.list("schedule", |node, out| schedule::read(node, named, out)));
        self.escalations.extend(fields.list("policy", |node, out| policy::read(node, named, out)));
        self.stand_ins.extend(fields.list("override", |node, out| stand_in(node, named, out)));
    }

    /// Everything, with what is wrong between the files.
    #[must_use]
    pub fn finish(self, out: &mut Diagnostics) -> Plans {
        let Self { schedules, escalations, stand_ins, named } = self;
        let schedules = alone(schedules, "schedule", |it| &it.at, out);
        let escalations = alone(escalations, "policy", |it| &it.at, out);
        for (target, place) in &named {
            if let Target::Schedule(name) = target
                && !schedules.contains_key(name)
            {
                unknown_schedule(name, place, &schedules, out);
            }
        }
        let overrides = overrides(stand_ins, &schedules, out);
        Plans { schedules, escalations, overrides, named }
    }
}

/// Where a table stands, under its name.
fn at(place: &Place, name: CompactString) -> RuleRef {
    RuleRef { name, file: place.source.name.as_str().into(), line: place.line() }
}

fn alone<T>(
    all: Vec<(Place, T)>,
    what: &str,
    at: fn(&T) -> &RuleRef,
    out: &mut Diagnostics,
) -> BTreeMap<CompactString, T> {
    let mut known: BTreeMap<CompactString, (Place, T)> = BTreeMap::new();
    for (place, one) in all {
        let name = at(&one).name.clone();
        if let Some((earlier, _)) = known.get(&name) {
            let fault = format!("two of the kind {what} are named `{name}`");
            let fault = Diagnostic::error(&place, fault).label("this name is taken");
            out.push(fault.see(earlier, "first used here"));
        } else {
            known.insert(name, (place, one));
        }
    }
    known.into_iter().map(|(name, (_, one))| (name, one)).collect()
}

fn unknown_schedule(
    name: &str,
    place: &Place,
    known: &BTreeMap<CompactString, Schedule>,
    out: &mut Diagnostics,
) {
    let fault = format!("there is no schedule called {name:?}");
    let help = did_you_mean(name, known.keys().map(CompactString::as_str));
    let help = help.unwrap_or_else(|| "a [[schedule]] in any file of this folder makes one".into());
    out.push(Diagnostic::error(place, fault).label("no such schedule").help(help));
}

fn stand_in(
    node: &Node,
    named: &mut Vec<(Target, Place)>,
    out: &mut Diagnostics,
) -> Option<StandIn> {
    table(node, "override", out, |fields| {
        let place = fields.place().clone();
        let schedule = fields.required("schedule", |node, out| {
            Some((CompactString::from(text(node, out)?), node.place.clone()))
        });
        let mut person = |node: &Node, out: &mut Diagnostics| {
            let person = name(node, out)?;
            named.push((Target::Person(person.clone()), node.place.clone()));
            Some(person)
        };
        let who = fields.required("person", &mut person);
        let instead_of = fields.optional("instead_of", person);
        let from = fields.required("from", moment);
        let until = fields.required("until", moment);
        Some(StandIn {
            place,
            schedule: schedule?,
            person: who?,
            instead_of,
            from: from?,
            until: until?,
        })
    })
    .flatten()
}

fn overrides(
    all: Vec<StandIn>,
    schedules: &BTreeMap<CompactString, Schedule>,
    out: &mut Diagnostics,
) -> Vec<Override> {
    let mut made: Vec<(Place, Override)> = Vec::new();
    for (index, one) in all.into_iter().enumerate() {
        let Some(schedule) = schedules.get(&one.schedule.0) else {
            unknown_schedule(&one.schedule.0, &one.schedule.1, schedules, out);
            continue;
        };
        let time = |at: &At| match at {
            At::Local(wall) => instant(schedule.zone, *wall),
            At::Instant(at) => *at,
        };
        let (from, until) = (time(&one.from), time(&one.until));
        if until <= from {
            let fault = "this override ends before it begins";
            out.push(Diagnostic::error(&one.place, fault).label("turn `from` and `until` round"));
            continue;
        }
        let source = &one.place.source.name;
        let new = Override {
            id: format!("{source}:{}", one.place.line()).into(),
            schedule: one.schedule.0,
            person: one.person,
            instead_of: one.instead_of,
            from,
            until,
            by: source.as_str().into(),
            made_at: DateTime::<Utc>::UNIX_EPOCH
                + chrono::TimeDelta::seconds(i64::try_from(index).unwrap_or(0)),
        };
        if let Some((earlier, other)) = made.iter().find(|(_, other)| other.meets(&new)) {
            let fault = format!("this override and that of {} want the same hours", other.person);
            let fault = Diagnostic::error(&one.place, fault).label("who is it?");
            out.push(fault.see(earlier, "overlaps with this one"));
        }
        made.push((one.place, new));
    }
    made.into_iter().map(|(_, one)| one).collect()
}

/// A local date and time as a file has it.
fn local(date: chrono::NaiveDate, time: chrono::NaiveTime) -> NaiveDateTime {
    date.and_time(time)
}
