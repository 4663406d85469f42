//! Counts and lengths by day, as the lines of a picture.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, TimeZone, Utc};

use super::make::{Kind, Seen};
use crate::domain::chart::{Axis, Chart, Point, Series, Unit};

/// Lines of one picture: more cannot be told apart.
const LINES_MAX: usize = 7;

/// The day of a moment, by the clock of those who read.
pub(super) fn day(seen: &Seen, at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&seen.zone).date_naive()
}

/// A line with a value for every day of the report: a day without any is zero.
pub(super) fn counts(seen: &Seen, name: &str, by_day: &BTreeMap<NaiveDate, u32>) -> Series {
    let value = |day: NaiveDate| f64::from(by_day.get(&day).copied().unwrap_or_default());
    line(seen, name, days(seen).map(|day| (day, value(day))))
}

/// A line with a value for the days that have one.
pub(super) fn lengths(seen: &Seen, name: &str, by_day: &BTreeMap<NaiveDate, TimeDelta>) -> Series {
    #[expect(clippy::cast_precision_loss, reason = "lengths are far shorter than 2^52 ms")]
    let seconds = |length: &TimeDelta| length.num_milliseconds() as f64 / 1000.0;
    line(seen, name, by_day.iter().map(|(day, length)| (*day, seconds(length))))
}

fn line(seen: &Seen, name: &str, values: impl Iterator<Item = (NaiveDate, f64)>) -> Series {
    let point = |(day, value)| Some(Point { at: noon(seen, day)?, value });
    Series {
        name: name.to_owned(),
        points: values.filter_map(point).collect(),
        ..Series::default()
    }
}

/// The middle of a day, which every zone has once.
fn noon(seen: &Seen, day: NaiveDate) -> Option<i64> {
    let there = seen.zone.from_local_datetime(&day.and_hms_opt(12, 0, 0)?).earliest()?;
    // Today's noon may be yet to come.
    Some(
        there
            .timestamp_millis()
            .clamp(seen.since.timestamp_millis(), seen.until.timestamp_millis()),
    )
}

fn days(seen: &Seen) -> impl Iterator<Item = NaiveDate> + use<> {
    let (first, last) = (day(seen, seen.since), day(seen, seen.until));
    first.iter_days().take_while(move |day| *day <= last)
}

/// A picture of such lines, those with the most first.
pub(super) fn chart(seen: &Seen, kind: Kind, title: &str, mut lines: Vec<Series>) -> Chart {
    let sum = |series: &Series| series.points.iter().map(|point| point.value).sum::<f64>();
    if kind != Kind::Mttr {
        lines.sort_by(|a, b| sum(b).total_cmp(&sum(a)));
    }
    let hidden = lines.len().saturating_sub(LINES_MAX);
    lines.truncate(LINES_MAX);
    let day = TimeDelta::days(1);
    let whole = (seen.until - seen.since).num_days().max(1);
    let notes = if lines.is_empty() { vec!["nothing happened".to_owned()] } else { Vec::new() };
    Chart {
        title: title.to_owned(),
        command: format!("report {} {whole}d", kind.word()),
        unit: if kind == Kind::Mttr { Unit::Seconds } else { Unit::Short },
        from: seen.since,
        to: seen.until,
        step: day,
        zone: seen.zone,
        series: lines,
        hidden,
        limits: Vec::new(),
        markers: Vec::new(),
        notes,
        axis: Axis { low: Some(0.0), ..Axis::default() },
    }
}
