//! `/api/v1/incidents`: what is wrong, and what happened.

use axum::Json;
use axum::extract::{Path, RawQuery, State as Shared};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::query::Query;
use crate::domain::ids::Number;
use crate::domain::incident::Stored;
use crate::engine::views::IncidentView;
use crate::server::problem::Problem;
use crate::server::routes::Route;
use crate::server::state::State;

/// The routes of this file.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/incidents", "Incidents, the newest first", list)
            .query(&[
                ("before", "Only incidents with a lower number"),
                ("limit", "How many, 100 unless it says otherwise, at most 1000"),
            ])
            .gives::<Incidents>(),
        Route::get("/api/v1/incidents/{n}", "One incident", one).gives::<IncidentView>(),
        Route::get("/api/v1/incidents/{n}/timeline", "What happened, in order", timeline)
            .query(&[
                ("from", "The number of the first event; they count from 1"),
                ("limit", "How many, 100 unless it says otherwise, at most 1000"),
            ])
            .gives::<Told>(),
    ]
}

/// A page of incidents.
#[derive(Debug, Serialize, JsonSchema)]
struct Incidents {
    /// The newest first.
    incidents: Vec<IncidentView>,
    /// The `before` of the next page; none: there is nothing older.
    next: Option<u64>,
}

/// A page of a timeline.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Timeline")]
struct Told {
    /// The oldest first.
    #[schemars(with = "Vec<TimelineEvent>")]
    events: Vec<Stored>,
    /// The `from` of the next page; none: nothing has happened since.
    next: Option<u64>,
}

/// One event; only for the document. Each kind has further fields of its own.
#[derive(Debug, JsonSchema)]
#[expect(dead_code, reason = "its schema is what is used")]
struct TimelineEvent {
    /// Its place, from 1.
    number: u64,
    /// When it was decided.
    at: DateTime<Utc>,
    /// What kind of fact it is: `incident_opened`, `alert_fired`, `room_opened` …
    event: String,
}

async fn list(
    Shared(state): Shared<State>,
    RawQuery(query): RawQuery,
) -> Result<Json<Incidents>, Problem> {
    let query = Query::read(query.as_deref(), &["before", "limit"])?;
    let before = query.get::<u64>("before")?.map(Number);
    let incidents = state.engine.incidents(before, query.limit()?).await?;
    let next = incidents.last().map(|incident| incident.number).filter(|number| *number > 1);
    Ok(Json(Incidents { incidents, next }))
}

async fn one(
    Shared(state): Shared<State>,
    Path(number): Path<String>,
) -> Result<Json<IncidentView>, Problem> {
    Ok(Json(state.engine.incident(read_number(&number)?).await?))
}

async fn timeline(
    Shared(state): Shared<State>,
    Path(number): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Told>, Problem> {
    let query = Query::read(query.as_deref(), &["from", "limit"])?;
    let (from, limit) = (query.get::<u64>("from")?.unwrap_or(1).max(1), query.limit()?);
    let events = state.engine.timeline(read_number(&number)?, from, limit).await?;
    let next = events.last().filter(|_| events.len() >= limit).map(|last| last.number + 1);
    Ok(Json(Told { events, next }))
}

/// The number of an incident, as it stands in a path.
pub(super) fn read_number(text: &str) -> Result<Number, Problem> {
    let bad = |_| Problem::invalid(format!("{text:?} is not the number of an incident"));
    text.parse().map(Number).map_err(bad)
}
