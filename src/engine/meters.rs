//! What the engine counts, for `/metrics`.
//!
//! Names follow Prometheus' conventions; label values come from closed sets only.

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicU64};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

/// Files of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Files {
    /// `rules` or `dashboards`.
    pub what: &'static str,
}

/// How reading files again ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Reload {
    /// `rules` or `dashboards`.
    pub what: &'static str,
    /// `good` or `broken`.
    pub kind: &'static str,
}

/// A reason or a kind from a closed set.
#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct Kind {
    /// The name of the kind.
    pub kind: &'static str,
}

/// Where something stands.
#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct State {
    /// From a closed set.
    pub state: &'static str,
}

/// An effect and how its try ended.
#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct Ending {
    /// [`crate::domain::incident::Effect::kind`].
    pub effect: &'static str,
    /// `done`, `failed`, `unknown`, `retried`; and `outdated` for the word of an old holder.
    pub outcome: &'static str,
}

/// Every meter of the engine.
#[derive(Debug)]
pub struct Meters {
    registry: Mutex<Registry>,
    /// Reports by what was decided about them.
    pub reports: Family<Kind, Counter>,
    /// Decisions by the kind of input.
    pub decisions: Family<Kind, Counter>,
    /// Decisions that had to be made again because somebody else committed first.
    pub conflicts: Counter,
    /// Tries of effects by their ending.
    pub effects: Family<Ending, Counter>,
    /// How late the last agenda row was when it was claimed, in seconds.
    pub agenda_lag: Gauge<f64, AtomicU64>,
    /// Openings that a throttle or a storm held back.
    pub throttled: Family<Kind, Counter>,
    /// How long the brain takes for a batch of commits, in seconds.
    pub commit_seconds: Histogram,
    /// How long the brain takes for a batch of loads, in seconds.
    pub load_seconds: Histogram,
    /// Deliveries that went into the journal because the brain was away.
    pub spooled: Counter,
    /// Tries of pages that went out without the brain, by their ending: `sent`, `retried`, `failed`.
    pub fallback: Family<Kind, Counter>,
    /// Times that the brain has forgotten something: `certain`, `possible` (another server holds
    /// it), or `lost` (it is empty, or another store).
    pub rollbacks: Family<Kind, Counter>,
    /// Deliveries that were replayed from the journal after that.
    pub replayed: Counter,
    /// Whether the brain answered last time.
    pub brain_up: Gauge<i64, AtomicI64>,
    /// Open incidents by where their escalation stands: `waiting`, `taken`, `held`, `exhausted`,
    /// `nobody` (no policy is paged), and `dead`, which the auditor has just repaired.
    pub escalations: Family<State, Gauge>,
    /// Pages that waited because their person had just been paged: `bundled` or `delayed`.
    pub queued: Family<Kind, Counter>,
    /// Reads of changed files, by what they hold and how it ended.
    pub reloads: Family<Reload, Counter>,
    /// Whether the files in use are those on disk, by what they hold.
    pub files_current: Family<Files, Gauge<i64, AtomicI64>>,
}

impl Default for Meters {
    fn default() -> Self {
        let seconds = || Histogram::new(exponential_buckets(0.000_05, 2.5, 14));
        let meters = Self {
            registry: Mutex::new(Registry::with_prefix("warroom")),
            reports: Family::default(),
            decisions: Family::default(),
            conflicts: Counter::default(),
            effects: Family::default(),
            agenda_lag: Gauge::default(),
            throttled: Family::default(),
            commit_seconds: seconds(),
            load_seconds: seconds(),
            spooled: Counter::default(),
            fallback: Family::default(),
            rollbacks: Family::default(),
            replayed: Counter::default(),
            brain_up: Gauge::default(),
            escalations: Family::default(),
            queued: Family::default(),
            reloads: Family::default(),
            files_current: Family::default(),
        };
        meters.register();
        meters.register_brain();
        meters.files_current.get_or_create(&Files { what: "rules" }).set(1);
        meters
    }
}

impl Meters {
    fn register(&self) {
        self.with_registry(|registry| {
            registry.register(
                "reports",
                "Reports about alerts, by what was decided",
                self.reports.clone(),
            );
            registry.register(
                "decisions",
                "Decisions, by the kind of input",
                self.decisions.clone(),
            );
            registry.register(
                "conflicts",
                "Decisions made again after a conflict",
                self.conflicts.clone(),
            );
            registry.register(
                "effects",
                "Tries of effects, by kind and ending",
                self.effects.clone(),
            );
            registry.register(
                "agenda_lag_seconds",
                "How late the last claimed row was",
                self.agenda_lag.clone(),
            );
            registry.register(
                "throttled",
                "Openings held back, by what held them",
                self.throttled.clone(),
            );
            registry.register(
                "brain_commit_seconds",
                "Time of a batch of commits",
                self.commit_seconds.clone(),
            );
            registry.register(
                "brain_load_seconds",
                "Time of a batch of loads",
                self.load_seconds.clone(),
            );
            registry.register(
                "escalations_current",
                "Open incidents, by where their escalation stands",
                self.escalations.clone(),
            );
            registry.register(
                "pages_queued",
                "Pages that waited for others to the same person, by how that ended",
                self.queued.clone(),
            );
            registry.register("reloads", "Reads of changed files", self.reloads.clone());
            registry.register(
                "files_current",
                "Whether the files on disk are in use",
                self.files_current.clone(),
            );
        });
    }

    fn register_brain(&self) {
        self.with_registry(|registry| {
            registry.register(
                "spooled",
                "Deliveries journaled while the brain was away",
                self.spooled.clone(),
            );
            registry.register(
                "fallback_pages",
                "Tries of pages without the brain, by their ending",
                self.fallback.clone(),
            );
            registry.register(
                "brain_rollbacks",
                "Times that the brain has forgotten something",
                self.rollbacks.clone(),
            );
            registry.register(
                "brain_replayed",
                "Deliveries replayed after the brain had forgotten",
                self.replayed.clone(),
            );
            registry.register(
                "brain_up",
                "Whether the brain answered last time",
                self.brain_up.clone(),
            );
        });
    }

    /// Notes how reading changed files ended; `what` they hold: `rules`, `dashboards`.
    pub fn reloaded(&self, what: &'static str, is_good: bool) {
        let kind = if is_good { "good" } else { "broken" };
        self.reloads.get_or_create(&Reload { what, kind }).inc();
        self.files_current.get_or_create(&Files { what }).set(i64::from(is_good));
    }

    /// Lets another part of the program register meters of its own.
    pub fn with_registry<T>(&self, register: impl FnOnce(&mut Registry) -> T) -> T {
        let mut registry = self.registry.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        register(&mut registry)
    }

    /// All meters in the `OpenMetrics` text format.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut text = String::new();
        match self.with_registry(|registry| encode(&mut text, registry)) {
            Ok(()) => text,
            // Writing into a string cannot fail; half a text would only mislead.
            Err(std::fmt::Error) => String::new(),
        }
    }
}
