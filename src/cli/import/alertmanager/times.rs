//! Alertmanager's time intervals as hours of the week.
//!
//! A route's intervals are laid over each other minute by minute, which needs no thought about
//! what overlaps what. It refuses days of the month, months and years: such an interval is left out
//! on the side that wakes people rather than not, and said.

use std::collections::BTreeMap;

use chrono_tz::Tz;

use super::yaml::{Lost, Map, Yaml};

const DAY: usize = 24 * 60;
/// Alertmanager's days, by our names for them, from Sunday.
const DAYS: [(&str, &str); 7] = [
    ("sunday", "sun"),
    ("monday", "mon"),
    ("tuesday", "tue"),
    ("wednesday", "wed"),
    ("thursday", "thu"),
    ("friday", "fri"),
    ("saturday", "sat"),
];

/// Every minute of a week on one zone's clock.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Week {
    zone: Tz,
    minutes: Vec<bool>,
}

/// The intervals that a file names; none behind a name that cannot be carried over.
pub(super) type Named = BTreeMap<String, Option<Interval>>;

/// One named interval: the weeks of its parts, which may be on several clocks.
#[derive(Debug, Clone, Default)]
pub(super) struct Interval(Vec<Week>);

/// When a step of a policy is meant: our `hours`, `days`, on the policy's clock.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hours {
    pub(super) zone: String,
    /// Days, then times, for each group of days that are alike. Never empty.
    pub(super) parts: Vec<(Vec<String>, Vec<String>)>,
}

/// Reads `time_intervals` and the older `mute_time_intervals` of the top.
pub(super) fn named(top: &mut Map<'_>, lost: &mut Lost) -> Named {
    let mut named = Named::new();
    for key in ["mute_time_intervals", "time_intervals"] {
        for yaml in top.get(key).map(Yaml::items).unwrap_or_default() {
            let mut map = Map::new("time interval", yaml);
            let name = map.text("name").unwrap_or_default().to_owned();
            let parts = map.get("time_intervals").map(Yaml::items).unwrap_or_default();
            let weeks: Option<Vec<Week>> =
                parts.iter().map(|part| week(&name, part, lost)).collect();
            map.rest(lost);
            named.insert(name, weeks.map(Interval));
        }
    }
    named
}

fn week(name: &str, yaml: &Yaml, lost: &mut Lost) -> Option<Week> {
    let mut map = Map::new(format!("time interval {name}"), yaml);
    let zone = map.text("location").map_or(Some(Tz::UTC), |zone| zone.parse().ok());
    let times = map.get("times").map(Yaml::items);
    let days = map.get("weekdays").map(Yaml::items);
    let on = times.map_or(Some(vec![(0, DAY)]), |all| all.iter().map(time).collect());
    let days = days.map_or(Some(vec![(0, 6)]), |all| all.iter().map(weekdays).collect());
    let unknown: Vec<&str> = map.unasked().map(|(key, _)| key).collect();
    let (Some(zone), Some(on), Some(days), []) = (zone, on, days, unknown.as_slice()) else {
        let why = if unknown.is_empty() {
            "it cannot be read".to_owned()
        } else {
            format!("hours of the week have no {}", unknown.join(" and no "))
        };
        lost.add(map.line, format!("time interval {name}: {why}; it holds nothing back here"));
        return None;
    };
    let inside = |place: usize| {
        let (day, minute) = (place / DAY, place % DAY);
        days.iter().any(|(first, last)| (*first..=*last).contains(&day))
            && on.iter().any(|(from, to)| (*from..*to).contains(&minute))
    };
    Some(Week { zone, minutes: (0..7 * DAY).map(inside).collect() })
}

fn time(yaml: &Yaml) -> Option<(usize, usize)> {
    let mut map = Map::new("times", yaml);
    let mut minute = |key| {
        let (hours, minutes) = map.text(key)?.split_once(':')?;
        Some(hours.parse::<usize>().ok()? * 60 + minutes.parse::<usize>().ok()?)
    };
    let (from, to) = (minute("start_time")?, minute("end_time")?);
    (from < to && to <= DAY).then_some((from, to))
}

