//! The axis of time: ticks at round times of the reader's zone.

use std::ops::Range;

use chrono::{
    DateTime, Datelike, Days, Months, NaiveDate, Offset, TimeDelta, TimeZone, Timelike, Utc,
};
use chrono_tz::Tz;
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

use crate::domain::chart::Chart;

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Distances of ticks below a day. Each divides a day, so that midnight is always a tick.
const STEPS: [i64; 18] = [
    1,
    10,
    100,
    250,
    SECOND,
    5 * SECOND,
    10 * SECOND,
    15 * SECOND,
    30 * SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    3 * HOUR,
    6 * HOUR,
];
/// Distances of ticks of a day and more.
const DAYS: [u64; 4] = [1, 2, 7, 14];
const MONTHS: [u32; 9] = [1, 2, 3, 6, 12, 24, 60, 120, 600];
/// More ticks than fit into any picture.
const TICKS_MAX: usize = 200;

/// The distance of two ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Millis(i64),
    Days(u64),
    Months(u32),
}

/// The axis, in milliseconds since 1970.
#[derive(Debug, Clone)]
pub(super) struct TimeAxis {
    from: i64,
    to: i64,
    zone: Tz,
    step: Step,
}

impl TimeAxis {
    /// An axis over the chart's range, with at most so many ticks.
    pub(super) fn new(chart: &Chart, ticks: f64) -> Self {
        let from = chart.from.timestamp_millis();
        // A range of nothing is shown as a second.
        let to = chart.to.timestamp_millis().max(from.saturating_add(SECOND));
        let least = (to.saturating_sub(from)) as f64 / ticks.max(1.0);
        Self { from, to, zone: chart.zone, step: step(least) }
    }

    pub(super) fn share(&self, at: i64) -> f64 {
        at.saturating_sub(self.from) as f64 / self.to.saturating_sub(self.from) as f64
    }

    pub(super) fn share_f32(&self, at: i64) -> f32 {
        #[expect(clippy::cast_possible_truncation, reason = "a share")]
        let share = self.share(at) as f32;
        share
    }

    pub(super) fn holds(&self, at: i64) -> bool {
        (self.from..=self.to).contains(&at)
    }

    pub(super) fn ends(&self) -> (i64, i64) {
        (self.from, self.to)
    }

    /// Whether the reader's clock shows something else than UTC somewhere in the range, and ticks
    /// are so close that it matters.
    pub(super) fn is_foreign(&self) -> bool {
        let is_close = match self.step {
            Step::Millis(_) | Step::Days(_) => true,
            Step::Months(_) => false,
        };
        is_close && [self.from, self.to].into_iter().any(|at| self.offset(at) != 0)
    }

    /// What a tick is called in the reader's zone: at midnight by the date.
    pub(super) fn name(&self, at: i64) -> String {
        self.local(at).map_or_else(String::new, |time| self.name_in(&time))
    }

    /// What it is called in UTC.
    pub(super) fn name_utc(&self, at: i64) -> String {
        let Some(time) = DateTime::<Utc>::from_timestamp_millis(at) else { return String::new() };
        match self.step {
            // Where ticks are days, their hour is the same all along.
            Step::Days(_) | Step::Months(_) => time.format("%H:%M").to_string(),
            Step::Millis(_) => self.name_in(&time),
        }
    }

    fn name_in<Z: TimeZone<Offset: std::fmt::Display>>(&self, time: &DateTime<Z>) -> String {
        let is_midnight = time.num_seconds_from_midnight() == 0 && time.nanosecond() == 0;
        let format = match self.step {
            Step::Months(months) if months >= 12 => "%Y",
            Step::Months(_) if time.month() == 1 => "%Y",
            Step::Months(_) => "%b",
            Step::Days(_) => "%-d %b",
            Step::Millis(_) if is_midnight => "%-d %b",
            Step::Millis(step) if step < SECOND => "%H:%M:%S%.3f",
            Step::Millis(step) if step < MINUTE => "%H:%M:%S",
            Step::Millis(_) => "%H:%M",
        };
        time.format(format).to_string()
    }

