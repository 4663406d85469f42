//! The two rules of the local clock, by hand and against a clock that is watched minute by minute.

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, Timelike, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};
use proptest::prelude::*;

use super::*;

fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn recurrence(days: &str, from: &str, to: &str, zone: &str) -> Recurrence {
    serde_json::from_value(serde_json::json!({
        "days": days.split_whitespace().collect::<Vec<_>>(), "from": from, "to": to, "time_zone": zone,
    }))
    .unwrap()
}

#[test]
fn a_window_over_midnight_belongs_to_the_day_it_begins_on() {
    let nights = recurrence("fri", "22:00", "06:00", "Europe/Paris");
    let inside = Standing::Inside(Some(time("2026-11-21T05:00:00Z")));
    assert_eq!(nights.at(time("2026-11-20T21:00:00Z")), inside);
    assert_eq!(nights.at(time("2026-11-21T04:59:59Z")), inside);
    let outside = Standing::Outside(Some(time("2026-11-27T21:00:00Z")));
    assert_eq!(nights.at(time("2026-11-21T05:00:00Z")), outside);
    assert!(!nights.contains(time("2026-11-20T04:00:00Z")), "thursday night");
}

#[test]
fn a_skipped_hour_means_the_end_of_the_gap() {
    let early = recurrence("", "02:30", "04:00", "Europe/Paris");
    let spring = time("2026-03-29T01:00:00Z");
    assert_eq!(early.at(spring - TimeDelta::seconds(1)), Standing::Outside(Some(spring)));
    assert_eq!(early.at(spring), Standing::Inside(Some(time("2026-03-29T02:00:00Z"))));
    let gone = recurrence("sun", "02:15", "02:45", "Europe/Paris");
    assert_eq!(gone.at(spring), Standing::Outside(Some(time("2026-04-05T00:15:00Z"))));
}

#[test]
fn an_hour_that_comes_twice_means_its_first_time() {
    let twice = recurrence("", "02:30", "02:45", "Europe/Paris");
    assert!(twice.contains(time("2026-10-25T00:30:00Z")));
    assert!(!twice.contains(time("2026-10-25T01:30:00Z")));
}

#[test]
fn windows_that_touch_are_one() {
    let weekdays = recurrence("mon tue wed thu fri", "00:00", "24:00", "UTC");
    let end = Standing::Inside(Some(time("2026-11-21T00:00:00Z")));
    assert_eq!(weekdays.at(time("2026-11-16T00:00:00Z")), end);
    assert_eq!(
        recurrence("", "08:00", "08:00", "UTC").at(time("2026-11-16T00:00:00Z")),
        Standing::Inside(None)
    );
}

#[test]
fn months_limit_the_days_on_which_it_begins() {
    let mut winter = recurrence("mon", "09:00", "17:00", "UTC");
    winter.months = vec![2];
    winter.validate().unwrap();
    assert_eq!(
        winter.at(time("2026-03-01T00:00:00Z")),
        Standing::Outside(Some(time("2027-02-01T09:00:00Z")))
    );
    winter.months = vec![13];
    assert_eq!(winter.validate(), Err(BadRecurrence::Month(13)));
    assert_eq!(winter.at(time("2026-03-01T00:00:00Z")), Standing::Outside(None));
}

#[test]
fn times_of_day_read_only_as_written() {
    for (text, fine) in [
        ("00:00", true),
        ("24:00", true),
        ("24:01", false),
        ("8:00", false),
        ("08:60", false),
        ("+8:00", false),
        ("0800", false),
    ] {
        assert_eq!(
            text.parse::<TimeOfDay>().map(|time| time.to_string()).as_deref() == Ok(text),
            fine,
            "{text}"
        );
    }
}

/// The first minute at which the local clock shows this many minutes of that date or has passed
/// them: found by watching the clock.
fn watched(zone: Tz, date: NaiveDate, minutes: u16) -> DateTime<Utc> {
    let wanted = date.and_hms_opt(0, 0, 0).unwrap() + TimeDelta::minutes(minutes.into());
    let shift = |at: DateTime<Utc>| at.with_timezone(&zone).naive_local() - at.naive_utc();
    // No clock was or will be changed by more than two hours in these years.
    let mut clock = wanted.and_utc() - shift(wanted.and_utc()) - TimeDelta::hours(5);
    while clock.with_timezone(&zone).naive_local() < wanted {
        clock += TimeDelta::minutes(1);
    }
    clock
}

