//! Errors as Alertmanager words and shapes them.
//!
//! It has two shapes: an object with a code from its framework, and a bare JSON string with a line
//! end from its own handlers. Go clients read either into the type of that answer, so each error
//! must have the shape that it has there.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::engine::views::Refusal;
use crate::server::problem;

/// One error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::server) struct Complaint {
    status: StatusCode,
    body: String,
}

impl Complaint {
    /// An object whose code is the HTTP status.
    pub(in crate::server) fn coded(status: StatusCode, message: &str) -> Self {
        Self { status, body: json!({ "code": status.as_u16(), "message": message }).to_string() }
    }

    /// 422 with one of the framework's own codes,
    /// <https://github.com/go-openapi/errors/blob/master/schema.go>.
    pub(super) fn invalid(code: u16, message: &str) -> Self {
        let body = json!({ "code": code, "message": message }).to_string();
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, body }
    }

    /// A string.
    pub(super) fn text(status: StatusCode, message: &str) -> Self {
        Self { status, body: format!("{}\n", json!(message)) }
    }

    /// Nothing but a status.
    pub(super) fn bare(status: StatusCode) -> Self {
        Self { status, body: String::new() }
    }
}

impl From<Refusal> for Complaint {
    fn from(refusal: Refusal) -> Self {
        Self::text(problem::status(&refusal), &refusal.to_string())
    }
}

impl IntoResponse for Complaint {
    fn into_response(self) -> Response {
        if self.body.is_empty() {
            return self.status.into_response();
        }
        let mut answer = (self.status, self.body).into_response();
        let headers = answer.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
        answer
    }
}
