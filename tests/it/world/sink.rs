//! An HTTP server that records what it is sent, and answers as it is told.
//!
//! It stands for whatever warroom or a real program calls: a pager, a runbook executor, a webhook
//! receiver, a target that Prometheus scrapes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use tokio::net::TcpListener;

use super::wait::until;

/// How the sink answers from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Behaviour {
    /// With this status and an empty body.
    Status(u16),
    /// Not before this time; it has recorded the call by then.
    After(Duration),
}

/// One call that arrived.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// Where to.
    pub(crate) path: String,
    /// With which headers, names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    /// What it said.
    pub(crate) body: String,
}

impl Call {
    /// The body as JSON; `null` when it is none.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// The key by which a receiver tells a repetition; empty when none was sent.
    pub(crate) fn key(&self) -> String {
        self.headers.get("idempotency-key").cloned().unwrap_or_default()
    }
}

#[derive(Debug)]
struct Inner {
    behaviour: Mutex<Behaviour>,
    calls: Mutex<Vec<Call>>,
}

/// The server; it ends with the test's runtime.
#[derive(Debug, Clone)]
pub(crate) struct Sink {
    inner: Arc<Inner>,
    address: String,
}

impl Sink {
    /// Starts on a free port and answers 200.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let behaviour = Mutex::new(Behaviour::Status(200));
        let inner = Arc::new(Inner { behaviour, calls: Mutex::default() });
        let router = Router::new().fallback(record).with_state(Arc::clone(&inner));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { inner, address }
    }

    /// `host:port`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The address of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Answers like this from now on.
    pub(crate) fn behave(&self, behaviour: Behaviour) {
        *self.inner.behaviour.lock().unwrap() = behaviour;
    }

    /// Everything that arrived, in order.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.inner.calls.lock().unwrap().clone()
    }

    /// The calls to one path.
    pub(crate) fn calls_to(&self, path: &str) -> Vec<Call> {
        self.calls().into_iter().filter(|call| call.path == path).collect()
    }

    /// How often each idempotency key arrived at one path.
    pub(crate) fn times_by_key(&self, path: &str) -> BTreeMap<String, usize> {
        let mut times = BTreeMap::new();
        for call in self.calls_to(path) {
            *times.entry(call.key()).or_default() += 1;
        }
        times
    }

    /// Waits until at least so many calls to a path have arrived, and gives them.
    pub(crate) async fn receives(&self, path: &str, count: usize, limit: Duration) -> Vec<Call> {
        until(&format!("{count} calls to {path}"), limit, async || {
            Some(self.calls_to(path)).filter(|calls| calls.len() >= count)
        })
        .await
    }
}

async fn record(
    State(inner): State<Arc<Inner>>,
    uri: Uri,
    map: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let headers = map
        .iter()
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into()))
        .collect();
    let (path, body) = (uri.path().to_owned(), String::from_utf8_lossy(&body).into_owned());
    inner.calls.lock().unwrap().push(Call { path, headers, body });
    let behaviour = *inner.behaviour.lock().unwrap();
    match behaviour {
        Behaviour::Status(status) => StatusCode::from_u16(status).unwrap(),
        Behaviour::After(time) => {
            tokio::time::sleep(time).await;
            StatusCode::OK
        }
    }
}
