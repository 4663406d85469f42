//! What the server counts, for `/metrics`.

use std::sync::atomic::AtomicI64;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

/// One kind of answer.
#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(super) struct Answered {
    /// The route as it is registered, or `none`.
    pub(super) route: &'static str,
    /// The method as it is registered, or `other`.
    pub(super) method: &'static str,
    /// The HTTP status.
    pub(super) status: u16,
}

/// Why a request, an alert or a connection was not taken; a closed set.
#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(super) struct Why {
    /// The reason.
    pub(super) reason: &'static str,
}

/// Every meter of the server.
#[derive(Debug, Clone)]
pub(super) struct Meters {
    /// Answers by route, method and status.
    pub(super) requests: Family<Answered, Counter>,
    /// What was refused, by reason.
    pub(super) rejected: Family<Why, Counter>,
    /// Bytes of bodies, as they came.
    pub(super) body_bytes: Counter,
    /// Alerts that were taken.
    pub(super) alerts: Counter,
    /// Requests being worked on.
    pub(super) in_flight: Gauge<i64, AtomicI64>,
    /// From the head to the answer's head.
    pub(super) seconds: Histogram,
    /// Handlers that panicked.
    pub(super) panics: Counter,
}

impl Meters {
    /// Meters that show up in `registry`.
    pub(super) fn register(registry: &mut Registry) -> Self {
        let meters = Self {
            requests: Family::default(),
            rejected: Family::default(),
            body_bytes: Counter::default(),
            alerts: Counter::default(),
            in_flight: Gauge::default(),
            seconds: Histogram::new(exponential_buckets(0.000_05, 2.5, 14)),
            panics: Counter::default(),
        };
        let http = registry.sub_registry_with_prefix("http");
        http.register("requests", "Answers by route and status", meters.requests.clone());
        http.register("rejected", "What was refused, by reason", meters.rejected.clone());
        http.register("body_bytes", "Bytes of bodies as they came", meters.body_bytes.clone());
        http.register("alerts_taken", "Alerts that were taken", meters.alerts.clone());
        http.register("in_flight", "Requests being worked on", meters.in_flight.clone());
        http.register("request_seconds", "From head to answer", meters.seconds.clone());
        http.register("panics", "Handlers that panicked", meters.panics.clone());
        meters
    }

    /// Counts one refusal.
    pub(super) fn reject(&self, reason: &'static str) {
        self.rejected.get_or_create(&Why { reason }).inc();
    }
}
