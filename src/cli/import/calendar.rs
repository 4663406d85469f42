//! A calendar (iCalendar, <https://www.rfc-editor.org/rfc/rfc5545>) as a schedule: whoever an event is
//! named after is on duty while it lasts.
//!
//! Events become overrides of the next 24 months, because a calendar says *when* and not *why*.
//! Rules that repeat are followed day by day and never beyond those months, so that an endless one
//! ends; what only a calendar program can compute (every second Tuesday of the month) is named and
//! left behind. Times with a zone that is not IANA's are named, too.

use std::collections::BTreeMap;

use anyhow::bail;
use chrono::{
    DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc, Weekday,
};
use chrono_tz::Tz;

use super::write::{Carried, Layer, Person, Schedule, plain};
use crate::domain::oncall::instant;

/// How far ahead events are carried over.
const AHEAD: TimeDelta = TimeDelta::days(731);
/// Shifts that one calendar becomes: more is no schedule of people.
const SHIFTS_MAX: usize = 5000;
/// Events that are looked at.
const EVENTS_MAX: usize = 100_000;
/// How far back an endless rule is followed from its beginning.
const DAYS_MAX: u64 = 366 * 60;

/// A beginning and an end.
type Times = (DateTime<Utc>, DateTime<Utc>);

/// One event, as written.
type Event = BTreeMap<String, (String, String)>;

/// A time with whose clock it is on.
#[derive(Debug, Clone, Copy)]
struct At {
    wall: NaiveDateTime,
    zone: Tz,
}

/// What a calendar becomes.
pub(super) fn read(text: &str, name: &str, now: DateTime<Utc>) -> anyhow::Result<Carried> {
    if !text.trim_start_matches('\u{feff}').trim_start().starts_with("BEGIN:VCALENDAR") {
        bail!("this is no calendar: it does not begin with BEGIN:VCALENDAR");
    }
    let (events, zone) = events(text);
    let mut carried = Carried::default();
    let mut shifts: Vec<(DateTime<Utc>, DateTime<Utc>, String)> = Vec::new();
    for event in events {
        let title = event.get("SUMMARY").map(|(_, value)| value.as_str()).unwrap_or_default();
        match times(&event, zone, now) {
            Err(why) => carried.lose(format!("{title:?}: {why}")),
            Ok(times) => {
                let person = plain(title.split(['@', '(', '<']).next().unwrap_or_default());
                shifts.extend(times.into_iter().map(|(from, until)| (from, until, person.clone())));
            }
        }
        if shifts.len() > SHIFTS_MAX {
            bail!("this calendar has more than {SHIFTS_MAX} shifts in the next 24 months");
        }
    }
    shifts.sort();
    let overrides = apart(shifts, &mut carried);
    let people: std::collections::BTreeSet<&String> =
        overrides.iter().map(|(person, _, _)| person).collect();
    let Some(first) = people.first().map(|first| (*first).clone()) else {
        bail!("nobody is on duty in the next 24 months by this calendar");
    };
    for person in people {
        let full_name = person.clone();
        carried.people.insert(person.clone(), Person { full_name, ..Person::default() });
    }
    carried.lose(format!("who is on duty between events: {first} is, unless you say otherwise"));
    let ground = Layer {
        name: "between-events".to_owned(),
        turns: vec![vec![first]],
        every: "1w".to_owned(),
        start: "2024-01-01".to_owned(),
        handoff: "00:00".to_owned(),
        ..Layer::default()
    };
    let zone = zone.name().to_owned();
    carried.schedules.push(Schedule { name: plain(name), zone, layers: vec![ground], overrides });
    Ok(carried)
}

/// Events that overlap: the earlier one ends where the later one begins.
fn apart(
    shifts: Vec<(DateTime<Utc>, DateTime<Utc>, String)>,
    carried: &mut Carried,
) -> Vec<(String, String, String)> {
    let mut apart: Vec<(DateTime<Utc>, DateTime<Utc>, String)> = Vec::new();
    for (from, until, person) in shifts {
        match apart.last_mut() {
            Some(last) if last.1 > from && last.0 < from => {
                carried.lose(format!("{} beside {person} from {from}", last.2));
                last.1 = from;
            }
            Some(last) if last.1 > from => {
                carried.lose(format!("{person} beside {} from {from}", last.2));
                continue;
            }
            Some(_) | None => {}
        }
        apart.push((from, until, person));
    }
    let form = |at: DateTime<Utc>| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    apart.into_iter().map(|(from, until, who)| (who, form(from), form(until))).collect()
}

