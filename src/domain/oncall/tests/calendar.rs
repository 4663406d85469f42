//! Schedules against a slow reference calendar that steps through time by quarters of an hour.
//!
//! The reference knows one rule only: what is to happen at a local time happens when the local clock
//! has shown that time or a later one for the first time. It computes no time from a local one.
//!
//! Usually the days around every change of every zone's clock are looked at, for a few kinds of
//! layers; with `WARROOM_CALENDAR=whole` it is every quarter of an hour of the twelve years.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta};
use chrono::{TimeZone, Utc};
use chrono_tz::Tz;
use compact_str::CompactString;

use super::at;
use crate::domain::noise::interval::Day;
use crate::domain::oncall::{Holidays, Hours, Layer, OnHolidays, Schedule, Span};

const QUARTER: TimeDelta = TimeDelta::minutes(15);

fn layer(zone: Tz, every: TimeDelta, handoff: &str) -> Layer {
    let people: [CompactString; 3] = ["ana".into(), "ben".into(), "cat".into()];
    let handoff: NaiveTime = handoff.parse().unwrap();
    Layer {
        name: "turns".into(),
        zone,
        turns: people.into_iter().map(|person| vec![person]).collect(),
        every,
        start: NaiveDate::from_ymd_opt(2023, 12, 4).unwrap().and_time(handoff),
        end: None,
        hours: Hours::default(),
        on_holidays: OnHolidays::Work,
        is_shadow: false,
    }
}

fn schedule(zone: Tz, layers: Vec<Layer>) -> Schedule {
    let at = crate::domain::incident::RuleRef { name: "it".into(), file: "f".into(), line: 1 };
    Schedule { at, zone, layers, holidays: Holidays::default(), room: None }
}

fn span(from: &str, to: &str) -> Span {
    Span { from: from.parse().unwrap(), to: to.parse().unwrap() }
}

/// The kinds of layers that are looked at, each with turns of its own.
fn kinds(zone: Tz) -> Vec<Layer> {
    let night = Hours { days: Vec::new(), spans: vec![span("22:00", "02:30")] };
    let work = Hours { days: vec![Day::Sun, Day::Fri], spans: vec![span("01:30", "17:00")] };
    vec![
        layer(zone, TimeDelta::days(1), "02:30:00"),
        layer(zone, TimeDelta::weeks(1), "00:00:00"),
        layer(zone, TimeDelta::days(3), "23:45:00"),
        layer(zone, TimeDelta::hours(12), "02:00:00"),
        layer(zone, TimeDelta::hours(5), "01:15:00"),
        Layer { hours: night, ..layer(zone, TimeDelta::days(1), "00:30:00") },
        Layer { hours: work, ..layer(zone, TimeDelta::days(2), "09:00:00") },
    ]
}

/// The reference: the latest time that the local clock has shown, and whoever is on duty by it.
struct Slow<'a> {
    layer: &'a Layer,
    shown: NaiveDateTime,
    turn: i32,
}

impl<'a> Slow<'a> {
    /// Begins well before anything is asked, so that what the clock has shown is known.
    fn new(layer: &'a Layer, from: DateTime<Utc>) -> Self {
        let shown = local(layer.zone, from);
        let turn = (shown - layer.start).num_minutes().div_euclid(layer.every.num_minutes());
        Self { layer, shown, turn: i32::try_from(turn).unwrap() }
    }

    fn step(&mut self, now: DateTime<Utc>) -> Option<&'a CompactString> {
        self.shown = self.shown.max(local(self.layer.zone, now));
        while self.layer.start + self.layer.every * (self.turn + 1) <= self.shown {
            self.turn += 1;
        }
        let place = usize::try_from(self.turn).unwrap() % self.layer.turns.len();
        self.is_on_duty().then(|| &self.layer.turns[place][0])
    }

    fn is_on_duty(&self) -> bool {
        let hours = &self.layer.hours;
        if hours.is_always() {
            return true;
        }
        let midnight = self.shown.date().and_time(NaiveTime::MIN);
        [midnight - Days::new(1), midnight].into_iter().any(|day| {
            let is_day = hours.days.is_empty() || hours.days.contains(&day.weekday().into());
            is_day
                && hours.spans.iter().any(|span| {
                    let (from, to) = (span.from.minutes(), span.to.minutes());
                    let to = if to <= from { to + 1440 } else { to };
                    let edge = |minutes: u16| day + TimeDelta::minutes(minutes.into());
                    edge(from) <= self.shown && self.shown < edge(to)
                })
        })
    }
}

fn local(zone: Tz, now: DateTime<Utc>) -> NaiveDateTime {
    now.with_timezone(&zone).naive_local()
}

/// Compares a stretch of time: every quarter's people, and that shifts change where they do.
fn compare(layer: &Layer, from: DateTime<Utc>, to: DateTime<Utc>) {
    let schedule = schedule(layer.zone, vec![layer.clone()]);
    let mut slow = Slow::new(layer, from - TimeDelta::days(3));
    let mut now = from - TimeDelta::days(3);
    let shifts = schedule.shifts((from, to), &[]);
    let mut left = shifts.iter().peekable();
    while now < to {
        let wanted = slow.step(now);
        if now >= from {
            while left.next_if(|shift| shift.until <= now).is_some() {}
            let shift = left.peek().unwrap();
            assert!(shift.from <= now, "{} at {now}: no shift", layer.zone);
            let found = shift.duty.people.first();
            assert_eq!(found, wanted, "{} {:?} at {now}", layer.zone, layer.every);
        }
        now += QUARTER;
    }
    for pair in shifts.windows(2) {
        assert_eq!(pair[0].until, pair[1].from, "{}: uncovered or covered twice", layer.zone);
        assert!(pair[0].from < pair[0].until);
    }
}

