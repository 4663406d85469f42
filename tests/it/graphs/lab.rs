//! An engine with a metrics source that the test plays, and a room whose posts it reads.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use warroom::adapters::ingest::Delivery;
use warroom::adapters::metrics::{Answer, Metrics, Range, Trouble};
use warroom::domain::alert::{Alert, Report, What};
use warroom::domain::chart::{Point, Series};
use warroom::domain::dashboard::Library;
use warroom::domain::ids::EffectId;
use warroom::domain::incident::{Effect, PostKey, Receipt, Settings};
use warroom::domain::room::Post;
use warroom::engine::clock::System;
use warroom::engine::outside::{Failure, Order, Outside};
use warroom::engine::sources::Sources;
use warroom::engine::{Engine, Options, Parts, Storm};

use crate::world::line::Line;
use crate::world::wait::until;

/// For what the engine does by itself, on a busy machine.
pub(super) const SOON: Duration = Duration::from_secs(30);

const RULES: &str = r#"
[[rule]]
name = "slow"
match = 'alertname="Slow"'
group_by = ["service"]
title = "{{ labels.service }} is slow"
room = { name = "inc-{{ number }}" }
graphs = ["latency {{ labels.service }} 1h"]
"#;

const DASHBOARD: &str = r#"
[[graph]]
name = "latency"
args = ["service"]
unit = "s"
series = [{ legend = "p99", query = 'p99{service="{{ service }}"}' }]
"#;

/// How the source answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    Up,
    Down,
    Hangs,
}

/// A source, and what it was asked.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) mood: Mutex<Mood>,
    pub(super) asked: Mutex<Vec<(String, Range)>>,
}

impl Metrics for Source {
    fn range<'a>(
        &'a self,
        query: &'a str,
        range: Range,
        _: usize,
    ) -> BoxFuture<'a, Result<Answer, Trouble>> {
        self.asked.lock().unwrap().push((query.to_owned(), range));
        let mood = *self.mood.lock().unwrap();
        async move {
            match mood {
                Mood::Up => Ok(line(range)),
                Mood::Down => {
                    let (source_name, why) = ("prom".to_owned(), "connection refused".to_owned());
                    Err(Trouble::Away { source_name, why })
                }
                Mood::Hangs => std::future::pending().await,
            }
        }
        .boxed()
    }

    fn instant<'a>(
        &'a self,
        query: &'a str,
        at: DateTime<Utc>,
        most: usize,
    ) -> BoxFuture<'a, Result<Answer, Trouble>> {
        self.range(query, Range { from: at, to: at, step: TimeDelta::seconds(1) }, most)
    }

    fn label_values<'a>(
        &'a self,
        _: &'a str,
        _: &'a str,
        _: Range,
    ) -> BoxFuture<'a, Result<Vec<String>, Trouble>> {
        ready(Ok(Vec::new())).boxed()
    }

    fn about(&self) -> BoxFuture<'_, Result<String, Trouble>> {
        ready(Ok("played".to_owned())).boxed()
    }
}

fn line(range: Range) -> Answer {
    let step = range.step.num_milliseconds();
    let points = (0..100).map(|at| Point {
        at: range.from.timestamp_millis() + at * step,
        value: 0.1 + at as f64 / 100.0,
    });
    Answer {
        series: vec![Series { points: points.collect(), ..Series::default() }],
        ..Answer::default()
    }
}

/// What was said, with its id and place.
pub(super) type Said = (EffectId, PostKey, Post);

/// The outside: rooms open, and everything that is said or closed is noted.
#[derive(Debug, Default)]
struct Rooms {
    said: Mutex<Vec<Said>>,
    closed: Mutex<Vec<usize>>,
}

impl Outside for Rooms {
    fn perform(&self, order: Order) -> BoxFuture<'_, Result<Receipt, Failure>> {
        let mut said = self.said.lock().unwrap();
        match order.effect {
            Effect::Post { key, post, .. } => said.push((order.id, key, post)),
            Effect::CloseRoom { .. } => self.closed.lock().unwrap().push(said.len()),
            _ => {}
        }
        ready(Ok(Receipt { id: "console:1".into(), at: None })).boxed()
    }
}

