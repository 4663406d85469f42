//! `/api/v1/tickets`: the local ticket register.

use axum::extract::{Path, RawQuery, Request, State as Shared};
use axum::{Extension, Json};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::commands;
use super::may::{Wish, permit};
use super::query::Query;
use crate::domain::access::Actor;
use crate::domain::ids::Number;
use crate::engine::tickets::{TicketView, Wanted};
use crate::server::problem::Problem;
use crate::server::routes::Route;
use crate::server::state::State;

/// The routes of this file.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/tickets", "Tickets of the local register, the newest first", list)
            .query(&[
                ("state", "`open`, which is meant without it, or `all`"),
                ("before", "Only tickets with a lower number"),
                ("max", "How many, 100 unless it says otherwise, at most 500"),
            ])
            .gives::<Tickets>(),
        Route::get("/api/v1/tickets/{id}", "One ticket", one).gives::<TicketView>(),
        Route::post("/api/v1/tickets/{id}/comment", "Say something about a ticket", comment)
            .takes::<Said>()
            .gives::<TicketView>(),
    ]
}

/// A page of tickets.
#[derive(Debug, Serialize, JsonSchema)]
struct Tickets {
    /// The newest first.
    tickets: Vec<TicketView>,
    /// The `before` of the next page; none: there is nothing older.
    next: Option<u64>,
}

/// A comment.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Said {
    /// What is said.
    text: String,
}

async fn list(
    Shared(state): Shared<State>,
    RawQuery(query): RawQuery,
) -> Result<Json<Tickets>, Problem> {
    let query = Query::read(query.as_deref(), &["state", "before", "max"])?;
    let wanted = query.get::<Wanted>("state")?.unwrap_or_default();
    let (before, max) = (query.get::<u64>("before")?, query.limit()?);
    let tickets = state.engine.tickets(wanted, before, max).await?;
    let next = tickets.last().map(|ticket| ticket.number).filter(|number| *number > 1);
    let next = next.filter(|_| wanted == Wanted::All || tickets.len() >= max);
    let tickets = tickets.into_iter().map(|ticket| linked(&state, ticket)).collect();
    Ok(Json(Tickets { tickets, next }))
}

async fn one(
    Shared(state): Shared<State>,
    Path(id): Path<String>,
) -> Result<Json<TicketView>, Problem> {
    Ok(Json(linked(&state, state.engine.ticket(&id).await?)))
}

async fn comment(
    Shared(state): Shared<State>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Json<TicketView>, Problem> {
    let Said { text } = commands::read(&state, request).await?;
    let ticket = state.engine.ticket(&id).await?;
    let (number, line) = (Number(ticket.incident), format!("comment {id}"));
    permit(&state, &actor, &Wish { verb: "comment", number, line: &line }).await?;
    Ok(Json(linked(&state, state.engine.comment(&id, actor.name, &text).await?)))
}

/// With a whole address, where people reach this server under a known one.
fn linked(state: &State, mut ticket: TicketView) -> TicketView {
    if let Some(base) = &state.options.external_url {
        ticket.url = format!("{}{}", base.as_str().trim_end_matches('/'), ticket.url);
    }
    ticket
}
