//! Errors of our own API, as RFC 9457 `application/problem+json`.
//!
//! Each says what happened, whether anything changed, and what to do next.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

use crate::engine::views::Refusal;

/// What went wrong, <https://www.rfc-editor.org/rfc/rfc9457>.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(super) struct Problem {
    /// Always `about:blank`: the status says what kind of problem it is.
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    /// The status in words.
    pub(super) title: &'static str,
    /// The HTTP status.
    pub(super) status: u16,
    /// What happened.
    pub(super) detail: String,
    /// Whether anything was changed before it went wrong.
    pub(super) changed: bool,
    /// What to do next.
    pub(super) next: &'static str,
}

impl Problem {
    /// A problem before which nothing was changed.
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        let title = status.canonical_reason().unwrap_or("Error");
        let next = advice(status);
        let detail = detail.into();
        Self { kind: "about:blank", title, status: status.as_u16(), detail, changed: false, next }
    }

    /// The request is not well-formed.
    pub(super) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// The same problem with better advice.
    pub(super) fn next(mut self, next: &'static str) -> Self {
        self.next = next;
        self
    }
}

fn advice(status: StatusCode) -> &'static str {
    match status {
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => {
            "correct the request; /api/v1/openapi.json says what it may hold"
        }
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            "ask from this machine, or send the API token as `Authorization: Bearer …`"
        }
        StatusCode::NOT_FOUND => "look at /api/v1/incidents for what there is",
        StatusCode::CONFLICT => "look at how it stands now, and decide again",
        StatusCode::PAYLOAD_TOO_LARGE => "send less at once",
        StatusCode::SERVICE_UNAVAILABLE => "send the same request again in some seconds",
        StatusCode::INTERNAL_SERVER_ERROR => "look in the log for the request's id, `x-request-id`",
        _ => "look at /api/v1/openapi.json for what there is",
    }
}

/// The status that says a refusal.
pub(super) fn status(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        Refusal::NotFound(_) => StatusCode::NOT_FOUND,
        Refusal::Conflict(_) => StatusCode::CONFLICT,
        Refusal::Invalid(_) => StatusCode::BAD_REQUEST,
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::new(status(&refusal), refusal.to_string())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut answer = (status, axum::Json(self)).into_response();
        let kind = HeaderValue::from_static("application/problem+json");
        answer.headers_mut().insert(header::CONTENT_TYPE, kind);
        if status == StatusCode::SERVICE_UNAVAILABLE {
            answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
        if status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer realm=\"warroom\"");
            answer.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
        }
        answer
    }
}