/// The instants, to six hours, before which a zone's clock changed.
fn changes(zone: Tz, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    let offset = |now: DateTime<Utc>| zone.offset_from_utc_datetime(&now.naive_utc()).fix();
    let (mut changes, mut now, mut known) = (Vec::new(), from, offset(from));
    while now < to {
        now += TimeDelta::hours(6);
        if offset(now) != known {
            known = offset(now);
            changes.push(now);
        }
    }
    changes
}

#[test]
fn every_zone_agrees_with_the_reference_calendar() {
    let (from, to) = (at("2024-01-01T00:00:00Z"), at("2036-01-01T00:00:00Z"));
    let is_whole = option_env!("WARROOM_CALENDAR").is_some_and(|value| value == "whole");
    let mut seen = std::collections::BTreeSet::new();
    for zone in chrono_tz::TZ_VARIANTS {
        let changes = changes(zone, from, to);
        let kinds = kinds(zone);
        if is_whole {
            kinds.iter().for_each(|layer| compare(layer, from, to));
            continue;
        }
        // Zones that share a clock share its changes: each set of changes is looked at once, by one
        // kind of layer a change and by all kinds over the twelve years.
        let base = zone.offset_from_utc_datetime(&from.naive_utc()).fix();
        if !seen.insert((base.local_minus_utc(), changes.clone())) {
            continue;
        }
        for (place, change) in changes.iter().enumerate() {
            let layer = &kinds[place % kinds.len()];
            compare(layer, *change - TimeDelta::days(2), *change + TimeDelta::days(2));
        }
        compare(&kinds[0], from, from + TimeDelta::days(8));
    }
}

/// Who is on duty at some instants, in a layer with turns of a day.
fn days(zone: Tz, handoff: &str, cases: &[(&str, &str)]) {
    let start = NaiveDate::from_ymd_opt(2011, 1, 1).unwrap().and_time(handoff.parse().unwrap());
    let layer = Layer { start, ..layer(zone, TimeDelta::days(1), handoff) };
    let schedule = schedule(zone, vec![layer]);
    for (time, person) in cases {
        assert_eq!(schedule.on_call(at(time), &[]).people, [*person], "{zone} at {time}");
    }
}

#[test]
fn lord_howe_moves_its_clock_by_half_an_hour() {
    // On 5 April 2026 at 02:00 the clock goes back to 01:30: 01:45 comes twice, and the first counts.
    days(
        Tz::Australia__Lord_Howe,
        "01:45:00",
        &[
            ("2026-04-04T14:44:00Z", "ben"),
            ("2026-04-04T14:45:00Z", "cat"),
            ("2026-04-04T15:10:00Z", "cat"),
            ("2026-04-05T15:14:00Z", "cat"),
            ("2026-04-05T15:15:00Z", "ana"),
        ],
    );
    // On 4 October 2026 at 02:00 it goes on to 02:30: 02:15 is the first instant after the gap.
    days(
        Tz::Australia__Lord_Howe,
        "02:15:00",
        &[("2026-10-03T15:29:00Z", "ana"), ("2026-10-03T15:30:00Z", "ben")],
    );
}

#[test]
fn cairo_has_no_midnight_in_april() {
    // On 24 April 2026 the clock goes from 00:00 to 01:00: that day begins at 01:00.
    days(
        Tz::Africa__Cairo,
        "00:00:00",
        &[("2026-04-23T21:59:00Z", "cat"), ("2026-04-23T22:00:00Z", "ana")],
    );
}

#[test]
fn casablanca_goes_back_for_ramadan() {
    // On 15 February 2026 at 03:00 the clock goes back to 02:00, and on 22 March on again.
    days(
        Tz::Africa__Casablanca,
        "02:30:00",
        &[
            ("2026-02-15T01:29:00Z", "ana"),
            ("2026-02-15T01:30:00Z", "ben"),
            ("2026-02-15T02:20:00Z", "ben"),
            ("2026-02-15T02:40:00Z", "ben"),
            ("2026-03-22T01:59:00Z", "cat"),
            ("2026-03-22T02:00:00Z", "ana"),
        ],
    );
}

#[test]
fn apia_has_no_thirtieth_of_december() {
    // Samoa went from the evening of 29 December 2011 to the morning of the 31st.
    days(
        Tz::Pacific__Apia,
        "09:00:00",
        &[
            ("2011-12-30T09:59:00Z", "cat"),
            ("2011-12-30T10:00:00Z", "ana"),
            ("2011-12-30T18:59:00Z", "ana"),
            ("2011-12-30T19:00:00Z", "ben"),
        ],
    );
    let changes =
        changes(Tz::Pacific__Apia, at("2011-12-01T00:00:00Z"), at("2012-01-10T00:00:00Z"));
    assert_eq!(changes.len(), 1);
    for kind in kinds(Tz::Pacific__Apia) {
        let start = NaiveDate::from_ymd_opt(2011, 1, 1).unwrap().and_time(kind.start.time());
        let layer = Layer { start, ..kind };
        compare(&layer, changes[0] - TimeDelta::days(4), changes[0] + TimeDelta::days(4));
    }
}
