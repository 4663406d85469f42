//! `/api/v1/executors/…`: where executors on other machines ask what to do, and say what was done.
//!
//! Each proves itself with a token of its own, which opens nothing else. A question for calls stays
//! open until there is one.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, Request, State as Shared};
use axum::http::{HeaderMap, StatusCode, header};
use axum::{Extension, Json};
use serde::de::DeserializeOwned;

use crate::executor::protocol::{Calls, Next, Words};
use crate::executor::{Seat, Seats};
use crate::server::access::Access;
use crate::server::body::{self, Reader};
use crate::server::problem::Problem;
use crate::server::routes::Route;
use crate::server::serve::Stopping;
use crate::server::session::is_same;
use crate::server::state::State;

/// How long a question stays open: shorter than what proxies cut (60 s is common).
const OPEN_MAX: Duration = Duration::from_secs(25);
/// Bytes of what an executor says at once.
const WORDS_BYTES: usize = 1024 * 1024;

/// The routes of this file.
pub(super) fn routes() -> Vec<Route> {
    let routes = [
        Route::post(
            "/api/v1/executors/{name}/next",
            "Ask for the next calls, as an executor",
            next,
        ),
        Route::post("/api/v1/executors/{name}/said", "Say what was done, as an executor", said),
    ];
    // Its own token is looked at by the handler.
    routes.map(|route| route.access(Access::Source).takes::<serde_json::Value>()).into()
}

async fn next(
    Shared(state): Shared<State>,
    Path(name): Path<String>,
    stopping: Option<Extension<Stopping>>,
    request: Request,
) -> Result<Json<Calls>, Problem> {
    let (seat, _) = seat(&state, &name, request.headers())?;
    let next: Next = read(&state, request).await?;
    let Some(place) = seat.sit(&next.process) else {
        let why = format!("another process is connected as the executor {name}");
        return Err(Problem::new(StatusCode::CONFLICT, why));
    };
    let stopping = stopping.map(|Extension(Stopping(stop))| stop).unwrap_or_default();
    let calls = tokio::select! {
        calls = seat.next(OPEN_MAX) => calls,
        () = stopping.cancelled() => Vec::new(),
    };
    place.answered();
    Ok(Json(Calls { calls }))
}

async fn said(
    Shared(state): Shared<State>,
    Path(name): Path<String>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let (seat, seats) = seat(&state, &name, request.headers())?;
    let words: Words = read(&state, request).await?;
    for said in words.said {
        seat.hear(said, &*seats.hears).await.map_err(|failure| {
            let why = format!("a report was not taken: {failure}");
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, why).next("say it again")
        })?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// The seat of whoever proves that it is theirs. A name that is not known is refused like a token that
/// is wrong.
fn seat(state: &State, name: &str, headers: &HeaderMap) -> Result<(Arc<Seat>, Seats), Problem> {
    let brought = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let brought = brought.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    let seats = state.options.executors.clone();
    let found = seats.and_then(|seats| {
        let token = seats.tokens.get(name)?;
        let is_its = !token.reveal().is_empty() && is_same(token.reveal(), brought);
        let seat = is_its.then(|| seats.hub.seat(name)).flatten()?;
        Some((seat, seats))
    });
    found.ok_or_else(|| {
        state.meters.reject("executor_token");
        let why = "this executor's name and token are not in [executors]";
        Problem::new(StatusCode::UNAUTHORIZED, why)
    })
}

async fn read<T: DeserializeOwned>(state: &State, request: Request) -> Result<T, Problem> {
    let (head, body) = request.into_parts();
    let refused = |refused: body::Refused| Problem::new(refused.status(), refused.to_string());
    let reader = Reader::of(&head, WORDS_BYTES);
    let held = body::read(state, &head.headers, body, &reader).await.map_err(refused)?;
    let held = held.decoded(state, &head.headers, WORDS_BYTES).map_err(refused)?;
    serde_json::from_slice(&held.bytes)
        .map_err(|error| Problem::invalid(format!("cannot read what the executor says: {error}")))
}
