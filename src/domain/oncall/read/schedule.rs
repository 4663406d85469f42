//! Reads `[[schedule]]` with its layers.

use chrono::{NaiveDate, NaiveTime, TimeDelta};
use chrono_tz::Tz;
use compact_str::CompactString;

use super::values::{Holiday, date, holiday, hours, name, zone};
use super::{at, local};
use crate::domain::diagnostic::{Diagnostic, Diagnostics, Place};
use crate::domain::files::{Fields, Node, Value, boolean, duration, list, one_of, table, text};
use crate::domain::noise::interval::TimeOfDay;
use crate::domain::oncall::escalation::Target;
use crate::domain::oncall::layer::{Layer, OnHolidays};
use crate::domain::oncall::schedule::{Holidays, Schedule};

/// The shortest turn: shorter ones hand over before anybody has read an incident.
const TURN_MIN: TimeDelta = TimeDelta::minutes(15);
/// The longest turn.
const TURN_MAX: TimeDelta = TimeDelta::days(366);
/// When turns change where a layer does not say.
const HANDOFF: NaiveTime = NaiveTime::MIN;
/// The day of the week on which turns begin where a layer names no day: a Monday.
const EPOCH: Option<NaiveDate> = NaiveDate::from_ymd_opt(2024, 1, 1);

const ON_HOLIDAYS: &[(&str, OnHolidays)] =
    &[("work", OnHolidays::Work), ("off", OnHolidays::Off), ("only", OnHolidays::Only)];

pub(super) fn read(
    node: &Node,
    named: &mut Vec<(Target, Place)>,
    out: &mut Diagnostics,
) -> Option<(Place, Schedule)> {
    table(node, "schedule", out, |fields| {
        let place = fields.place().clone();
        let title = fields.required("name", name);
        let zone = fields.required("zone", zone);
        let holidays = holidays(fields);
        let room = fields.optional("room", text);
        let shared = zone.unwrap_or(Tz::UTC);
        let layers = fields.list("layer", |node, out| layer(node, shared, named, out));
        if layers.iter().all(|layer| layer.is_shadow) {
            let fault = "this schedule has nobody in it";
            let help = "add a [[schedule.layer]] with people = [\"ana\", \"ben\"]".to_owned();
            fields.out.push(Diagnostic::error(&place, fault).label("nobody").help(help));
        }
        let at = at(&place, title?);
        Some((place, Schedule { at, zone: zone?, layers, holidays, room }))
    })
    .flatten()
}

fn holidays(fields: &mut Fields<'_>) -> Holidays {
    let mut holidays = Holidays::default();
    for day in fields.list("holidays", holiday) {
        match day {
            Holiday::Once(date) => holidays.dates.extend([date]),
            Holiday::Yearly(month, day) => holidays.yearly.extend([(month, day)]),
        }
    }
    holidays
}

fn layer(
    node: &Node,
    shared: Tz,
    named: &mut Vec<(Target, Place)>,
    out: &mut Diagnostics,
) -> Option<Layer> {
    table(node, "schedule.layer", out, |fields| {
        let title = fields.optional("name", name).unwrap_or_else(|| "turns".into());
        let zone = fields.optional("zone", zone).unwrap_or(shared);
        let turns = fields.required("people", |node, out| turns(node, named, out));
        let every = fields.optional("every", turn).unwrap_or(TimeDelta::weeks(1));
        let handoff = fields.optional("handoff", time).unwrap_or(HANDOFF);
        let start = fields.optional("start", date).or(EPOCH);
        let end = fields.optional("end", date);
        let hours = hours(fields);
        let on_holidays = fields.optional("on_holidays", one_of(ON_HOLIDAYS)).unwrap_or_default();
        let is_shadow = fields.optional("shadow", boolean).unwrap_or_default();
        let start = local(start?, handoff);
        let turns = turns?;
        Some(Layer { name: title, zone, turns, every, start, end, hours, on_holidays, is_shadow })
    })
    .flatten()
}

/// `["ana", "ben"]`, or `[["ana", "ben"], "cat"]` where two take a turn together.
fn turns(
    node: &Node,
    named: &mut Vec<(Target, Place)>,
    out: &mut Diagnostics,
) -> Option<Vec<Vec<CompactString>>> {
    let mut person = |node: &Node, out: &mut Diagnostics| {
        let person = name(node, out)?;
        named.push((Target::Person(person.clone()), node.place.clone()));
        Some(person)
    };
    let turns: Vec<Vec<CompactString>> = list(|node: &Node, out: &mut Diagnostics| {
        if matches!(node.value, Value::List(_)) {
            list(&mut person)(node, out)
        } else {
            person(node, out).map(|person| vec![person])
        }
    })(node, out)?;
    if turns.iter().any(Vec::is_empty) || turns.is_empty() {
        let fault = "nobody takes this turn";
        out.push(Diagnostic::error(&node.place, fault).label("nobody"));
        return None;
    }
    Some(turns)
}

fn turn(node: &Node, out: &mut Diagnostics) -> Option<TimeDelta> {
    let every = duration(node, out)?;
    if (TURN_MIN..=TURN_MAX).contains(&every) {
        return Some(every);
    }
    let fault = "a turn is between 15 minutes and a year long";
    out.push(Diagnostic::error(&node.place, fault).label("too short or too long"));
    None
}

fn time(node: &Node, out: &mut Diagnostics) -> Option<NaiveTime> {
    let written = text(node, out)?;
    let time = written.parse::<TimeOfDay>().ok().and_then(|time| {
        NaiveTime::from_num_seconds_from_midnight_opt(u32::from(time.minutes()) * 60, 0)
    });
    if time.is_none() {
        let fault = format!("`{written}` is no time of the day");
        out.push(Diagnostic::error(&node.place, fault).label("write it like 09:00"));
    }
    time
}
