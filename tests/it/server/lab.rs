//! A server on a free port with the real engine behind it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use reqwest::{Method, RequestBuilder, Response};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use warroom::domain::incident::{Receipt, Settings};
use warroom::domain::rules::Ruleset;
use warroom::domain::secret::Secret;
use warroom::engine::clock::{Clock, System};
use warroom::engine::outside::{Failure, Order, Outside};
use warroom::engine::{Book, Engine, Options, Parts, Storm};
use warroom::server::{self, State};

use crate::world::line::Line;

const RULES: &str = r#"
[[rule]]
name = "disk"
match = 'alertname=~"Disk.*"'
group_by = ["alertname", "instance"]
severity = "sev2"
title = "{{ labels.alertname }}"

[[rule]]
name = "slow"
match = 'alertname="Slow"'
group_by = ["service"]
severity = "sev2"
title = "{{ labels.service }} is slow"
"#;

/// For what the engine does by itself, on a busy machine.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// Takes every effect and does nothing.
#[derive(Debug)]
struct Nowhere;

impl Outside for Nowhere {
    fn perform(&self, _: Order) -> BoxFuture<'_, Result<Receipt, Failure>> {
        futures_util::future::ready(Ok(Receipt::default())).boxed()
    }
}

/// The server under test.
pub(crate) struct Lab {
    pub(crate) address: SocketAddr,
    pub(crate) brain: Arc<Line>,
    pub(crate) engine: Arc<Engine>,
    pub(crate) stop: CancellationToken,
    pub(crate) serving: tokio::task::JoinHandle<std::io::Result<()>>,
    client: reqwest::Client,
}

impl Lab {
    /// With no configuration.
    pub(crate) async fn start() -> Self {
        Self::with(server::Options::default()).await
    }

    /// With sources and a token.
    pub(crate) async fn with(options: server::Options) -> Self {
        Self::at(options, Arc::new(System::default())).await
    }

    /// With a clock of the test's own.
    #[expect(clippy::disallowed_methods, reason = "the server runs beside the test")]
    pub(crate) async fn at(options: server::Options, clock: Arc<dyn Clock>) -> Self {
        let brain = Arc::new(Line::to_new());
        let engine = engine(brain.clone(), clock.clone());
        engine.start().await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = server::router(State::new(engine.clone(), clock, options));
        let stop = CancellationToken::new();
        let serving = tokio::spawn(server::serve(listener, router, stop.clone()));
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Self { address, brain, engine, stop, serving, client }
    }

    /// The address of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A request to be sent.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.url(path))
    }

    /// The status and text of a question.
    pub(crate) async fn get(&self, path: &str) -> (u16, String) {
        read(self.request(Method::GET, path).send().await.unwrap()).await
    }

    /// The JSON of a question that must be answered.
    pub(crate) async fn json(&self, path: &str) -> Value {
        let (status, text) = self.get(path).await;
        assert_eq!(status, 200, "{path}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// The status and text of a report or command in JSON.
    pub(crate) async fn post(&self, path: &str, body: impl Into<reqwest::Body>) -> (u16, String) {
        let request = self.request(Method::POST, path).header("content-type", "application/json");
        read(request.body(body).send().await.unwrap()).await
    }

    /// Sends bytes as they are, and gives what comes back until the server closes.
    pub(crate) async fn raw(&self, bytes: &[u8], limit: Duration) -> Option<String> {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        closed(&mut stream, limit).await
    }

    /// The value of a meter, given with its labels as `/metrics` shows it.
    pub(crate) async fn meter(&self, name: &str) -> f64 {
        let (_, text) = self.get("/metrics").await;
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.map_or(0.0, |value| value.parse().unwrap())
    }
}

/// The real routes with nothing behind them, to be put below a stand-in; the token opens them.
pub(crate) async fn router(token: &str) -> axum::Router {
    let (brain, clock) = (Arc::new(Line::to_new()), Arc::new(System::default()));
    let engine = engine(brain, clock.clone());
    engine.start().await.unwrap();
    let options = server::Options { token: Some(Secret::new(token)), ..server::Options::default() };
    server::router(State::new(engine, clock, options))
}

/// The real routes on a free port, for executors that connect; gives the address.
#[expect(clippy::disallowed_methods, reason = "the test's runtime ends it")]
pub(crate) async fn seats_at(seats: warroom::executor::Seats) -> String {
    let (brain, clock) = (Arc::new(Line::to_new()), Arc::new(System::default()));
    let engine = engine(brain, clock.clone());
    engine.start().await.unwrap();
    let options = server::Options { executors: Some(seats), ..server::Options::default() };
    let router = server::router(State::new(engine, clock, options));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// What comes until the other side closes; none when it does not in time.
pub(crate) async fn closed(stream: &mut TcpStream, limit: Duration) -> Option<String> {
    let mut bytes = Vec::new();
    // A reset is an end as well.
    drop(tokio::time::timeout(limit, stream.read_to_end(&mut bytes)).await.ok()?);
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The status and text of an answer.
pub(crate) async fn read(answer: Response) -> (u16, String) {
    (answer.status().as_u16(), answer.text().await.unwrap())
}

/// An alert as Prometheus posts it.
pub(crate) fn alert(labels: &[(&str, &str)]) -> Value {
    let labels: serde_json::Map<String, Value> =
        labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
    serde_json::json!({ "labels": labels })
}

fn engine(brain: Arc<Line>, clock: Arc<dyn Clock>) -> Arc<Engine> {
    let (rules, faults) = Ruleset::parse(&[("rules/test.toml".to_owned(), RULES.to_owned())]);
    assert!(!faults.has_errors(), "{faults}");
    let policy = serde_json::from_value(serde_json::json!({
        "rule": { "name": "storm", "file": "config", "line": 0 },
        "title": "storm", "severity": "sev1", "labels": {}, "room": null, "ticket": null,
        "page": null, "run": null,
        "timing": { "reopen_within": "5m", "close_after": "0s", "escalate_after": "5m", "escalate_steps": 1 },
    }));
    Engine::new(Parts {
        brain,
        outside: Arc::new(Nowhere),
        clock,
        journal: None,
        notes: Default::default(),
        book: Book { rules, ..Book::default() },
        options: Options {
            holder: "test".into(),
            is_shared: false,
            is_fast: false,
            settings: Settings::default(),
            heartbeats: Default::default(),
            storm: Storm {
                incidents: 1_000_000,
                window: chrono::TimeDelta::minutes(1),
                calm: chrono::TimeDelta::minutes(5),
                policy: policy.unwrap(),
            },
            openings: None,
            lease: Duration::from_secs(5),
            poll: Duration::from_millis(100),
        },
    })
}
