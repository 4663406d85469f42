//! The night itself: a process over a store, with a town around it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::layer::SubscriberExt;
use warroom::brain::Brain;
use warroom::brain::embedded::{self, Embedded};
use warroom::engine::Engine;
use warroom::engine::clock::Clock;
use warroom::server::{self, State};

use super::clock::Manual;

use super::log::Errors;
use super::setup::{Setup, TOKEN, book};
use super::town::{Town, Weather};
use crate::world::line::{Busy, Line};

/// So often everything that can run runs before the world counts as still: longer than any chain of
/// tasks that wake each other without asking the brain.
const ROUNDS: usize = 64;
/// How often Prometheus says again what fires.
const PROMETHEUS_EVERY: Duration = Duration::from_secs(60);
/// The largest answer that a story reads.
const ANSWER_BYTES: usize = 1 << 20;

/// The night.
pub(crate) struct World {
    pub(super) clock: Arc<Manual>,
    pub(super) town: Arc<Town>,
    /// What Prometheus says, by the alert's words, with the time when each began.
    pub(super) firing: BTreeMap<String, DateTime<Utc>>,
    prometheus_at: Duration,
    setup: Setup,
    brain: Arc<dyn Brain>,
    busy: Arc<Busy>,
    line: Arc<Line>,
    pub(super) engine: Arc<Engine>,
    pub(super) router: Router,
    errors: Errors,
    _log: DefaultGuard,
    _folder: TempDir,
}

impl World {
    /// A quiet night with these rules.
    pub(crate) async fn new(rules: &str) -> Self {
        Self::with(Setup::new(rules)).await
    }

    /// A quiet night with this configuration.
    pub(crate) async fn with(setup: Setup) -> Self {
        let errors = Errors::default();
        let log = tracing_subscriber::registry().with(errors.clone());
        let log = tracing::subscriber::set_default(log);
        let (clock, town) = (Arc::new(Manual::default()), Arc::new(Town::default()));
        let folder = tempfile::tempdir().unwrap();
        let options = embedded::Options { shards: 4, ..Default::default() };
        let brain: Arc<dyn Brain> = Arc::new(Embedded::open(folder.path(), &options).unwrap());
        let busy = Arc::new(Busy::default());
        let line = Arc::new(Line::new(brain.clone(), busy.clone()));
        let engine = setup.engine(line.clone(), town.clone(), clock.clone());
        engine.start().await.unwrap();
        let router = server::router(State::new(engine.clone(), clock.clone(), setup.server()));
        let world = Self {
            clock,
            town,
            firing: BTreeMap::new(),
            prometheus_at: PROMETHEUS_EVERY,
            setup,
            brain,
            busy,
            line,
            engine,
            router,
            errors,
            _log: log,
            _folder: folder,
        };
        world.settle().await;
        world
    }

    /// The process dies between any two instructions, and another begins on the same store.
    pub(crate) async fn crash(&mut self) {
        self.line.cut();
        self.line = Arc::new(Line::new(self.brain.clone(), self.busy.clone()));
        let (town, clock) = (self.town.clone(), self.clock.clone());
        self.engine = self.setup.engine(self.line.clone(), town, clock.clone());
        self.engine.start().await.unwrap();
        let state = State::new(self.engine.clone(), clock, self.setup.server());
        self.router = server::router(state);
        self.moment().await;
    }

    /// The rule file is saved with other rules.
    pub(crate) async fn edit_rules(&mut self, rules: &str) {
        rules.clone_into(&mut self.setup.rules);
        self.engine.reload(book(rules));
        self.moment().await;
    }

    /// From now on this kind of effect fares so.
    pub(crate) fn weather(&self, kind: &'static str, weather: Weather) {
        self.town.set_weather(kind, Some(weather));
    }

    /// This kind of effect works again.
    pub(crate) fn clear_weather(&self, kind: &'static str) {
        self.town.set_weather(kind, None);
    }

    /// The time now.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Time passes; Prometheus says every minute what fires.
    pub(crate) async fn pass(&mut self, wait: TimeDelta) {
        let end = self.clock.uptime() + wait.to_std().unwrap();
        while self.prometheus_at <= end {
            self.run_until(self.prometheus_at).await;
            self.prometheus_at += PROMETHEUS_EVERY;
            self.repeat().await;
        }
        self.run_until(end).await;
    }

    /// Two seconds: what was waiting to become one edit is sent.
    pub(super) async fn moment(&mut self) {
        self.pass(TimeDelta::seconds(2)).await;
    }

    async fn run_until(&self, end: Duration) {
        self.settle().await;
        while self.clock.step(end) {
            self.settle().await;
        }
    }

    /// Waits until everybody waits for the clock or for the outside.
    async fn settle(&self) {
        loop {
            for _ in 0..ROUNDS {
                tokio::task::yield_now().await;
            }
            if !self.busy.wait().await {
                return;
            }
        }
    }

    /// Asks the router, as whoever holds the token; gives the status and the answer.
    pub(crate) async fn ask(&self, method: Method, path: &str, body: String) -> (u16, Value) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {TOKEN}"))
            .header("content-type", "application/json")
            .body(Body::from(body))
            .unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let status = answer.status().as_u16();
        let bytes = to_bytes(answer.into_body(), ANSWER_BYTES).await.unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::String(text)))
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let errors = self.errors.take();
        assert!(errors.is_empty(), "the log has errors: {errors:#?}");
        let unexpected = super::expect::listed(&self.town);
        assert!(unexpected.is_empty(), "sent, and nobody expected it:\n{unexpected}");
    }
}
