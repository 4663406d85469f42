//! An engine on a brain of its own, with a clock that can be set and an outside that the test plays.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use warroom::adapters::ingest::Delivery;
use warroom::brain::Brain;
use warroom::brain::embedded::{Embedded, Options as Store};
use warroom::domain::alert::{Alert, Report, What};
use warroom::domain::ids::{EffectId, Number};
use warroom::domain::incident::{Effect, Receipt, Settings, Stored};
use warroom::domain::rules::Ruleset;
use warroom::engine::clock::{Clock, System};
use warroom::engine::outside::{Failure, Order, Outside};
use warroom::engine::{Book, Engine, Options, Parts, Storm};

use crate::world::wait::until;

/// For what the engine does by itself, on a busy machine.
pub(super) const SOON: Duration = Duration::from_secs(20);
/// As in the real program.
pub(super) const LEASE: Duration = Duration::from_secs(3);
/// How long an engine may take to stop.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// One incident a service, paged in three steps.
pub(super) const RULES: &str = r#"
[[rule]]
name = "any"
match = 'alertname=~".+"'
group_by = ["service"]
title = "{{ labels.service }} is ill"
room = { name = "inc-{{ number }}" }
page = "oncall"
escalate_after = "5m"
escalate_steps = 3
"#;

/// The machine's clock, ahead or behind.
#[derive(Debug, Default)]
pub(super) struct Skewed {
    system: System,
    offset: Mutex<TimeDelta>,
}

impl Skewed {
    /// Sets the wall clock forward; what is waited for now goes on as before.
    pub(super) fn advance(&self, by: TimeDelta) {
        *self.offset.lock().unwrap() += by;
    }
}

impl Clock for Skewed {
    fn now(&self) -> DateTime<Utc> {
        self.system.now() + *self.offset.lock().unwrap()
    }

    fn uptime(&self) -> Duration {
        self.system.uptime()
    }

    fn sleep(&self, wait: Duration) -> BoxFuture<'static, ()> {
        self.system.sleep(wait)
    }

    fn random(&self) -> u128 {
        self.system.random()
    }
}

type Reply = BoxFuture<'static, Result<Receipt, Failure>>;

/// An outside that the test plays; it remembers every order.
pub(super) struct Played {
    orders: Mutex<Vec<Order>>,
    play: Box<dyn Fn(Order) -> Reply + Send + Sync>,
}

impl fmt::Debug for Played {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Played")
    }
}

impl Played {
    pub(super) fn new(play: impl Fn(Order) -> Reply + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { orders: Mutex::default(), play: Box::new(play) })
    }

    /// Does everything at once, and gives its own name as the receipt.
    pub(super) fn willing(name: &'static str) -> Arc<Self> {
        Self::new(move |_| done(name))
    }

    /// How many orders of a kind came.
    pub(super) fn count(&self, kind: &str) -> usize {
        self.orders.lock().unwrap().iter().filter(|order| order.effect.kind() == kind).count()
    }

    /// The incident and step of every page that has a key of its own, as its receiver counts them.
    pub(super) fn pages(&self) -> BTreeSet<(Number, u16, EffectId)> {
        let page = |order: &Order| match &order.effect {
            Effect::Page { number, step, .. } => Some((*number, *step, order.id)),
            _ => None,
        };
        self.orders.lock().unwrap().iter().filter_map(page).collect()
    }

    /// The steps that this incident was paged with, in order.
    pub(super) fn steps(&self, number: u64) -> Vec<u16> {
        let pages = self.pages();
        pages.iter().filter(|page| page.0.0 == number).map(|page| page.1).collect()
    }
}

/// The answer of what succeeds.
pub(super) fn done(id: &'static str) -> Reply {
    Box::pin(std::future::ready(Ok(Receipt { id: id.into(), at: None })))
}

impl Outside for Played {
    fn perform(&self, order: Order) -> BoxFuture<'_, Result<Receipt, Failure>> {
        self.orders.lock().unwrap().push(order.clone());
        (self.play)(order)
    }
}