/// `monday:friday`, or one day.
fn weekdays(yaml: &Yaml) -> Option<(usize, usize)> {
    let text = yaml.text()?.to_lowercase();
    let (first, last) = text.split_once(':').unwrap_or((&text, &text));
    let place = |day: &str| DAYS.iter().position(|(name, _)| *name == day.trim());
    Some((place(first)?, place(last)?))
}

/// When a route pages, by its active and muted intervals. None: always.
pub(super) fn hours(route: &mut Map<'_>, named: &Named, lost: &mut Lost) -> Option<Hours> {
    let mut found = |key| -> Vec<(Option<&Interval>, u64)> {
        let names = route.get(key).map(Yaml::items).unwrap_or_default();
        names
            .iter()
            .map(|yaml| {
                (named.get(yaml.text().unwrap_or_default()).and_then(Option::as_ref), yaml.line)
            })
            .collect()
    };
    let (active, muted) = (found("active_time_intervals"), found("mute_time_intervals"));
    if active.is_empty() && muted.is_empty() {
        return None;
    }
    let line = active.iter().chain(&muted).map(|(_, line)| *line).next().unwrap_or(route.line);
    // An active interval that is not known makes the route active always.
    let is_bounded = !active.is_empty() && active.iter().all(|(it, _)| it.is_some());
    let weeks = |all: &[(Option<&Interval>, u64)]| -> Vec<Week> {
        all.iter().filter_map(|(it, _)| *it).flat_map(|it| it.0.clone()).collect()
    };
    let (on, off) = (if is_bounded { weeks(&active) } else { Vec::new() }, weeks(&muted));
    let zone = on.iter().chain(&off).map(|week| week.zone).next()?;
    if on.iter().chain(&off).any(|week| week.zone != zone) {
        lost.add(line, "this route's time intervals are on several clocks; a policy has one: it pages at any hour");
        return None;
    }
    let covers =
        |weeks: &[Week], at: usize| weeks.iter().any(|it| it.minutes.get(at) == Some(&true));
    let pages = (0..7 * DAY).map(|at| (!is_bounded || covers(&on, at)) && !covers(&off, at));
    let pages: Vec<bool> = pages.collect();
    if !pages.contains(&true) {
        lost.add(
            line,
            "this route's time intervals leave no hour at which it pages: it pages at any",
        );
        return None;
    }
    if pages.iter().all(|it| *it) {
        return None;
    }
    lost.add(line, "time intervals hold back pages here, not rooms: the incident opens and is seen at any hour");
    Some(Hours { zone: zone.name().to_owned(), parts: parts(&pages) })
}

/// Days that are alike, each with its times.
fn parts(pages: &[bool]) -> Vec<(Vec<String>, Vec<String>)> {
    let mut alike: Vec<(Vec<String>, Vec<String>)> = Vec::new();
    for (day, (_, name)) in pages.chunks(DAY).zip(DAYS) {
        let spans = spans(day);
        match alike.iter_mut().find(|(_, known)| *known == spans) {
            _ if spans.is_empty() => {}
            Some((days, _)) => days.push(name.to_owned()),
            None => alike.push((vec![name.to_owned()], spans)),
        }
    }
    alike
}

fn spans(day: &[bool]) -> Vec<String> {
    let mut spans = Vec::new();
    let mut from = None;
    for (minute, on) in day.iter().copied().chain([false]).enumerate() {
        match (on, from) {
            (true, None) => from = Some(minute),
            (false, Some(start)) => {
                spans.push(format!("{}-{}", clock(start), clock(minute)));
                from = None;
            }
            (true, Some(_)) | (false, None) => {}
        }
    }
    spans
}

fn clock(minute: usize) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}
