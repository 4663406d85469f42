//! One call to a homeserver, and what its errors mean:
//! <https://spec.matrix.org/v1.11/client-server-api/#standard-error-response>.

use std::sync::Mutex;
use std::time::Duration;

use compact_str::CompactString;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio::sync::OnceCell;
use tokio::time::Instant;

use super::options::Options;
use crate::adapters::api::{self, Api, Miss, Proof};
use crate::adapters::failure::Failure;

/// One call; the engine gives a whole order 30 s, and an order may take several calls.
const CALL_MAX: Duration = Duration::from_secs(10);
/// How long we wait at most because a homeserver says so: longer is an outage.
const LIMITED_MAX: Duration = Duration::from_secs(600);
/// How long after a refusal without a time.
const LIMITED: Duration = Duration::from_secs(5);

/// A homeserver as one account sees it.
#[derive(Debug)]
pub(super) struct Server {
    api: Api,
    me: OnceCell<Me>,
    /// Set by a 429 and asked before each call that counts; it lives as long as it says.
    limited: Mutex<Option<Instant>>,
    /// Our user's name, where we are an application service: such a user has to be made once.
    sender: Option<String>,
}

/// Who we are there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Me {
    /// `@warroom:example.org`.
    pub(super) id: CompactString,
    /// `example.org`.
    pub(super) server: CompactString,
    /// The device of our token; an application service has none.
    pub(super) device: Option<String>,
}

/// Why a call gave nothing.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    /// `M_ROOM_IN_USE`; empty where the answer was none of a homeserver.
    pub(super) code: String,
    /// What it means for a repetition.
    pub(super) failure: Failure,
}

impl Fault {
    pub(super) fn is(&self, code: &str) -> bool {
        self.code == code
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        fault.failure
    }
}

impl Server {
    pub(super) fn new(options: &Options) -> Result<Self, Failure> {
        let api = Api::new(api::Options {
            proof: Proof::Bearer(options.token.clone()),
            trusted: options.trusted.clone(),
            timeout: CALL_MAX,
            ..api::Options::new(options.homeserver.clone())
        })?;
        let sender = options.service.as_ref().map(|service| service.sender.clone());
        Ok(Self { api, me: OnceCell::new(), limited: Mutex::new(None), sender })
    }

    /// Who our token says that we are; asked once.
    pub(super) async fn me(&self) -> Result<&Me, Fault> {
        self.me
            .get_or_try_init(async || {
                self.make_sender().await?;
                self.whoami().await
            })
            .await
    }

    /// <https://spec.matrix.org/v1.11/application-service-api/#server-admin-style-permissions>.
    async fn make_sender(&self) -> Result<(), Fault> {
        let Some(name) = &self.sender else { return Ok(()) };
        let body = json!({"type": "m.login.application_service", "username": name});
        match self.post(&["v3", "register"], &body).await {
            Err(fault) if !fault.is("M_USER_IN_USE") => Err(fault),
            _ => Ok(()),
        }
    }

    /// Who our token says that we are, asked anew.
    pub(super) async fn whoami(&self) -> Result<Me, Fault> {
        let answer = self.get(&["v3", "account", "whoami"]).await?;
        let id = required(&answer, "user_id")?;
        let server = id.split_once(':').map(|(_, server)| server).unwrap_or_default();
        let device = answer.get("device_id").and_then(Value::as_str).map(ToOwned::to_owned);
        Ok(Me { id: id.into(), server: server.into(), device })
    }

    pub(super) async fn get(&self, path: &[&str]) -> Result<Value, Fault> {
        self.send(self.request(Method::GET, path)).await
    }

    /// A call that the homeserver's limits count.
    pub(super) async fn call(
        &self,
        method: Method,
        path: &[&str],
        body: &Value,
    ) -> Result<Value, Fault> {
        self.unlimited()?;
        self.send(self.request(method, path).json(body)).await
    }

    pub(super) async fn put(&self, path: &[&str], body: &Value) -> Result<Value, Fault> {
        self.call(Method::PUT, path, body).await
    }