/// The engine and what is around it.
pub(super) struct Lab {
    pub(super) engine: Arc<Engine>,
    pub(super) source: Arc<Source>,
    rooms: Arc<Rooms>,
}

impl Lab {
    pub(super) async fn start(mood: Mood) -> Self {
        let source = Arc::new(Source { mood: Mutex::new(mood), asked: Mutex::default() });
        let rooms = Arc::new(Rooms::default());
        let mut sources = Sources { default: Some("prom".into()), ..Sources::default() };
        sources.metrics.insert("prom".into(), source.clone());
        let engine = Engine::with_sources(parts(rooms.clone(), RULES), sources);
        let (library, faults) = Library::parse(&[("d/x.toml".to_owned(), DASHBOARD.to_owned())]);
        assert!(faults.is_empty(), "{faults}");
        engine.take_dashboards(library);
        engine.start().await.unwrap();
        Self { engine, source, rooms }
    }

    pub(super) fn turn(&self, mood: Mood) {
        *self.source.mood.lock().unwrap() = mood;
    }

    pub(super) async fn alert(&self, service: &str, is_over: bool) {
        let now = Utc::now();
        let alert = Alert {
            labels: [("alertname".into(), "Slow".into()), ("service".into(), service.into())]
                .into(),
            annotations: Default::default(),
            starts_at: now - TimeDelta::minutes(5),
            is_start_unnamed: false,
            generator_url: Default::default(),
            source: "test".into(),
        };
        let what = if is_over {
            What::Resolved { ended_at: now }
        } else {
            What::Firing { expires_at: None }
        };
        let report = Report { alert: Arc::new(alert), what };
        let delivery = Delivery {
            source: "test".into(),
            reports: vec![report],
            refused: Vec::new(),
            truncated: 0,
            received_at: now,
        };
        self.engine.ingest(delivery).await.unwrap();
    }

    /// Waits for the pictures and words that graphs have said, as many as these.
    pub(super) async fn graphs(&self, count: usize) -> Vec<Said> {
        until(&format!("{count} words of graphs"), SOON, async || {
            let all = self.rooms.said.lock().unwrap().clone();
            let slots: Vec<Said> =
                all.into_iter().filter(|(_, key, _)| matches!(key, PostKey::Slot(_))).collect();
            (slots.len() >= count).then_some(slots)
        })
        .await
    }

    /// Waits until the room is closed; gives how much had been said before.
    pub(super) async fn closed(&self) -> usize {
        until("the room is closed", SOON, async || {
            self.rooms.closed.lock().unwrap().first().copied()
        })
        .await
    }
}

/// An engine's parts, with nothing but a brain, this outside, and these rules.
pub(crate) fn parts(rooms: Arc<dyn Outside>, rules: &str) -> Parts {
    let book = warroom::wiring::read_book(&[("rules/x.toml".to_owned(), rules.to_owned())]);
    let policy = serde_json::json!({
        "rule": { "name": "storm", "file": "config", "line": 0 },
        "title": "storm", "severity": "sev1", "labels": {}, "room": null, "ticket": null,
        "page": null, "run": null,
        "timing": { "reopen_within": "5m", "close_after": "0s", "escalate_after": "5m", "escalate_steps": 1 },
    });
    Parts {
        brain: Arc::new(Line::to_new()),
        outside: rooms,
        clock: Arc::new(System::default()),
        journal: None,
        notes: Default::default(),
        book: book.unwrap_or_else(|faults| panic!("{faults}")).0,
        options: Options {
            holder: "test".into(),
            is_shared: false,
            is_fast: false,
            settings: Settings::default(),
            heartbeats: Default::default(),
            storm: Storm {
                incidents: 1_000_000,
                window: TimeDelta::minutes(1),
                calm: TimeDelta::minutes(5),
                policy: serde_json::from_value(policy).unwrap(),
            },
            openings: None,
            lease: Duration::from_secs(3),
            poll: Duration::from_millis(100),
        },
    }
}
