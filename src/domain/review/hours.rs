//! When people were woken, by their clock.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate, Timelike, Weekday};
use chrono_tz::Tz;
use compact_str::CompactString;

use super::one::Wake;

/// Hours in which being woken counts as a night: from ten in the evening to seven in the morning.
const NIGHT: (u32, u32) = (22, 7);
/// Wake-ups of one person inside so many minutes are one: a page that goes to two telephones wakes
/// once.
const ONE_WAKE_MINUTES: i64 = 10;

/// How often one person was woken, and when.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hours {
    /// By the hour of the day.
    pub by_hour: [u32; 24],
    /// By day.
    pub by_day: BTreeMap<NaiveDate, u32>,
    /// Calls, each way counted.
    pub calls: u32,
    /// Wake-ups: calls shortly after one another are one.
    pub wakes: u32,
    /// Those at night.
    pub at_night: u32,
    /// Those on Saturdays and Sundays.
    pub at_weekend: u32,
    /// Nights in which there was at least one.
    pub nights: u32,
}

/// Whether people sleep at this hour.
#[must_use]
pub fn is_night(hour: u32) -> bool {
    hour >= NIGHT.0 || hour < NIGHT.1
}

impl Hours {
    /// Counts wake-ups by person. Days and hours are those of `zone`.
    #[must_use]
    pub fn count(mut wakes: Vec<Wake>, zone: Tz) -> BTreeMap<CompactString, Self> {
        wakes.sort_by_key(|wake| wake.at);
        let mut all: BTreeMap<CompactString, Self> = BTreeMap::new();
        let mut last = BTreeMap::new();
        let mut last_night = BTreeMap::new();
        for Wake { at, person } in wakes {
            let hours = all.entry(person.clone()).or_default();
            hours.calls += 1;
            let known = last.insert(person.clone(), at);
            if known.is_some_and(|known| (at - known).num_minutes() < ONE_WAKE_MINUTES) {
                continue;
            }
            let there = at.with_timezone(&zone);
            hours.wakes += 1;
            *hours.by_day.entry(there.date_naive()).or_default() += 1;
            if let Some(count) = hours.by_hour.get_mut(there.hour() as usize) {
                *count += 1;
            }
            hours.at_weekend += u32::from(matches!(there.weekday(), Weekday::Sat | Weekday::Sun));
            if is_night(there.hour()) {
                hours.at_night += 1;
                // The hours after midnight belong to the night that began the day before.
                let night = (there - chrono::TimeDelta::hours(i64::from(NIGHT.1))).date_naive();
                hours.nights += u32::from(last_night.insert(person, night) != Some(night));
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wakes(times: &[&str]) -> BTreeMap<CompactString, Hours> {
        let wake = |time: &&str| Wake { at: time.parse().unwrap(), person: "ana".into() };
        Hours::count(times.iter().map(wake).collect(), chrono_tz::Europe::Berlin)
    }

    #[test]
    fn a_night_is_counted_once_by_the_clock_of_the_sleeper() {
        let known = wakes(&[
            "2026-11-20T22:30:00Z",
            "2026-11-20T22:33:00Z",
            "2026-11-21T03:00:00Z",
            "2026-11-23T12:00:00Z",
        ]);
        let ana = &known["ana"];
        assert_eq!((ana.calls, ana.wakes, ana.at_night, ana.nights), (4, 3, 2, 1));
        assert_eq!(
            (ana.at_weekend, ana.by_hour[23], ana.by_hour[4], ana.by_hour[13]),
            (1, 1, 1, 1)
        );
        assert_eq!(ana.by_day.len(), 3);
    }

    #[test]
    fn nobody_sleeps_at_noon() {
        assert!(is_night(22) && is_night(3) && is_night(6) && !is_night(7) && !is_night(21));
    }
}
