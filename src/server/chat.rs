//! `/hooks/chat/…` and `/_matrix/app/…`: what chat platforms send to us.
//!
//! The platform itself checks who sent a request, over the body as it came.

use axum::body::Body;
use axum::extract::{OriginalUri, Path, Request, State as Shared};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::access::Access;
use super::body::{self, Held, Reader};
use super::problem::Problem;
use super::routes::Route;
use super::state::State;
use crate::adapters::chat::platform::{Call, Reply};

/// Bytes of one request: platforms send single events.
const BYTES_MAX: usize = 1 << 20;
/// Bytes of one transaction: Synapse sends up to 100 events, of 64 KiB each at most.
const TRANSACTION_BYTES_MAX: usize = 8 << 20;
/// Where a homeserver finds an application service:
/// <https://spec.matrix.org/v1.11/application-service-api/#homeserver---application-service-api>.
const MATRIX: &str = "/_matrix/app/v1/";

/// The routes of this file.
pub(super) fn routes() -> Vec<Route> {
    let hooked = "Tell what happened on the chat platform in the path";
    let pushed = "Tell what happened on Matrix, as a homeserver that knows us as its service";
    let user = "Ask as a Matrix homeserver whether a user shall be made: never";
    let room = "Ask as a Matrix homeserver whether a room shall be made: never";
    let ping = "Try as a Matrix homeserver whether we are there";
    let routes = vec![
        Route::post("/hooks/chat/{platform}", hooked, hook),
        Route::put("/_matrix/app/v1/transactions/{transaction}", pushed, matrix),
        Route::get("/_matrix/app/v1/users/{user}", user, matrix),
        Route::get("/_matrix/app/v1/rooms/{alias}", room, matrix),
        Route::post("/_matrix/app/v1/ping", ping, matrix),
    ];
    routes.into_iter().map(|route| route.access(Access::Source)).collect()
}

async fn hook(
    Shared(state): Shared<State>,
    Path(platform): Path<String>,
    request: Request,
) -> Response {
    let (head, held) = match read(&state, request, BYTES_MAX).await {
        Ok(read) => read,
        Err(problem) => return problem.into_response(),
    };
    let header = |name: &str| text(&head, name);
    let reply = state.engine.chat_hook(&platform, call(&head, &held, "", &header)).await;
    let missing = || format!("no chat platform {platform:?} is configured");
    answer(&state, reply, missing)
}

/// A homeserver calls no platform by its name: its token says which one it means.
async fn matrix(
    Shared(state): Shared<State>,
    OriginalUri(uri): OriginalUri,
    request: Request,
) -> Response {
    let (head, held) = match read(&state, request, TRANSACTION_BYTES_MAX).await {
        Ok(read) => read,
        Err(problem) => return problem.into_response(),
    };
    let path = uri.path().strip_prefix(MATRIX).unwrap_or_default();
    let header = |name: &str| text(&head, name);
    let reply = state.engine.chat_door("matrix", call(&head, &held, path, &header)).await;
    answer(&state, reply, || "no homeserver of Matrix is configured".to_owned())
}

async fn read(state: &State, request: Request, most: usize) -> Result<(Parts, Held), Problem> {
    let (head, body) = request.into_parts();
    match body::read(state, &head.headers, body, &Reader::of(&head, most)).await {
        Ok(held) => Ok((head, held)),
        Err(refused) => {
            state.meters.reject(refused.reason());
            Err(Problem::new(refused.status(), refused.to_string()))
        }
    }
}

fn text(head: &Parts, name: &str) -> Option<String> {
    head.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

fn call<'a>(
    head: &'a Parts,
    held: &'a Held,
    path: &'a str,
    header: &'a (dyn Fn(&str) -> Option<String> + Send + Sync),
) -> Call<'a> {
    let query = head.uri.query().unwrap_or_default();
    Call { method: head.method.as_str(), path, query, header, body: &held.bytes }
}

fn answer(state: &State, reply: Option<Reply>, missing: impl FnOnce() -> String) -> Response {
    let Some(reply) = reply else {
        return Problem::new(StatusCode::NOT_FOUND, missing()).into_response();
    };
    // That there is no such user or room is an answer, not a refusal.
    if !(200..300).contains(&reply.status) && reply.status != 404 {
        state.meters.reject("chat_hook_refused");
    }
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(header::CONTENT_TYPE, reply.kind)], Body::from(reply.body)).into_response()
}