    pub(super) fn ticks(&self) -> Vec<i64> {
        match self.step {
            Step::Millis(step) => self.round_times(step),
            Step::Days(days) => self.midnights(|date| date.checked_add_days(Days::new(days))),
            Step::Months(months) => {
                self.midnights(|date| date.with_day(1)?.checked_add_months(Months::new(months)))
            }
        }
    }

    /// Multiples of the step on the reader's clock, also across a change of it.
    fn round_times(&self, step: i64) -> Vec<i64> {
        let mut ticks = Vec::new();
        let mut at = self.from;
        while at <= self.to && ticks.len() < TICKS_MAX {
            let past = (at + self.offset(at)).rem_euclid(step);
            if past == 0 {
                ticks.push(at);
            }
            at = at.saturating_add(step - past);
        }
        ticks
    }

    /// The reader's midnights, by dates: days have not always 24 hours.
    fn midnights(&self, next: impl Fn(NaiveDate) -> Option<NaiveDate>) -> Vec<i64> {
        let Some(first) = self.local(self.from) else { return Vec::new() };
        let first = self.aligned(first.date_naive());
        let dates = std::iter::successors(Some(first), |date| next(*date)).take(TICKS_MAX);
        let times = dates.filter_map(|date| self.midnight(date));
        times.filter(|at| *at >= self.from).take_while(|at| *at <= self.to).collect()
    }

    /// The date at which ticks begin: on a round month, so that years and quarters are met.
    fn aligned(&self, date: NaiveDate) -> NaiveDate {
        let Step::Months(months) = self.step else { return date };
        let number = u32::try_from(date.year()).unwrap_or_default() * 12 + date.month0();
        let number = number - number % months;
        let year = i32::try_from(number / 12).unwrap_or_default();
        NaiveDate::from_ymd_opt(year, number % 12 + 1, 1).unwrap_or(date)
    }

    fn midnight(&self, date: NaiveDate) -> Option<i64> {
        let time = date.and_hms_opt(0, 0, 0)?;
        // Where a clock jumps at midnight, the day begins an hour later.
        let found =
            self.zone.from_local_datetime(&time).earliest().or_else(|| {
                self.zone.from_local_datetime(&(time + TimeDelta::hours(1))).earliest()
            })?;
        Some(found.timestamp_millis())
    }

    fn local(&self, at: i64) -> Option<DateTime<Tz>> {
        DateTime::<Utc>::from_timestamp_millis(at).map(|time| time.with_timezone(&self.zone))
    }

    /// How far the reader's clock is ahead of UTC, in milliseconds.
    fn offset(&self, at: i64) -> i64 {
        let time = self.local(at);
        time.map_or(0, |time| i64::from(time.offset().fix().local_minus_utc()) * SECOND)
    }
}

/// The smallest step that is at least this many milliseconds.
fn step(least: f64) -> Step {
    if let Some(millis) = STEPS.into_iter().find(|step| *step as f64 >= least) {
        return Step::Millis(millis);
    }
    // Half a day names the hour of every second tick only; whole days are calmer.
    if let Some(days) = DAYS.into_iter().find(|days| (*days as i64 * DAY) as f64 >= least) {
        return Step::Days(days);
    }
    let month = (28 * DAY) as f64;
    let months = MONTHS.into_iter().find(|months| f64::from(*months) * month >= least);
    Step::Months(months.unwrap_or(6000))
}

impl Ranged for TimeAxis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = i64;

    fn map(&self, at: &i64, (from, to): (i32, i32)) -> i32 {
        let share = self.share(*at).clamp(-0.5, 1.5);
        #[expect(clippy::cast_possible_truncation, reason = "clamped to near the ends")]
        let place = (f64::from(from) + share * f64::from(to - from)).round() as i32;
        place
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<i64> {
        if hint.weight().allow_light_points() { Vec::new() } else { self.ticks() }
    }

    fn range(&self) -> Range<i64> {
        self.from..self.to
    }
}

impl ValueFormatter<i64> for TimeAxis {
    fn format_ext(&self, at: &i64) -> String {
        self.name(*at)
    }
}

#[cfg(test)]
mod tests;
