use super::*;
use crate::render::tests::chart;

#[test]
fn ticks_are_round_on_the_readers_clock() {
    let axis = axis("2026-11-21T12:07:00Z", "2026-11-21T13:07:00Z", chrono_tz::Asia::Kolkata);
    assert_eq!(names(&axis), ["17:40", "17:50", "18:00", "18:10", "18:20", "18:30"]);
    let utc: Vec<String> = axis.ticks().into_iter().map(|at| axis.name_utc(at)).collect();
    assert_eq!(utc, ["12:10", "12:20", "12:30", "12:40", "12:50", "13:00"]);
    assert!(axis.is_foreign());
}

#[test]
fn midnight_is_a_tick_with_the_date() {
    let axis = axis("2026-11-20T20:00:00Z", "2026-11-21T04:00:00Z", chrono_tz::Europe::Berlin);
    assert_eq!(
        names(&axis),
        ["21:00", "22:00", "23:00", "21 Nov", "01:00", "02:00", "03:00", "04:00", "05:00"]
    );
}

#[test]
fn a_week_has_dates_and_a_year_has_months() {
    let berlin = chrono_tz::Europe::Berlin;
    let week = axis("2026-11-14T13:00:00Z", "2026-11-21T13:00:00Z", berlin);
    assert_eq!(names(&week).len(), 7);
    assert_eq!(names(&week)[0], "15 Nov");
    let year = axis("2025-11-21T13:00:00Z", "2026-11-21T13:00:00Z", berlin);
    assert_eq!(names(&year), ["2026", "Mar", "May", "Jul", "Sep", "Nov"]);
    let decades = axis("1980-01-01T00:00:00Z", "2026-11-21T13:00:00Z", berlin);
    assert_eq!(names(&decades), ["1990", "2000", "2010", "2020"]);
}

#[test]
fn five_minutes_and_less_have_seconds() {
    let utc = chrono_tz::UTC;
    let five = axis("2026-11-21T13:02:00Z", "2026-11-21T13:07:00Z", utc);
    assert_eq!(names(&five)[1], "13:03");
    assert!(!five.is_foreign());
    let short = axis("2026-11-21T13:02:00Z", "2026-11-21T13:02:40Z", utc);
    assert_eq!(names(&short)[1], "13:02:05");
}

#[test]
fn ticks_are_round_across_a_change_of_the_clock() {
    // On 29 March 2026 Berlin goes from 02:00 to 03:00 at 01:00 UTC.
    let berlin = chrono_tz::Europe::Berlin;
    let night = axis("2026-03-28T22:00:00Z", "2026-03-29T05:00:00Z", berlin);
    assert_eq!(
        names(&night),
        ["23:00", "29 Mar", "01:00", "03:00", "04:00", "05:00", "06:00", "07:00"]
    );
    let days = axis("2026-03-26T12:00:00Z", "2026-04-01T12:00:00Z", berlin);
    assert!(names(&days).contains(&"30 Mar".to_owned()), "{:?}", names(&days));
}

#[test]
fn a_range_of_nothing_or_backwards_is_shown() {
    for (from, to) in [
        ("2026-11-21T13:00:00Z", "2026-11-21T13:00:00Z"),
        ("2026-11-21T13:00:00Z", "2020-01-01T00:00:00Z"),
    ] {
        let axis = axis(from, to, chrono_tz::UTC);
        assert!(!axis.ticks().is_empty());
        assert!((axis.share(axis.from) - 0.0).abs() < f64::EPSILON);
    }
}

fn names(axis: &TimeAxis) -> Vec<String> {
    axis.ticks().into_iter().map(|at| axis.name(at)).collect()
}

fn axis(from: &str, to: &str, zone: Tz) -> TimeAxis {
    let mut chart = chart();
    (chart.from, chart.to) = (from.parse().unwrap(), to.parse().unwrap());
    chart.zone = zone;
    TimeAxis::new(&chart, 9.0)
}
