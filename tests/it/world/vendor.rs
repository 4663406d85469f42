//! A vendor's API as a function: it sees a call, may remember it, and says what is answered.
//!
//! What it refuses, the vendor refuses: each test that uses it names where the vendor says so.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::Response;
use serde_json::Value;
use tokio::net::TcpListener;

/// One call that arrived.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// `GET`, `POST` …
    pub(crate) method: String,
    /// Where to, percent-encoded as it came.
    pub(crate) path: String,
    /// The query, decoded.
    pub(crate) query: BTreeMap<String, String>,
    /// With which headers, names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    /// What it said.
    pub(crate) body: String,
}

impl Call {
    /// The body as JSON; `null` when it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// The body as a form.
    pub(crate) fn form(&self) -> BTreeMap<String, String> {
        url::form_urlencoded::parse(self.body.as_bytes()).into_owned().collect()
    }

    /// A header; empty when it was not sent.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The parts of the path.
    pub(crate) fn parts(&self) -> Vec<&str> {
        self.path.split('/').filter(|part| !part.is_empty()).collect()
    }
}

/// What is answered.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// This status and JSON.
    Json(u16, Value),
    /// This status and text.
    Text(u16, String),
    /// A good status, and then the connection breaks: nobody learns what was done.
    Breaks,
}

type Answer = dyn Fn(&Call) -> Reply + Send + Sync;

struct Inner {
    answer: Box<Answer>,
    calls: Mutex<Vec<Call>>,
}

/// The server; it ends with the test's runtime.
#[derive(Clone)]
pub(crate) struct Vendor {
    inner: Arc<Inner>,
    address: String,
}

impl Vendor {
    /// Starts on a free port.
    pub(crate) async fn start(answer: impl Fn(&Call) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let inner = Arc::new(Inner { answer: Box::new(answer), calls: Mutex::default() });
        let router = Router::new().fallback(take).with_state(inner.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { inner, address }
    }

    /// Nobody, at this address.
    pub(crate) fn elsewhere(url: &str) -> Self {
        let inner = Inner { answer: Box::new(|_| Reply::Breaks), calls: Mutex::default() };
        let address = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
        Self { inner: Arc::new(inner), address }
    }

    /// Answers everything with this.
    pub(crate) async fn saying(reply: Reply) -> Self {
        Self::start(move |_| reply.clone()).await
    }

    /// Where it begins.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Everything that arrived, in order.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.inner.calls.lock().unwrap().clone()
    }

    /// The one call that arrived.
    pub(crate) fn call(&self) -> Call {
        let calls = self.calls();
        assert_eq!(calls.len(), 1, "{calls:#?}");
        calls[0].clone()
    }
}

async fn take(
    State(inner): State<Arc<Inner>>,
    method: Method,
    uri: Uri,
    map: HeaderMap,
    body: Bytes,
) -> Response {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let query = uri.query().unwrap_or_default();
    let call = Call {
        method: method.to_string(),
        path: uri.path().to_owned(),
        query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        headers: map.iter().map(|(name, it)| (name.to_string(), text(it.as_bytes()))).collect(),
        body: text(&body),
    };
    let reply = (inner.answer)(&call);
    inner.calls.lock().unwrap().push(call);
    let (status, kind, body) = match reply {
        Reply::Json(status, value) => (status, "application/json", Body::from(value.to_string())),
        Reply::Text(status, text) => (status, "text/html", Body::from(text)),
        Reply::Breaks => {
            let broken = futures_util::stream::once(async {
                Err::<Bytes, _>(std::io::Error::other("the connection breaks"))
            });
            (200, "application/json", Body::from_stream(broken))
        }
    };
    let status = StatusCode::from_u16(status).unwrap();
    Response::builder().status(status).header("content-type", kind).body(body).unwrap()
}
