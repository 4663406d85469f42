//! One call of the REST API, and what its errors mean: `mattermost/mattermost:
//! api/v4/source/introduction.yaml`, "Error Handling" and "Rate Limiting".

use std::time::Duration;

use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::Value;

use super::budget::{Budget, Lane};
use super::options::Options;
use crate::adapters::api::{self, Api, Miss, Proof, not_json};
use crate::adapters::failure::Failure;

/// One call; the engine gives a whole order 30 s, and an order may take several calls.
const CALL_MAX: Duration = Duration::from_secs(10);
/// How long we wait where a server says 429 and not how long: its window is a second.
const LIMITED: Duration = Duration::from_secs(1);
/// How long we wait at most because an answer says so: longer is an outage.
const LIMITED_MAX: Duration = Duration::from_secs(600);
/// What is left of the window: `server/channels/app/ratelimit.go`.
const REMAINING: &str = "x-ratelimit-remaining";

/// A server as one token sees it.
#[derive(Debug)]
pub(super) struct Server {
    api: Api,
    budget: Budget,
}

/// Why a call gave nothing.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    /// `app.channel.get.existing.app_error`; empty where the answer was none of Mattermost.
    pub(super) id: String,
    /// The status of the answer; none where there was none.
    pub(super) status: Option<StatusCode>,
    /// What it means for a repetition.
    pub(super) failure: Failure,
}

impl Fault {
    /// Whether the server said one of these.
    pub(super) fn is_one_of(&self, ids: &[&str]) -> bool {
        ids.contains(&self.id.as_str())
    }

    /// Whether Mattermost itself answered so.
    pub(super) fn is(&self, status: StatusCode) -> bool {
        !self.id.is_empty() && self.status == Some(status)
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
            ..api::Options::new(options.url.clone())
        })?;
        Ok(Self { api, budget: Budget::default() })
    }

    pub(super) async fn get(&self, path: &[&str]) -> Result<Value, Fault> {
        self.send(Lane::First, self.request(Method::GET, path)).await
    }

    pub(super) async fn post(&self, path: &[&str], body: &Value) -> Result<Value, Fault> {
        self.send(Lane::First, self.request(Method::POST, path).json(body)).await
    }

    /// Changes what is there already.
    pub(super) async fn put(&self, path: &[&str], body: &Value) -> Result<Value, Fault> {
        self.send(Lane::Edit, self.request(Method::PUT, path).json(body)).await
    }

    /// A request below `/api/v4`.
    pub(super) fn request(&self, method: Method, path: &[&str]) -> RequestBuilder {
        self.api.client().request(method, self.api.url(&[&["api", "v4"], path].concat()))
    }

    /// The headers of an answer: clock, limits, version.
    pub(super) async fn headers(&self) -> Result<HeaderMap, Failure> {
        let sent = self.request(Method::GET, &["users", "me"]).send().await;
        match sent {
            Ok(answer) => Ok(answer.headers().clone()),
            Err(error) => Err(self.fault(&api::lost(&error)).failure),
        }
    }

    /// Sends it, inside the budget, and reads JSON.
    pub(super) async fn send(&self, lane: Lane, request: RequestBuilder) -> Result<Value, Fault> {
        self.budget.take(lane).map_err(waiting)?;
        let sent = request.send().await;
        let response = sent.map_err(|error| self.fault(&api::lost(&error)))?;
        let (status, left) = (response.status(), left(response.headers()));
        if status == StatusCode::TOO_MANY_REQUESTS {
            let after = left.unwrap_or(LIMITED).min(LIMITED_MAX);
            self.budget.pause(after);
            return Err(waiting(after));
        }
        if let Some(after) = left {
            self.budget.pause(after.min(LIMITED_MAX));
        }
        let body = self.api.read(response).await.map_err(|miss| self.fault(&miss))?;
        let answer: Option<Value> = serde_json::from_slice(&body).ok();
        // Whatever answered, it may have been Mattermost behind it.
        answer.filter(|it| it.is_object() || it.is_array()).ok_or_else(|| odd(not_json(&body)))
    }

    fn fault(&self, miss: &Miss) -> Fault {
        let why = format!("mattermost: {}", miss.told(CALL_MAX));
        let (status, body) = match miss {
            Miss::Away("no connection") => return bare(Failure::Retry { why, after: None }),
            Miss::Away(_) | Miss::Slow | Miss::TooMuch => return bare(Failure::Unknown { why }),
            Miss::Status(status, body) => (*status, body),
        };
        let answer: Value = serde_json::from_slice(body).unwrap_or_default();
        let id: String = text(&answer, "id").chars().filter(char::is_ascii_graphic).collect();
        let words = self.api.words(text(&answer, "message"));
        let failure = match status {
            _ if status.is_server_error() => Failure::Unknown { why: format!("{why}: {words}") },
            StatusCode::UNAUTHORIZED => Failure::Broken {
                why:
                    "mattermost does not take the bot's token: make a new one under Integrations, \
                      Bot Accounts, and put it into the configuration"
                        .to_owned(),
            },
            // A proxy's page: nothing was said about what we asked.
            _ if id.is_empty() => Failure::Broken { why },
            _ => Failure::Refused { why: format!("mattermost refused: {words} ({id})") },
        };
        Fault { id, status: Some(status), failure }
    }
}

/// How long to rest, where an answer says so. The header about a reset tells when all of the window is
/// free again, which nobody has to wait for.
fn left(headers: &HeaderMap) -> Option<Duration> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
    let asked = number(RETRY_AFTER.as_str()).map(Duration::from_secs);
    let used_up = (number(REMAINING) == Some(0)).then_some(LIMITED);
    asked.or(used_up).filter(|after| !after.is_zero())
}

fn waiting(after: Duration) -> Fault {
    let why = "mattermost: the budget of calls is used up".to_owned();
    bare(Failure::Retry { why, after: Some(after) })
}

fn bare(failure: Failure) -> Fault {
    Fault { id: String::new(), status: None, failure }
}

/// An answer that Mattermost does not give: what was asked may have been done.
pub(super) fn odd(why: &str) -> Fault {
    bare(Failure::Unknown { why: format!("mattermost: {why}") })
}

/// A text of an answer; what is missing is empty.
pub(super) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// A number of an answer; what is missing is 0.
pub(super) fn number(value: &Value, key: &str) -> i64 {
    value.get(key).and_then(Value::as_i64).unwrap_or_default()
}

/// A text that an answer must have: else it came from something else.
pub(super) fn required<'a>(value: &'a Value, key: &str) -> Result<&'a str, Fault> {
    match text(value, key) {
        "" => Err(odd(&format!("the answer has no {key}"))),
        text => Ok(text),
    }
}

/// A list; anything else is empty.
pub(super) fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
