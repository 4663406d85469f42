//! From a time of the week to instants.

use chrono::offset::LocalResult;
use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::{GapInfo, Tz};
use serde::{Deserialize, Serialize};

use super::text::{DAY, Day, TimeOfDay};

/// How many days ahead the next change is looked for: every weekday of every month comes within a
/// year, so that what has not changed by then never does.
const HORIZON_DAYS: u64 = 400;

/// A time of the week that comes again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recurrence {
    /// The weekdays on which it begins; empty for all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<Day>,
    /// The months in which it begins, 1 to 12; empty for all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub months: Vec<u8>,
    /// When it begins.
    pub from: TimeOfDay,
    /// When it ends: on the next day if that is not after `from`. The minute itself is outside.
    pub to: TimeOfDay,
    /// Whose clock is meant.
    pub time_zone: Tz,
}

/// Why a recurrence makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadRecurrence {
    /// A month that is none.
    #[error("there is no month {0}: months are 1 to 12")]
    Month(u8),
    /// It begins when the day is over.
    #[error("a window cannot begin at 24:00; write 00:00 and the next day")]
    From,
}

/// How things stand with a recurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Inside; windows that touch count as one. `None`: it never ends.
    Inside(Option<DateTime<Utc>>),
    /// Outside, until the next window begins. `None`: there is none.
    Outside(Option<DateTime<Utc>>),
}

impl Recurrence {
    /// Refuses what can never have been meant.
    ///
    /// # Errors
    /// When a month does not exist, or the window begins at 24:00.
    pub fn validate(&self) -> Result<(), BadRecurrence> {
        if let Some(month) = self.months.iter().find(|month| !(1..=12).contains(*month)) {
            return Err(BadRecurrence::Month(*month));
        }
        if self.from.0 >= DAY { Err(BadRecurrence::From) } else { Ok(()) }
    }

    /// Whether an instant is inside a window.
    #[must_use]
    pub fn contains(&self, now: DateTime<Utc>) -> bool {
        // Two days back, because a gap may be a whole day where the date line moves.
        self.windows(now, 4).any(|(start, end)| start <= now && now < end)
    }

    /// How things stand at an instant, and until when.
    #[must_use]
    pub fn at(&self, now: DateTime<Utc>) -> Standing {
        let mut end: Option<DateTime<Utc>> = None;
        for (from, to) in self.windows(now, HORIZON_DAYS).filter(|(_, to)| *to > now) {
            match end {
                None if from > now => return Standing::Outside(Some(from)),
                Some(end) if from > end => return Standing::Inside(Some(end)),
                None | Some(_) => end = end.max(Some(to)),
            }
        }
        let forever = TimeDelta::days(i64::try_from(HORIZON_DAYS).unwrap_or(0) - 7);
        match end {
            None => Standing::Outside(None),
            Some(end) if end - now > forever => Standing::Inside(None),
            Some(end) => Standing::Inside(Some(end)),
        }
    }

    /// The windows of some days, beginning two days before `now`, in their order.
    fn windows(
        &self,
        now: DateTime<Utc>,
        days: u64,
    ) -> impl Iterator<Item = (DateTime<Utc>, DateTime<Utc>)> {
        let today = now.with_timezone(&self.time_zone).date_naive();
        let first = today.checked_sub_days(Days::new(2)).unwrap_or(today);
        (0..days).filter_map(move |day| self.window(first.checked_add_days(Days::new(day))?))
    }

    /// The window that begins on a date, unless none does or it is empty.
    fn window(&self, date: NaiveDate) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let day = self.days.is_empty() || self.days.contains(&date.weekday().into());
        let month = self.months.is_empty()
            || self.months.iter().any(|month| u32::from(*month) == date.month());
        if !day || !month {
            return None;
        }
        let overnight = if self.to <= self.from { DAY } else { 0 };
        let start = self.instant(date, self.from.0)?;
        let end = self.instant(date, self.to.0 + overnight)?;
        (start < end).then_some((start, end))
    }

    /// The instant at which the local clock first shows a time, or has gone past it.
    fn instant(&self, date: NaiveDate, minute: u16) -> Option<DateTime<Utc>> {
        let local: NaiveDateTime =
            date.and_hms_opt(0, 0, 0)?.checked_add_signed(TimeDelta::minutes(minute.into()))?;
        match self.time_zone.from_local_datetime(&local) {
            LocalResult::Single(time) | LocalResult::Ambiguous(time, _) => Some(time.to_utc()),
            LocalResult::None => Some(GapInfo::new(&local, &self.time_zone)?.end?.to_utc()),
        }
    }
}
