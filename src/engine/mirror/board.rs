//! What waits to be shown on each platform, for `/metrics`.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use compact_str::CompactString;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;

use crate::engine::meters::Meters;

/// A platform by its name in the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Label {
    platform: String,
}

/// What waits in one room, and since when by this process's uptime.
#[derive(Debug, Clone, Copy)]
struct Waiting {
    count: u64,
    since: Duration,
}

/// What waits, by platform and room.
#[derive(Debug, Default)]
pub(super) struct Board {
    waiting: Mutex<BTreeMap<CompactString, BTreeMap<CompactString, Waiting>>>,
    backlog: Family<Label, Gauge<i64, AtomicI64>>,
    oldest: Family<Label, Gauge<f64, AtomicU64>>,
}

impl Board {
    pub(super) fn register(&self, meters: &Meters) {
        meters.with_registry(|registry| {
            registry.register(
                "chat_backlog",
                "Entries of rooms that wait to be shown on a platform",
                self.backlog.clone(),
            );
            registry.register(
                "chat_oldest_seconds",
                "How long the longest waiting room has waited",
                self.oldest.clone(),
            );
        });
    }

    /// Takes down what waits in a room; since when counts from the first that waited.
    pub(super) fn note(&self, site: &CompactString, room: &str, count: u64, now: Duration) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let rooms = waiting.entry(site.clone()).or_default();
        if count == 0 {
            rooms.remove(room);
        } else {
            rooms.entry(room.into()).or_insert(Waiting { count, since: now }).count = count;
        }
    }

    /// Forgets what this process does not lead any more.
    pub(super) fn forget(&self, site: &CompactString) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.remove(site);
        let label = Label { platform: site.to_string() };
        self.backlog.remove(&label);
        self.oldest.remove(&label);
    }

    /// Writes the gauges of a platform.
    pub(super) fn publish(&self, site: &CompactString, now: Duration) {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let rooms = waiting.get(site);
        let count: u64 = rooms.into_iter().flatten().map(|(_, waiting)| waiting.count).sum();
        let since = rooms.into_iter().flatten().map(|(_, waiting)| waiting.since).min();
        let label = Label { platform: site.to_string() };
        self.backlog.get_or_create(&label).set(i64::try_from(count).unwrap_or(i64::MAX));
        let oldest = since.map(|since| now.saturating_sub(since)).unwrap_or_default();
        self.oldest.get_or_create(&label).set(oldest.as_secs_f64());
    }
}