    pub(super) async fn post(&self, path: &[&str], body: &Value) -> Result<Value, Fault> {
        self.call(Method::POST, path, body).await
    }

    /// A request below `/_matrix/client`.
    pub(super) fn request(&self, method: Method, path: &[&str]) -> RequestBuilder {
        self.request_to(method, &[&["_matrix", "client"], path].concat())
    }

    /// A request anywhere.
    pub(super) fn request_to(&self, method: Method, path: &[&str]) -> RequestBuilder {
        self.api.client().request(method, self.api.url(path))
    }

    /// Sends it and reads JSON.
    pub(super) async fn send(&self, request: RequestBuilder) -> Result<Value, Fault> {
        let body = self.api.fetch(request).await.map_err(|miss| self.fault(&miss))?;
        serde_json::from_slice(&body).map_err(|_| {
            // A proxy in between may have said this after the homeserver acted.
            let why = format!("the homeserver: {}", api::not_json(&body));
            Fault { code: String::new(), failure: Failure::Unknown { why } }
        })
    }

    fn unlimited(&self) -> Result<(), Fault> {
        let until = self.limited.lock().ok().and_then(|until| *until);
        let left = until.map(|until| until.saturating_duration_since(now())).unwrap_or_default();
        if left.is_zero() {
            return Ok(());
        }
        let why = "the homeserver limits how much we may say".to_owned();
        let code = "M_LIMIT_EXCEEDED".to_owned();
        Err(Fault { code, failure: Failure::Retry { why, after: Some(left) } })
    }

    fn fault(&self, miss: &Miss) -> Fault {
        let (status, body) = match miss {
            Miss::Away("no connection") => return plain(self.api.failure(miss)),
            Miss::Away(why) => return plain(Failure::Unknown { why: (*why).to_owned() }),
            Miss::Slow | Miss::TooMuch => return plain(self.api.failure(miss)),
            Miss::Status(status, body) => (*status, body),
        };
        let answer: Value = serde_json::from_slice(body).unwrap_or_default();
        let code = text(&answer, "errcode").to_owned();
        let words = self.api.words(text(&answer, "error"));
        if status == StatusCode::TOO_MANY_REQUESTS {
            let after = wait(&answer);
            if let Ok(mut limited) = self.limited.lock() {
                *limited = Some(now() + after);
            }
            let why = "the homeserver limits how much we may say".to_owned();
            return Fault { code, failure: Failure::Retry { why, after: Some(after) } };
        }
        let failure = match code.as_str() {
            "M_UNKNOWN_TOKEN" | "M_MISSING_TOKEN" | "M_USER_DEACTIVATED" => Failure::Broken {
                why: format!(
                    "the homeserver does not take our access token any more ({code}): make a new \
                     one and put it into the configuration"
                ),
            },
            "M_UNRECOGNIZED" => {
                Failure::Broken { why: format!("the homeserver does not know this call: {words}") }
            }
            "" => self.api.failure(miss),
            _ if status.is_server_error() => {
                Failure::Unknown { why: format!("the homeserver answered {status}: {words}") }
            }
            _ => Failure::Refused { why: format!("the homeserver refused: {words} ({code})") },
        };
        Fault { code, failure }
    }
}

fn plain(failure: Failure) -> Fault {
    Fault { code: String::new(), failure }
}

fn wait(answer: &Value) -> Duration {
    let millis = answer.get("retry_after_ms").and_then(Value::as_u64);
    millis.map_or(LIMITED, Duration::from_millis).min(LIMITED_MAX)
}

fn now() -> Instant {
    Instant::now()
}

/// A text of an answer; what is missing is empty.
pub(super) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// A text that an answer must have: else it came from something else than a homeserver.
pub(super) fn required<'a>(value: &'a Value, key: &str) -> Result<&'a str, Fault> {
    let why = || format!("the homeserver: the answer has no {key}");
    match text(value, key) {
        "" => Err(plain(Failure::Unknown { why: why() })),
        text => Ok(text),
    }
}

/// An empty body, where one must be sent.
pub(super) fn nothing() -> Value {
    json!({})
}
