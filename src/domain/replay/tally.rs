//! The figures of one set of files over one recording.

use std::collections::BTreeMap;

use chrono::{DateTime, DurationRound as _, TimeDelta, Timelike as _, Utc};
use chrono_tz::Tz;
use compact_str::CompactString;
use serde::Serialize;

use crate::domain::ids::Number;

/// The hours at whose beginning people are asleep: pages from 22:00 to 07:00 are told apart.
const NIGHT: [std::ops::Range<u32>; 2] = [22..24, 0..7];
/// Hours of a day.
const HOURS: usize = 24;

/// What one set of files would have done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Which version of the rule files.
    pub files: CompactString,
    /// How often an alert began to fire.
    pub firings: u64,
    /// Incidents that opened.
    pub incidents: u64,
    /// Incidents that came back inside their re-open window.
    pub reopened: u64,
    /// Rooms that were opened.
    pub rooms: u64,
    /// Tickets that were opened.
    pub tickets: u64,
    /// Pages to people, and to whoever stands behind pagers.
    pub pages: u64,
    /// Those from 22:00 to 07:00 on the people's clock.
    pub night_pages: u64,
    /// Who was paged. A name that begins with `~` is a policy that no file describes.
    pub people: BTreeMap<CompactString, Person>,
    /// Pages by the hour in which they went out; hours without any are left out.
    pub hours: BTreeMap<DateTime<Utc>, u64>,
    /// Runs that rules asked for: `restart-service (auto)`.
    pub runs: BTreeMap<CompactString, u64>,
    /// What held alerts or openings back, by its kind.
    pub held: BTreeMap<CompactString, u64>,
    /// Firings that reach nobody, by what they are.
    pub nobody: BTreeMap<CompactString, u64>,
    /// Each rule that did something.
    pub rules: BTreeMap<CompactString, PerRule>,
    /// The rule of each incident, to count what follows from it.
    #[serde(skip)]
    owners: BTreeMap<Number, CompactString>,
}

/// What one rule did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct PerRule {
    /// Firings that it owns.
    pub firings: u64,
    /// Incidents that it opened.
    pub incidents: u64,
    /// Pages that its incidents sent.
    pub pages: u64,
    /// Tickets of its incidents.
    pub tickets: u64,
    /// Runs that it asked for.
    pub runs: u64,
}

/// What one person would have got.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Person {
    /// All pages.
    pub pages: u64,
    /// Those at night.
    pub night: u64,
    /// By the hour of the day on the people's clock, from 0 to 23.
    pub by_hour: [u64; HOURS],
}

impl Tally {
    /// A rule owns a firing; none where no rule wants it.
    pub fn fired(&mut self, rule: Option<&CompactString>) {
        self.firings += 1;
        if let Some(rule) = rule {
            self.rules.entry(rule.clone()).or_default().firings += 1;
        }
    }

    /// A firing reaches nobody.
    pub fn unheard(&mut self, what: CompactString) {
        *self.nobody.entry(what).or_default() += 1;
    }

    /// An incident opened.
    pub fn opened(&mut self, number: Number, rule: &CompactString) {
        self.incidents += 1;
        self.owners.insert(number, rule.clone());
        self.rules.entry(rule.clone()).or_default().incidents += 1;
    }

    /// Somebody was paged at a time; `whom` is a person, or a policy behind a `~`.
    pub fn paged(&mut self, number: Number, whom: CompactString, at: DateTime<Utc>, zone: Tz) {
        let hour = at.with_timezone(&zone).hour();
        let night = u64::from(NIGHT.iter().any(|night| night.contains(&hour)));
        self.pages += 1;
        self.night_pages += night;
        let person = self.people.entry(whom).or_default();
        person.pages += 1;
        person.night += night;
        let place = usize::try_from(hour).unwrap_or_default();
        if let Some(count) = person.by_hour.get_mut(place) {
            *count += 1;
        }
        let begin = at.duration_trunc(TimeDelta::hours(1)).unwrap_or(at);
        *self.hours.entry(begin).or_default() += 1;
        if let Some(rule) = self.rule_of(number) {
            rule.pages += 1;
        }
    }

    /// A ticket was opened.
    pub fn ticketed(&mut self, number: Number) {
        self.tickets += 1;
        if let Some(rule) = self.rule_of(number) {
            rule.tickets += 1;
        }
    }

    /// A run was asked for.
    pub fn ran(&mut self, number: Option<Number>, what: CompactString) {
        *self.runs.entry(what).or_default() += 1;
        if let Some(rule) = number.and_then(|number| self.rule_of(number)) {
            rule.runs += 1;
        }
    }

    /// Something held an alert or an opening back.
    pub fn held(&mut self, by: &str) {
        *self.held.entry(by.into()).or_default() += 1;
    }

    fn rule_of(&mut self, number: Number) -> Option<&mut PerRule> {
        self.rules.get_mut(self.owners.get(&number)?)
    }
}
