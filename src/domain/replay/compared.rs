//! Two sets of files over the same recording.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use compact_str::CompactString;
use serde::Serialize;

use super::tally::{PerRule, Tally};

/// What a replay found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Compared {
    /// The beginning of the recording.
    pub from: DateTime<Utc>,
    /// Its end.
    pub until: DateTime<Utc>,
    /// Where it comes from.
    pub source: String,
    /// Whose clock day and night are.
    pub zone: Tz,
    /// How many reports it holds.
    pub reports: u64,
    /// What the other files would have done. None: there is only one set.
    pub before: Option<Tally>,
    /// What the files would have done.
    pub after: Tally,
    /// Firings that have another rule than before.
    pub moved: Vec<Moved>,
    /// What a reader must know about the recording.
    pub notes: Vec<String>,
}

/// Alerts of one name that another rule owns.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Moved {
    /// The alert's name.
    pub alert: CompactString,
    /// Its rule before; none: no rule wanted it.
    pub before: Option<CompactString>,
    /// Its rule now.
    pub after: Option<CompactString>,
    /// How often it fired.
    pub firings: u64,
}

/// Reads one figure.
type Count = fn(&Tally) -> u64;

/// A figure before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What is counted.
    pub what: String,
    /// Before; none where there is only one set of files.
    pub before: Option<u64>,
    /// Now.
    pub after: u64,
}

impl Line {
    /// Whether both are the same.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.before.is_none_or(|before| before == self.after)
    }
}

impl Compared {
    /// The figures that every replay shows.
    #[must_use]
    pub fn totals(&self) -> Vec<Line> {
        let counts: [(&str, Count); 9] = [
            ("incidents opened", |it| it.incidents),
            ("incidents re-opened", |it| it.reopened),
            ("rooms", |it| it.rooms),
            ("tickets", |it| it.tickets),
            ("pages", |it| it.pages),
            ("pages from 22:00 to 07:00", |it| it.night_pages),
            ("runs asked for", |it| it.runs.values().sum()),
            ("held back", |it| it.held.values().sum()),
            ("firings that reach nobody", |it| it.nobody.values().sum()),
        ];
        counts.into_iter().map(|(what, count)| self.line(what, count)).collect()
    }

    /// Pages of each person, and those at night.
    #[must_use]
    pub fn people(&self) -> Vec<(Line, Line)> {
        let names = self.names(|it| it.people.keys());
        let lines = names.into_iter().map(|name| {
            let pages = |it: &Tally| it.people.get(name).map_or(0, |person| person.pages);
            let night = |it: &Tally| it.people.get(name).map_or(0, |person| person.night);
            (self.line(name, pages), self.line(name, night))
        });
        lines.collect()
    }

    /// Each rule that opened or owned something.
    #[must_use]
    pub fn rules(&self) -> Vec<(CompactString, Option<PerRule>, PerRule)> {
        let of = |tally: &Tally, name| tally.rules.get(name).copied().unwrap_or_default();
        let names = self.names(|it| it.rules.keys());
        let rules = names.into_iter().map(|name| {
            let before = self.before.as_ref().map(|before| of(before, name));
            (name.clone(), before, of(&self.after, name))
        });
        rules.collect()
    }

    /// A list of counts by name, before and after.
    #[must_use]
    pub fn counts(&self, of: fn(&Tally) -> &BTreeMap<CompactString, u64>) -> Vec<Line> {
        let names = self.names(|it| of(it).keys());
        let count = |name| move |it: &Tally| of(it).get(name).copied().unwrap_or_default();
        names.into_iter().map(|name| self.line(name, count(name))).collect()
    }

    fn line(&self, what: &str, count: impl Fn(&Tally) -> u64) -> Line {
        let before = self.before.as_ref().map(&count);
        Line { what: what.to_owned(), before, after: count(&self.after) }
    }

    fn names<'a, I>(&'a self, keys: impl Fn(&'a Tally) -> I) -> BTreeSet<&'a CompactString>
    where
        I: Iterator<Item = &'a CompactString>,
    {
        let before = self.before.iter().flat_map(&keys);
        before.chain(keys(&self.after)).collect()
    }
}