/// The events of a calendar, and its own zone.
fn events(text: &str) -> (Vec<Event>, Tz) {
    let unfolded = text.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "");
    let (mut events, mut zone) = (Vec::new(), Tz::UTC);
    let (mut current, mut inner): (Option<Event>, u32) = (None, 0);
    for line in unfolded.lines() {
        let Some((name, value)) = line.split_once(':') else { continue };
        match (name, value.trim(), &mut current) {
            ("BEGIN", "VEVENT", None) if events.len() < EVENTS_MAX => {
                current = Some(Event::new());
            }
            ("END", "VEVENT", Some(_)) => events.extend(current.take()),
            // An alarm inside an event has times of its own.
            ("BEGIN", _, Some(_)) => inner += 1,
            ("END", _, Some(_)) => inner = inner.saturating_sub(1),
            ("X-WR-TIMEZONE", value, None) => zone = value.parse().unwrap_or(zone),
            (name, value, Some(event)) if inner == 0 => {
                let (name, parameters) = name.split_once(';').unwrap_or((name, ""));
                let value = value.replace("\\,", ",").replace("\\;", ";").replace("\\n", " ");
                event.insert(name.to_ascii_uppercase(), (parameters.to_owned(), value));
            }
            _ => {}
        }
    }
    (events, zone)
}

/// When an event is on, in the next months.
fn times(event: &Event, zone: Tz, now: DateTime<Utc>) -> Result<Vec<Times>, String> {
    let start = at(event, "DTSTART", zone)?.ok_or("it has no beginning")?;
    let length = match at(event, "DTEND", zone)? {
        Some(end) => end.wall - start.wall,
        None => TimeDelta::days(1),
    };
    if length <= TimeDelta::zero() {
        return Err("it ends before it begins".to_owned());
    }
    let single =
        |wall: NaiveDateTime| (instant(start.zone, wall), instant(start.zone, wall + length));
    let all = match event.get("RRULE") {
        None => vec![single(start.wall)],
        Some((_, rule)) => {
            let skipped = event.get("EXDATE").map(|(_, value)| value.as_str()).unwrap_or_default();
            let last = (now + AHEAD).with_timezone(&start.zone).naive_local();
            repeats(start, rule, last)?
                .into_iter()
                .filter(|wall| !skipped.contains(&wall.format("%Y%m%d").to_string()))
                .map(single)
                .collect()
        }
    };
    Ok(all.into_iter().filter(|(from, until)| *until > now && *from < now + AHEAD).collect())
}

fn at(event: &Event, name: &str, zone: Tz) -> Result<Option<At>, String> {
    let Some((parameters, value)) = event.get(name) else { return Ok(None) };
    let named = parameters.split(';').find_map(|it| it.strip_prefix("TZID="));
    let zone = match named.map(|name| name.trim_matches('"')) {
        Some(name) => name.parse().map_err(|_| format!("its zone {name:?} is not IANA's"))?,
        None if value.ends_with('Z') => Tz::UTC,
        None => zone,
    };
    let value = value.trim_end_matches('Z');
    let wall = NaiveDateTime::parse_from_str(value, "%Y%m%dT%H%M%S").or_else(|_| {
        NaiveDate::parse_from_str(value, "%Y%m%d").map(|date| date.and_time(NaiveTime::MIN))
    });
    wall.map(|wall| Some(At { wall, zone })).map_err(|_| format!("{value:?} is no time"))
}

/// The beginnings of a rule that repeats by days or weeks, up to an end.
fn repeats(start: At, rule: &str, last: NaiveDateTime) -> Result<Vec<NaiveDateTime>, String> {
    let (mut every, mut unit, mut count, mut until) = (1_i64, "", usize::MAX, last);
    let mut days: Vec<Weekday> = Vec::new();
    for part in rule.split(';') {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        match key {
            "FREQ" => unit = value,
            "INTERVAL" => every = value.parse().ok().filter(|it| *it > 0).ok_or("its interval")?,
            "COUNT" => count = value.parse().map_err(|_| "its count")?,
            "UNTIL" => {
                let day = value.get(..8).unwrap_or_default();
                let day = NaiveDate::parse_from_str(day, "%Y%m%d").map_err(|_| "its end")?;
                until = until.min(day.and_time(NaiveTime::MIN) + TimeDelta::days(1));
            }
            "BYDAY" => {
                for day in value.split(',') {
                    days.push(weekday(day).ok_or(format!("it repeats by {day}"))?);
                }
            }
            "WKST" => {}
            other => return Err(format!("it repeats by {other}")),
        }
    }
    if !matches!(unit, "DAILY" | "WEEKLY") {
        return Err(format!("it repeats {unit}: only days and weeks are carried over"));
    }
    if days.is_empty() && unit == "WEEKLY" {
        days.push(start.wall.weekday());
    }
    let monday = |date: NaiveDate| date - Days::new(date.weekday().num_days_from_monday().into());
    let first = start.wall.date();
    let fits = |date: NaiveDate| {
        let is_day = days.is_empty() || days.contains(&date.weekday());
        let passed = match unit {
            "WEEKLY" => (monday(date) - monday(first)).num_days() / 7,
            _ => (date - first).num_days(),
        };
        is_day && passed % every == 0
    };
    let dates = (0..DAYS_MAX).filter_map(|day| first.checked_add_days(Days::new(day)));
    let walls = dates.filter(|date| fits(*date)).map(|date| date.and_time(start.wall.time()));
    Ok(walls.take_while(|wall| *wall < until).take(count).collect())
}

fn weekday(name: &str) -> Option<Weekday> {
    let names = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
    let place = names.iter().position(|known| *known == name)?;
    Weekday::try_from(u8::try_from(place).ok()?).ok()
}