/// The windows that begin on the days about `now`, watched.
fn watched_windows(
    recurrence: &Recurrence,
    now: DateTime<Utc>,
) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
    let zone = recurrence.time_zone;
    let first = now.with_timezone(&zone).date_naive() - Days::new(1);
    let overnight = if recurrence.to <= recurrence.from { 24 * 60 } else { 0 };
    (0..3)
        .map(|day| first + Days::new(day))
        .filter(|date| {
            recurrence.days.is_empty() || recurrence.days.contains(&date.weekday().into())
        })
        .map(|date| {
            let end = watched(zone, date, recurrence.to.0 + overnight);
            (watched(zone, date, recurrence.from.0), end)
        })
        .collect()
}

fn is_in(windows: &[(DateTime<Utc>, DateTime<Utc>)], now: DateTime<Utc>) -> bool {
    windows.iter().any(|(start, end)| *start <= now && now < *end)
}

/// The instants in a year at which the clock of a zone is changed.
fn changes(zone: Tz, year: i32) -> Vec<DateTime<Utc>> {
    let start =
        NaiveDate::from_ymd_opt(year, 1, 1).unwrap().and_hms_opt(0, 0, 0).unwrap().and_utc();
    let shift = |at: DateTime<Utc>| at.with_timezone(&zone).naive_local() - at.naive_utc();
    (0..366)
        .map(|day| start + TimeDelta::days(day))
        .filter(|day| shift(*day) != shift(*day + TimeDelta::days(1)))
        .map(|day| {
            let minute = (1..=1440).find(|m| shift(day + TimeDelta::minutes(*m)) != shift(day));
            day + TimeDelta::minutes(minute.unwrap())
        })
        .collect()
}

/// Row 13 of faults.md, for windows: around every change of every zone's clock in 2024 to 2035, a
/// year a zone, and every year for some.
#[test]
fn fault_13_windows_agree_with_a_clock_that_is_watched() {
    let famous = ["Europe/Paris", "America/New_York", "Australia/Lord_Howe"];
    let mut tried = 0;
    for (index, zone) in TZ_VARIANTS.into_iter().enumerate() {
        let years = if famous.contains(&zone.name()) {
            2024..2036
        } else {
            let year = 2024 + i32::try_from(index % 12).unwrap();
            year..year + 1
        };
        for change in years.flat_map(|year| changes(zone, year)) {
            tried += 1;
            around(zone, change);
        }
    }
    assert!(tried > 200, "{tried}");
}

fn around(zone: Tz, change: DateTime<Utc>) {
    let local = change.with_timezone(&zone);
    let minute = u16::try_from(local.hour() * 60 + local.minute()).unwrap();
    for (from, to) in [(minute.saturating_sub(30), minute + 20), (minute, 24 * 60 - 1)] {
        let window = Recurrence {
            days: vec![],
            months: vec![],
            from: TimeOfDay(from),
            to: TimeOfDay(to.min(24 * 60)),
            time_zone: zone,
        };
        let watched = watched_windows(&window, change);
        for offset in [-91, -61, -31, -1, 0, 19, 30, 59, 89] {
            let now = change + TimeDelta::minutes(offset);
            assert_eq!(window.contains(now), is_in(&watched, now), "{window:?} {now}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_window_agrees_with_a_clock_that_is_watched(
        zone in 0..TZ_VARIANTS.len(), from in 0..1440u16, to in 0..=1440u16, days in 0..128u8, minute in 0..6_311_520i64,
    ) {
        let all = [Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri, Day::Sat, Day::Sun];
        let days = all.into_iter().enumerate().filter(|(n, _)| days & (1 << n) != 0).map(|(_, day)| day).collect();
        let window = Recurrence { days, months: vec![], from: TimeOfDay(from), to: TimeOfDay(to), time_zone: TZ_VARIANTS[zone] };
        let now = time("2024-01-01T00:00:00Z") + TimeDelta::minutes(minute);
        let inside = is_in(&watched_windows(&window, now), now);
        prop_assert_eq!(window.contains(now), inside);
        let until = match window.at(now) {
            Standing::Inside(until) => { prop_assert!(inside); until }
            Standing::Outside(until) => { prop_assert!(!inside); until }
        };
        if let Some(until) = until {
            prop_assert!(until > now);
            prop_assert_eq!(window.contains(until), !inside);
            prop_assert_eq!(window.contains(until - TimeDelta::minutes(1)), inside);
        }
    }
}
