//! A moment as people write it.

use std::fmt;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat};
use chrono::{TimeDelta, TimeZone, Timelike, Utc};
use chrono_tz::Tz;

use crate::domain::duration;

/// A moment as somebody wrote it: what it means depends on their clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// `now`.
    Now,
    /// `-2h`, Grafana's `now-2h`.
    Ago(TimeDelta),
    /// `14:30`: the last time that the clock said so.
    Clock(NaiveTime),
    /// `2026-11-21`: the day's beginning.
    Day(NaiveDate),
    /// `2026-11-21T14:30`, on the reader's clock.
    Local(NaiveDateTime),
    /// `2026-11-21T14:30:00Z`, with its offset.
    At(DateTime<Utc>),
}

impl Moment {
    /// Reads one; none where the text is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let small = text.to_ascii_lowercase();
        if small == "now" {
            return Some(Self::Now);
        }
        if let Some(ago) = small.strip_prefix("now-").or_else(|| small.strip_prefix('-')) {
            let ago = length(ago)?;
            return Some(if ago.is_zero() { Self::Now } else { Self::Ago(ago) });
        }
        let clock = ["%H:%M", "%H:%M:%S"];
        if let Some(time) = clock.iter().find_map(|form| NaiveTime::parse_from_str(text, form).ok())
        {
            return is_plain(&time).then_some(Self::Clock(time));
        }
        if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
            return is_near(day.year()).then_some(Self::Day(day));
        }
        let local = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"];
        if let Some(at) =
            local.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
        {
            return (is_near(at.year()) && is_plain(&at.time())).then_some(Self::Local(at));
        }
        let at = DateTime::parse_from_rfc3339(text).ok()?.with_timezone(&Utc);
        (is_near(at.year()) && is_plain(&at.time())).then_some(Self::At(at))
    }

    /// Which moment it is for somebody whose clock says `now` in `zone`.
    #[must_use]
    pub fn resolve(self, now: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
        match self {
            Self::Now => Some(now),
            Self::Ago(ago) => now.checked_sub_signed(ago),
            Self::Clock(time) => {
                let today = now.with_timezone(&zone).date_naive();
                let at = on_the_clock(today.and_time(time), zone)?;
                if at <= now {
                    return Some(at);
                }
                on_the_clock(today.checked_sub_days(Days::new(1))?.and_time(time), zone)
            }
            Self::Day(day) => on_the_clock(day.and_time(NaiveTime::MIN), zone),
            Self::Local(at) => on_the_clock(at, zone),
            Self::At(at) => Some(at),
        }
    }
}

/// The first of two where a clock shows a time twice; the moment after the gap where it skips it.
fn on_the_clock(at: NaiveDateTime, zone: Tz) -> Option<DateTime<Utc>> {
    let found = zone.from_local_datetime(&at).earliest();
    let later =
        || zone.from_local_datetime(&at.checked_add_signed(TimeDelta::hours(1))?).earliest();
    found.or_else(later).map(|at| at.with_timezone(&Utc))
}

/// A length of time; hubot-grafana's manual writes `12hr`.
pub(super) fn length(text: &str) -> Option<TimeDelta> {
    let text = text.strip_suffix("hr").map_or_else(|| text.to_owned(), |hours| format!("{hours}h"));
    if text == "0" {
        return None;
    }
    duration::parse(&text).ok()
}

fn is_near(year: i32) -> bool {
    (1970..=9999).contains(&year)
}

/// Whole seconds or parts of them, no leap second: those do not read back.
fn is_plain(time: &NaiveTime) -> bool {
    time.nanosecond() < 1_000_000_000
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now => f.write_str("now"),
            Self::Ago(ago) => write!(f, "-{}", duration::format(*ago)),
            Self::Clock(time) if time.second() == 0 => write!(f, "{}", time.format("%H:%M")),
            Self::Clock(time) => write!(f, "{}", time.format("%H:%M:%S")),
            Self::Day(day) => write!(f, "{}", day.format("%Y-%m-%d")),
            Self::Local(at) => write!(f, "{}", at.format("%Y-%m-%dT%H:%M:%S")),
            Self::At(at) => f.write_str(&at.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
        }
    }
}
