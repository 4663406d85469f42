//! `/api/v1/audit`: the audit log, byte for byte, for whoever checks or keeps it.

use axum::Extension;
use axum::extract::{RawQuery, State as Shared};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};

use super::may::not_permitted;
use super::query::Query;
use crate::domain::access::{Action, Actor, Verdict};
use crate::engine::trail::{Attempt, Refused};
use crate::server::problem::Problem;
use crate::server::routes::Route;
use crate::server::state::State;

/// The command that reading the log is, for grants.
const VERB: &str = "audit";
/// Where the next page begins, as a header: the body is the log and nothing else.
const NEXT: &str = "x-warroom-next";

/// The routes of this file.
pub(super) fn routes() -> Vec<Route> {
    vec![Route::get("/api/v1/audit", "The audit log, a line of JSON for each record", read).query(
        &[
            ("from", "The number of the first record"),
            ("since", "In its place, the time of the oldest one, as RFC 3339 has it"),
            ("max", "How many, 100 unless it says otherwise, at most 500"),
        ],
    )]
}

/// The log tells who did what where, also in services that the reader may not look at: it needs a
/// grant of its own. That it was read is written down with the first page.
async fn read(
    Shared(state): Shared<State>,
    Extension(actor): Extension<Actor>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = Query::read(query.as_deref(), &["from", "since", "max"])?;
    let (since, max) = (query.get::<DateTime<Utc>>("since")?, query.limit()?);
    let action = Action { verb: VERB, resource: "", environment: "", changes: true };
    let from = query.get::<u64>("from")?;
    match (from, state.engine.may(&actor, &action)) {
        (Some(2..), Verdict::Allowed { .. }) => {}
        (_, Verdict::Denied { why }) => return Err(not_permitted(&state, &Refused::Denied(why))),
        (_, Verdict::Allowed { .. }) => note(&state, &actor, action, since).await?,
    }
    let from = match (from, since) {
        (Some(from), _) => from.max(1),
        (None, Some(since)) => state.engine.trail_since(since).await?,
        (None, None) => 1,
    };
    let lines = state.engine.trail_from(from, max).await?;
    let next = (from + u64::try_from(lines.len()).unwrap_or_default()).to_string();
    let mut body = Vec::new();
    for line in lines {
        body.extend(line);
        body.push(b'\n');
    }
    let kind = (header::CONTENT_TYPE.as_str(), "application/jsonl");
    Ok(([kind, (NEXT, &next)], body).into_response())
}

async fn note(
    state: &State,
    actor: &Actor,
    action: Action<'_>,
    since: Option<DateTime<Utc>>,
) -> Result<(), Problem> {
    let line = since.map_or("audit".to_owned(), |it| format!("audit since {}", it.to_rfc3339()));
    let attempt = Attempt { actor, action, line: &line, place: "api", incident: None };
    state.engine.permit(&attempt).await.map(drop).map_err(|refused| not_permitted(state, &refused))
}
