//! Samples in memory, by series, the oldest first.

use std::collections::{BTreeMap, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::alert::Labels;
use crate::domain::chart::Point;
use crate::domain::matcher::Matchers;

/// The label that holds a metric's name, as in Prometheus.
pub(super) const NAME: &str = "__name__";
/// How long samples are kept: longer than any demo is watched.
const KEEP: TimeDelta = TimeDelta::hours(2);
/// A selector finds the newest sample that is not older than this; Prometheus' default.
const LOOKBACK: TimeDelta = TimeDelta::minutes(5);

/// Every series that was scraped.
#[derive(Debug, Default)]
pub(super) struct Store {
    series: BTreeMap<Labels, VecDeque<Point>>,
}

impl Store {
    /// Adds one scrape.
    pub(super) fn add(&mut self, at: DateTime<Utc>, samples: Vec<(Labels, f64)>) {
        let old = (at - KEEP).timestamp_millis();
        for (labels, value) in samples {
            let points = self.series.entry(labels).or_default();
            points.push_back(Point { at: at.timestamp_millis(), value });
            while points.front().is_some_and(|point| point.at < old) {
                points.pop_front();
            }
        }
    }

    /// The samples of a selector inside `(at - window, at]`.
    pub(super) fn window<'a>(
        &'a self,
        matchers: &'a Matchers,
        at: DateTime<Utc>,
        window: TimeDelta,
    ) -> impl Iterator<Item = (&'a Labels, Vec<Point>)> {
        let (from, to) = ((at - window).timestamp_millis(), at.timestamp_millis());
        self.series.iter().filter(|(labels, _)| matchers.matches(labels)).map(move |it| {
            let inside = |point: &&Point| from < point.at && point.at <= to;
            (it.0, it.1.iter().filter(inside).copied().collect())
        })
    }

    /// The newest sample of each series of a selector.
    pub(super) fn newest(&self, matchers: &Matchers, at: DateTime<Utc>) -> Vec<(Labels, f64)> {
        self.window(matchers, at, LOOKBACK)
            .filter_map(|(labels, points)| Some((labels.clone(), points.last()?.value)))
            .collect()
    }

    /// The values that a label has.
    pub(super) fn values(&self, label: &str) -> Vec<String> {
        let mut values: Vec<String> =
            self.series.keys().filter_map(|labels| Some(labels.get(label)?.to_string())).collect();
        values.sort_unstable();
        values.dedup();
        values
    }
}
