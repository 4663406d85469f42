//! Hours of the week: `["08:00-20:00"]` on `["mon-fri"]`.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::wall::{instant, wall};
use crate::domain::noise::interval::{Day, TimeOfDay};

/// From one time of the day to another; over midnight where it does not end after it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// When it begins.
    pub from: TimeOfDay,
    /// When it ends; that minute is outside.
    pub to: TimeOfDay,
}

/// Hours of the week. A span belongs to the day on which it begins.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// Weekdays; empty for all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<Day>,
    /// Times of the day; empty for the whole day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spans: Vec<Span>,
}

impl Hours {
    /// Whether they are all hours of the week.
    #[must_use]
    pub fn is_always(&self) -> bool {
        self.days.is_empty() && self.spans.is_empty()
    }

    /// Whether an instant is inside, by this zone's clock.
    #[must_use]
    pub fn contains(&self, zone: Tz, at: DateTime<Utc>) -> bool {
        self.contains_on(zone, at, |_| true)
    }

    /// As [`Hours::contains`], for spans that begin on dates that `is_meant` alone.
    pub(super) fn contains_on(
        &self,
        zone: Tz,
        at: DateTime<Utc>,
        is_meant: impl Fn(NaiveDate) -> bool,
    ) -> bool {
        // The day before, because spans go over midnight; the day after, because its midnight may
        // have come before the clock went back.
        around(wall(zone, at).date())
            .filter(|date| is_meant(*date))
            .flat_map(|date| self.windows(zone, date))
            .any(|(from, to)| from <= at && at < to)
    }

    /// The instants at which spans of one date begin and end.
    pub(super) fn windows(&self, zone: Tz, date: NaiveDate) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
        if !self.days.is_empty() && !self.days.contains(&date.weekday().into()) {
            return Vec::new();
        }
        let edge = |minutes: u16| {
            let midnight = date.and_time(chrono::NaiveTime::MIN);
            instant(zone, midnight + TimeDelta::minutes(minutes.into()))
        };
        if self.spans.is_empty() {
            return vec![(edge(0), edge(1440))];
        }
        let window = |span: &Span| {
            let (from, to) = (span.from.minutes(), span.to.minutes());
            (edge(from), edge(if to <= from { to + 1440 } else { to }))
        };
        self.spans.iter().map(window).collect()
    }

    /// Every instant between two at which a span begins or ends.
    pub(super) fn edges(
        &self,
        zone: Tz,
        (from, to): (DateTime<Utc>, DateTime<Utc>),
        out: &mut BTreeSet<DateTime<Utc>>,
    ) {
        let (first, last) = (wall(zone, from).date(), wall(zone, to).date());
        let mut date = first.checked_sub_days(Days::new(2));
        while let Some(day) = date.filter(|day| *day <= last) {
            for (start, end) in self.windows(zone, day) {
                out.extend([start, end].into_iter().filter(|at| from < *at && *at < to));
            }
            date = day.succ_opt();
        }
    }
}

fn around(date: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    [date.pred_opt(), Some(date), date.succ_opt()].into_iter().flatten()
}
