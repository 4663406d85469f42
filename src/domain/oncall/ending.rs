//! When something that holds for a while ends, as people type it: `2h`, `friday`, `18:00`.
//!
//! A weekday is the next one; today's own name means today while it is not over. It refuses to
//! guess whether that day is still part of the while: whoever asks says so.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, Days, NaiveTime, TimeDelta, Utc, Weekday};
use chrono_tz::Tz;

use super::wall::{instant, wall};
use super::when::{BadWhen, When};
use crate::domain::duration;

/// When something ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// So long after now.
    In(TimeDelta),
    /// On the next such day.
    On(Weekday),
    /// As other times are typed.
    At(When),
}

/// Which end of a day is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// It ends when the day begins: what is frozen until monday moves on monday.
    Morning,
    /// The day still counts: what is granted until friday holds on friday.
    Night,
}

impl FromStr for Ending {
    type Err = BadWhen;

    fn from_str(text: &str) -> Result<Self, BadWhen> {
        if let Ok(length) = duration::parse(text) {
            return Ok(Self::In(length));
        }
        match text.parse::<Weekday>() {
            Ok(day) => Ok(Self::On(day)),
            Err(_) => text.parse().map(Self::At),
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::In(length) => f.write_str(&duration::format(*length)),
            Self::On(day) => f.write_str(&day.to_string().to_lowercase()),
            Self::At(when) => write!(f, "{when}"),
        }
    }
}

impl Ending {
    /// Which instant it is for somebody whose clock says `now` in `zone`.
    #[must_use]
    pub fn resolve(&self, now: DateTime<Utc>, zone: Tz, edge: Edge) -> DateTime<Utc> {
        let day = match self {
            Self::In(length) => return now + *length,
            Self::At(When::Day(day)) => *day,
            Self::At(when) => return when.resolve(now, zone),
            Self::On(wanted) => {
                let today = wall(zone, now).date();
                let ahead = (7 + wanted.num_days_from_monday()
                    - today.weekday().num_days_from_monday())
                    % 7;
                // A day whose morning is over begins again in a week.
                let is_past = ahead == 0 && edge == Edge::Morning;
                let ahead = if is_past { 7 } else { ahead };
                today.checked_add_days(Days::new(u64::from(ahead))).unwrap_or(today)
            }
        };
        let day = match edge {
            Edge::Morning => day,
            Edge::Night => day.checked_add_days(Days::new(1)).unwrap_or(day),
        };
        instant(zone, day.and_time(NaiveTime::MIN))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Wednesday in Berlin, whose clock is two hours ahead.
    const NOW: &str = "2026-07-01T10:00:00Z";

    fn resolved(text: &str, edge: Edge) -> String {
        let zone: Tz = "Europe/Berlin".parse().unwrap();
        let ending: Ending = text.parse().unwrap();
        assert_eq!(ending.to_string().parse(), Ok(ending.clone()), "{text}");
        ending.resolve(NOW.parse().unwrap(), zone, edge).format("%m-%d %H:%M").to_string()
    }

    #[test]
    fn a_day_counts_or_does_not() {
        for (text, morning, night) in [
            ("friday", "07-02 22:00", "07-03 22:00"),
            ("wed", "07-07 22:00", "07-01 22:00"),
            ("Tuesday", "07-06 22:00", "07-07 22:00"),
            ("2026-07-10", "07-09 22:00", "07-10 22:00"),
            ("90m", "07-01 11:30", "07-01 11:30"),
            ("18:00", "07-01 16:00", "07-01 16:00"),
        ] {
            assert_eq!(resolved(text, Edge::Morning), morning, "{text}");
            assert_eq!(resolved(text, Edge::Night), night, "{text}");
        }
        assert!("soon".parse::<Ending>().is_err() && "".parse::<Ending>().is_err());
    }
}
