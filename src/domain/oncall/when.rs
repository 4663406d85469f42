//! A time to come, or one of the past, as people type it in a command.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::wall::{instant, wall};
use crate::domain::duration;

/// A time as somebody typed it: what it means depends on the schedule's clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// `now`.
    Now,
    /// `+2h`.
    In(TimeDelta),
    /// `18:00`: the next time that the clock says so.
    Clock(NaiveTime),
    /// `2026-12-24`: the day's beginning.
    Day(NaiveDate),
    /// `2026-12-24T18:00`.
    Local(NaiveDateTime),
    /// `2026-12-24T18:00:00Z`, with its offset.
    At(DateTime<Utc>),
}

/// Why a text is no time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is no time: write 18:00, 2026-12-24T18:00 or +2h")]
pub struct BadWhen;

impl FromStr for When {
    type Err = BadWhen;

    fn from_str(text: &str) -> Result<Self, BadWhen> {
        if text.eq_ignore_ascii_case("now") {
            return Ok(Self::Now);
        }
        if let Some(length) = text.strip_prefix('+') {
            return duration::parse(length).map(Self::In).map_err(|_| BadWhen);
        }
        if let Ok(time) = NaiveTime::parse_from_str(text, "%H:%M") {
            return Ok(Self::Clock(time));
        }
        if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
            return Ok(Self::Day(day));
        }
        if let Ok(at) = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M") {
            return Ok(Self::Local(at));
        }
        let at = DateTime::parse_from_rfc3339(text).map_err(|_| BadWhen)?;
        Ok(Self::At(at.to_utc()))
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now => f.write_str("now"),
            Self::In(length) => write!(f, "+{}", duration::format(*length)),
            Self::Clock(time) => write!(f, "{}", time.format("%H:%M")),
            Self::Day(day) => write!(f, "{day}"),
            Self::Local(at) => write!(f, "{}", at.format("%Y-%m-%dT%H:%M")),
            Self::At(at) => write!(f, "{}", at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)),
        }
    }
}

impl When {
    /// Which instant it is for somebody whose clock says `now` in `zone`.
    #[must_use]
    pub fn resolve(&self, now: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
        match self {
            Self::Now => now,
            Self::In(length) => now + *length,
            Self::Clock(time) => {
                let today = wall(zone, now).date();
                let at = instant(zone, today.and_time(*time));
                let tomorrow = today.checked_add_days(Days::new(1)).unwrap_or(today);
                if at > now { at } else { instant(zone, tomorrow.and_time(*time)) }
            }
            Self::Day(day) => instant(zone, day.and_time(NaiveTime::MIN)),
            Self::Local(at) => instant(zone, *at),
            Self::At(at) => *at,
        }
    }
}
