//! `/hooks/chat/…`: what chat platforms post to us.
//!
//! The platform itself checks who sent a request, over the body as it came.

use axum::body::Body;
use axum::extract::{Path, Request, State as Shared};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::access::Access;
use super::body::{self, Reader};
use super::problem::Problem;
use super::routes::Route;
use super::state::State;
use crate::adapters::chat::platform::Call;

/// Bytes of one request: platforms send single events.
const BYTES_MAX: usize = 1 << 20;

/// The routes of this file.
pub(super) fn routes() -> Vec<Route> {
    let summary = "Tell what happened on the chat platform in the path";
    vec![Route::post("/hooks/chat/{platform}", summary, hook).access(Access::Source)]
}

async fn hook(
    Shared(state): Shared<State>,
    Path(platform): Path<String>,
    request: Request,
) -> Response {
    let (head, body) = request.into_parts();
    let held = match body::read(&state, &head.headers, body, &Reader::of(&head, BYTES_MAX)).await {
        Ok(held) => held,
        Err(refused) => {
            state.meters.reject(refused.reason());
            return Problem::new(refused.status(), refused.to_string()).into_response();
        }
    };
    let header = |name: &str| {
        head.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
    };
    let call = Call {
        method: head.method.as_str(),
        path: "",
        query: head.uri.query().unwrap_or_default(),
        header: &header,
        body: &held.bytes,
    };
    let Some(reply) = state.engine.chat_hook(&platform, call).await else {
        let words = format!("no chat platform {platform:?} is configured");
        return Problem::new(StatusCode::NOT_FOUND, words).into_response();
    };
    if !(200..300).contains(&reply.status) {
        state.meters.reject("chat_hook_refused");
    }
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(header::CONTENT_TYPE, reply.kind)], Body::from(reply.body)).into_response()
}