/// The rules of one text.
pub(super) fn book(rules: &str) -> Book {
    let (rules, faults) = Ruleset::parse(&[("rules/test.toml".to_owned(), rules.to_owned())]);
    assert!(!faults.has_errors(), "{faults}");
    Book { rules, ..Book::default() }
}

/// A new embedded brain, and the folder that it lives in.
pub(super) fn brain() -> (Arc<dyn Brain>, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let options = Store { shards: 8, ..Store::default() };
    (Arc::new(Embedded::open(folder.path(), &options).unwrap()), folder)
}

/// A running engine with its clock.
pub(super) struct Lab {
    pub(super) engine: Arc<Engine>,
    pub(super) clock: Arc<Skewed>,
}

impl Lab {
    /// Starts an engine under [`RULES`].
    pub(super) async fn start(brain: &Arc<dyn Brain>, outside: &Arc<Played>) -> Self {
        Self::with(brain, outside, Arc::default(), 1_000_000).await
    }

    /// Starts an engine with this clock; more than `storm` incidents in a minute are a storm.
    pub(super) async fn with(
        brain: &Arc<dyn Brain>,
        outside: &Arc<Played>,
        clock: Arc<Skewed>,
        storm: u32,
    ) -> Self {
        let engine = Engine::new(Parts {
            brain: brain.clone(),
            outside: outside.clone(),
            clock: clock.clone(),
            journal: None,
            notes: Default::default(),
            book: book(RULES),
            options: options(storm),
        });
        engine.start().await.unwrap();
        Self { engine, clock }
    }

    /// Reports that these services are ill, one alert each, in one delivery.
    pub(super) async fn fire(&self, services: impl IntoIterator<Item = String>) {
        let reports = services.into_iter().map(|service| self.report(&service, "one")).collect();
        self.deliver(reports).await;
    }

    /// What a source says about one alert of a service that never goes stale.
    pub(super) fn report(&self, service: &str, instance: &str) -> Report {
        let labels = [("alertname", "Ill"), ("service", service), ("instance", instance)];
        let alert = Alert {
            labels: labels.map(|(name, value)| (name.into(), value.into())).into(),
            annotations: Default::default(),
            starts_at: self.clock.now(),
            is_start_unnamed: false,
            generator_url: "".into(),
            source: "test".into(),
        };
        Report { alert: Arc::new(alert), what: What::Firing { expires_at: None } }
    }

    pub(super) async fn deliver(&self, reports: Vec<Report>) {
        let delivery = Delivery {
            source: "test".into(),
            reports,
            refused: Vec::new(),
            truncated: 0,
            received_at: self.clock.now(),
        };
        self.engine.ingest(delivery).await.unwrap();
    }

    /// The timeline of an incident.
    pub(super) async fn timeline(&self, number: u64) -> Vec<Stored> {
        self.engine.timeline(Number(number), 1, 1000).await.unwrap()
    }

    /// The value of a meter, with its labels as `/metrics` shows it.
    pub(super) fn meter(&self, name: &str) -> f64 {
        let text = self.engine.meters().encode();
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.map_or(0.0, |value| value.parse().unwrap())
    }

    /// Waits until this holds.
    pub(super) async fn until(&self, what: &str, mut holds: impl AsyncFnMut() -> bool) {
        until(what, SOON, async || holds().await.then_some(())).await;
    }
}

fn options(storm: u32) -> Options {
    let policy = serde_json::json!({
        "rule": { "name": "storm", "file": "config", "line": 0 },
        "title": "storm", "severity": "sev1", "labels": {}, "ticket": null, "run": null,
        "room": { "name": "storm-{{ number }}", "invite": [] }, "page": "storm",
        "timing": { "reopen_within": "5m", "close_after": "0s", "escalate_after": "5m", "escalate_steps": 1 },
    });
    Options {
        holder: "test".into(),
        is_shared: false,
        is_fast: false,
        settings: Settings::default(),
        heartbeats: Default::default(),
        storm: Storm {
            incidents: storm,
            window: TimeDelta::minutes(1),
            calm: TimeDelta::minutes(5),
            policy: serde_json::from_value(policy).unwrap(),
        },
        openings: None,
        lease: LEASE,
        poll: Duration::from_millis(50),
    }
}
