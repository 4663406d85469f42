//! Calls of the Web API: budget, deadline, and what Slack's error words mean.

use std::time::Duration;

use reqwest::header::RETRY_AFTER;
use reqwest::{RequestBuilder, StatusCode};
use serde_json::Value;
use url::Url;

use super::budget::Budget;
use crate::adapters::api::{self, Api, Miss, not_json};
use crate::adapters::failure::Failure;
use crate::domain::secret::Secret;

/// How long a call may take: people wait behind it.
const CALL_MAX: Duration = Duration::from_secs(10);
/// How long we wait where Slack says 429 and not how long:
/// <https://docs.slack.dev/apis/web-api/rate-limits/>.
const RETRY_AFTER_USUAL: Duration = Duration::from_secs(30);
/// How long we wait at most because an answer says so.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(600);

/// The Web API of one workspace.
#[derive(Debug)]
pub(super) struct Web {
    api: Api,
    budget: Budget,
}

/// Why a call gave nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Slack answered with this word.
    Said(String),
    /// There is no answer, or one that says what to do.
    Failed(Failure),
}

impl Trouble {
    /// Whether Slack said one of these words.
    pub(super) fn is_one_of(&self, words: &[&str]) -> bool {
        matches!(self, Self::Said(word) if words.contains(&word.as_str()))
    }
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Said(word) => meaning(&word),
            Trouble::Failed(failure) => failure,
        }
    }
}

impl Web {
    pub(super) fn new(url: Url, token: Secret) -> Result<Self, Failure> {
        let proof = api::Proof::Bearer(token);
        let api = Api::new(api::Options { proof, timeout: CALL_MAX, ..api::Options::new(url) })?;
        Ok(Self { api, budget: Budget::default() })
    }

    /// Calls a method that changes something. The room is the lane in which posts have a pace.
    pub(super) async fn change(
        &self,
        method: &'static str,
        room: Option<&str>,
        body: &Value,
    ) -> Result<Value, Trouble> {
        self.budget.take(method, room).map_err(|after| waiting(method, after))?;
        let request = self.api.client().post(self.api.url(&[method])).json(body);
        self.send(method, request).await
    }

    /// Calls a method that reads: those take their arguments in the address.
    pub(super) async fn read(
        &self,
        method: &'static str,
        query: &[(&str, &str)],
    ) -> Result<Value, Trouble> {
        self.budget.take(method, None).map_err(|after| waiting(method, after))?;
        let request = self.api.client().get(self.api.url(&[method])).query(query);
        self.send(method, request).await
    }

    /// The rights of the token, as the header of any answer names them, and Slack's clock.
    pub(super) async fn headers(&self) -> Result<(Option<String>, Option<String>), Failure> {
        let request = self.api.client().get(self.api.url(&["auth.test"]));
        let answer = request.send().await.map_err(|error| lost(&api::lost(&error)))?;
        let header = |name: &str| {
            answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        Ok((header("x-oauth-scopes"), header("date")))
    }

    /// Puts the bytes of a file where Slack said.
    pub(super) async fn upload(&self, url: &str, bytes: &[u8]) -> Result<(), Failure> {
        let url = Url::parse(url).map_err(|_| odd("the address for an upload is none"))?;
        // The address is Slack's word: our token goes nowhere but to the configured host.
        let request = crate::adapters::http::client().map_err(|_| odd("no HTTP client"))?;
        let request = request.post(url).header("content-type", "application/octet-stream");
        crate::adapters::http::send(request.body(bytes.to_vec())).await.map(drop)
    }

    async fn send(&self, method: &'static str, request: RequestBuilder) -> Result<Value, Trouble> {
        let failed = |miss: Miss| Trouble::Failed(lost(&miss));
        let response = request.send().await.map_err(|error| failed(api::lost(&error)))?;
        let seconds = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let after = seconds.and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
        if response.status() == StatusCode::TOO_MANY_REQUESTS {
            let after = after.unwrap_or(RETRY_AFTER_USUAL).min(RETRY_AFTER_MAX);
            self.budget.pause(method, after);
            return Err(waiting(method, after));
        }
        let body = self.api.read(response).await.map_err(failed)?;
        let answer: Value = serde_json::from_slice(&body).map_err(|_| unread(&body))?;
        match answer["ok"].as_bool() {
            Some(true) => Ok(answer),
            Some(false) => {
                let word = answer["error"].as_str().unwrap_or("no_error_named");
                if word == "ratelimited" {
                    self.budget.pause(method, RETRY_AFTER_USUAL);
                }
                tracing::debug!(method, word, "slack did not do it");
                Err(Trouble::Said(word.chars().filter(|c| !c.is_control()).take(100).collect()))
            }
            None => Err(unread(&body)),
        }
    }
}

fn unread(body: &[u8]) -> Trouble {
    Trouble::Failed(odd(not_json(body)))
}

/// Whatever answered, it may have been Slack behind it: what was asked may have been done.
fn odd(why: &str) -> Failure {
    Failure::Unknown { why: format!("slack: {why}") }
}

fn waiting(method: &str, after: Duration) -> Trouble {
    let why = format!("slack: {method} has used up its budget");
    Trouble::Failed(Failure::Retry { why, after: Some(after) })
}

fn lost(miss: &Miss) -> Failure {
    let why = format!("slack: {}", miss.told(CALL_MAX));
    match miss {
        Miss::Away("no connection") => Failure::Retry { why, after: None },
        Miss::Status(status, _) if status.is_redirection() => Failure::Broken { why },
        Miss::Status(
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND,
            _,
        ) => Failure::Broken { why },
        Miss::Away(_) | Miss::Slow | Miss::TooMuch | Miss::Status(..) => Failure::Unknown { why },
    }
}

/// What an error word means: <https://docs.slack.dev/reference/methods/chat.postMessage#errors>.
fn meaning(word: &str) -> Failure {
    let why = format!("slack says {word}");
    match word {
        "ratelimited" | "rate_limited" => Failure::Retry { why, after: Some(RETRY_AFTER_USUAL) },
        "service_unavailable" | "team_added_to_org" => Failure::Retry { why, after: None },
        "internal_error" | "fatal_error" | "request_timeout" | "no_error_named" => {
            Failure::Unknown { why }
        }
        "invalid_auth" | "not_authed" | "account_inactive" | "token_revoked" | "token_expired" => {
            let why = format!("{why}: install the app again and put its new token in place");
            Failure::Broken { why }
        }
        "missing_scope"
        | "no_permission"
        | "not_allowed_token_type"
        | "access_denied"
        | "org_login_required"
        | "ekm_access_denied"
        | "restricted_action"
        | "team_access_not_granted" => {
            let why = format!("{why}: compare the app's rights with `warroom slack manifest`");
            Failure::Broken { why }
        }
        _ => Failure::Refused { why },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_slack_decides_what_happens_next() {
        assert!(matches!(meaning("channel_not_found"), Failure::Refused { .. }));
        assert!(matches!(meaning("is_archived"), Failure::Refused { .. }));
        assert!(matches!(meaning("token_revoked"), Failure::Broken { .. }));
        assert!(matches!(meaning("missing_scope"), Failure::Broken { .. }));
        assert!(matches!(meaning("fatal_error"), Failure::Unknown { .. }));
        assert!(matches!(meaning("ratelimited"), Failure::Retry { after: Some(_), .. }));
        assert!(matches!(meaning("a_word_of_tomorrow"), Failure::Refused { .. }));
    }
}
