//! One rotation of a schedule: people who take turns.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use compact_str::CompactString;

use super::hours::Hours;
use super::schedule::Holidays;
use super::wall::{instant, wall};

/// What holidays mean for a layer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnHolidays {
    /// They are days like others.
    #[default]
    Work,
    /// Nobody of this layer is on duty.
    Off,
    /// Only then is this layer on duty.
    Only,
}

/// People who take turns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// What people call it.
    pub name: CompactString,
    /// Whose clock is meant.
    pub zone: Tz,
    /// Who is on duty in each turn, in their order.
    pub turns: Vec<Vec<CompactString>>,
    /// How long a turn is, by the local clock.
    pub every: TimeDelta,
    /// When the first turn begins, by the local clock; nobody is on duty before.
    pub start: NaiveDateTime,
    /// The first day on which nobody is on duty any more.
    pub end: Option<NaiveDate>,
    /// Hours in which somebody is on duty at all.
    pub hours: Hours,
    /// What holidays mean.
    pub on_holidays: OnHolidays,
    /// They hear what those on duty hear, and nobody waits for their answer.
    pub is_shadow: bool,
}

impl Layer {
    /// Who is on duty at an instant; nobody outside the layer's hours.
    #[must_use]
    pub fn at(&self, at: DateTime<Utc>, holidays: &Holidays) -> &[CompactString] {
        let turn = self.turn(at);
        if turn < 0 || self.is_over(at) || !self.is_on_duty(at, holidays) {
            return &[];
        }
        let count = i64::try_from(self.turns.len()).unwrap_or(i64::MAX).max(1);
        let place = usize::try_from(turn % count).unwrap_or_default();
        self.turns.get(place).map_or(&[], Vec::as_slice)
    }

    /// Every instant between two at which this layer may change.
    pub(super) fn edges(
        &self,
        (from, to): (DateTime<Utc>, DateTime<Utc>),
        out: &mut BTreeSet<DateTime<Utc>>,
    ) {
        let mut turn = self.turn(from).max(-1) + 1;
        while let Some(start) = self.begins(turn).filter(|start| *start < to) {
            if start > from {
                out.insert(start);
            }
            turn += 1;
        }
        if let Some(end) = self.end {
            out.insert(instant(self.zone, end.and_time(chrono::NaiveTime::MIN)));
        }
        if !self.hours.is_always() || self.on_holidays != OnHolidays::Work {
            self.hours.edges(self.zone, (from, to), out);
        }
    }

    /// Which turn it is, counted from 0; negative before the first.
    fn turn(&self, at: DateTime<Utc>) -> i64 {
        let since = wall(self.zone, at) - self.start;
        let length = self.every.num_seconds().max(1);
        let mut turn = since.num_seconds().div_euclid(length);
        // In an hour that the clock shows again, the turns that began in its first showing go on.
        while self.begins(turn + 1).is_some_and(|start| start <= at) {
            turn += 1;
        }
        turn
    }

    /// When a turn begins. None: later than times can be written.
    fn begins(&self, turn: i64) -> Option<DateTime<Utc>> {
        let turn = i32::try_from(turn).ok()?;
        let wall = self.start.checked_add_signed(self.every.checked_mul(turn)?)?;
        Some(instant(self.zone, wall))
    }

    fn is_over(&self, at: DateTime<Utc>) -> bool {
        let end = self.end.map(|end| instant(self.zone, end.and_time(chrono::NaiveTime::MIN)));
        end.is_some_and(|end| end <= at)
    }

    fn is_on_duty(&self, at: DateTime<Utc>, holidays: &Holidays) -> bool {
        match self.on_holidays {
            OnHolidays::Work if self.hours.is_always() => true,
            OnHolidays::Work => self.hours.contains(self.zone, at),
            OnHolidays::Off => {
                self.hours.contains_on(self.zone, at, |date| !holidays.contains(date))
            }
            OnHolidays::Only => {
                self.hours.contains_on(self.zone, at, |date| holidays.contains(date))
            }
        }
    }
}
