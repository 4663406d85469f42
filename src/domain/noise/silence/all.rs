//! All silences, and which of them holds an alert.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use compact_str::CompactString;

use super::one::Silence;
use crate::domain::alert::Labels;
use crate::domain::matcher::Index;

/// The most silences that the callers keep, those that are over included. Alertmanager has no limit
/// by default; people have dozens, and tools that make one a deployment have thousands.
pub const MAX_SILENCES: usize = 20_000;

/// Silences with an index: the cost for one alert hardly grows with their number.
#[derive(Debug, Clone, Default)]
pub struct Silences {
    /// In the order of their ids.
    all: Vec<Silence>,
    index: Index,
}

impl Silences {
    /// Prepares silences; of two with the same id, the later one counts.
    #[must_use]
    pub fn new(silences: impl IntoIterator<Item = Silence>) -> Self {
        let by_id: BTreeMap<CompactString, Silence> =
            silences.into_iter().map(|silence| (silence.id.clone(), silence)).collect();
        let all: Vec<Silence> = by_id.into_values().collect();
        let index = Index::new(all.iter().map(|silence| &silence.matchers));
        Self { all, index }
    }

    /// Every silence, in the order of the ids.
    pub fn iter(&self) -> std::slice::Iter<'_, Silence> {
        self.all.iter()
    }

    /// The silence with an id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Silence> {
        let place = self.all.binary_search_by(|silence| silence.id.as_str().cmp(id)).ok()?;
        self.all.get(place)
    }

    /// The silence that holds an alert at `now`; of several the one with the lowest id, so that
    /// the reason does not change when one of them is made longer.
    #[must_use]
    pub fn holding(&self, labels: &Labels, now: DateTime<Utc>) -> Option<&Silence> {
        self.all_holding(labels, now).next()
    }

    /// Every silence that holds an alert at `now`, in the order of the ids.
    pub fn all_holding(
        &self,
        labels: &Labels,
        now: DateTime<Utc>,
    ) -> impl Iterator<Item = &Silence> {
        let places = self.index.candidates(labels).into_iter();
        places
            .filter_map(|place| self.all.get(place))
            .filter(move |silence| silence.holds(labels, now))
    }

    /// The first time after `now` at which what is held may change: some silence begins or ends.
    #[must_use]
    pub fn next_change(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let change = |silence: &Silence| silence.active_until(now).or(silence.next_start(now));
        self.all.iter().filter_map(change).min()
    }
}
