//! `/api/v1/incidents`: what is wrong, and what happened.

use axum::extract::{Path, RawQuery, State as Shared};
use axum::{Extension, Json};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::query::Query;
use crate::domain::access::Actor;
use crate::domain::ids::Number;
use crate::domain::incident::Stored;
use crate::engine::listing::{self, Search, Wanted};
use crate::engine::views::IncidentView;
use crate::server::problem::Problem;
use crate::server::routes::Route;
use crate::server::state::State;

/// Bytes of a search: longer ones are no words.
const WORDS_BYTES: usize = 200;

/// The routes of this file.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/incidents", "Incidents, the newest first", list)
            .query(&[
                ("state", "`open`, `mine` (open ones that you have taken) or `all`, which is meant without it"),
                ("q", "Words, each of which stands in the title, severity, rule, labels or names"),
                ("before", "Only incidents with a lower number"),
                ("max", "How many, 100 unless it says otherwise, at most 1000"),
                ("limit", "The same, as older clients say it"),
            ])
            .gives::<Incidents>(),
        Route::get("/api/v1/incidents/{n}", "One incident", one).gives::<IncidentView>(),
        Route::get("/api/v1/incidents/{n}/timeline", "What happened, in order", timeline)
            .query(&[
                ("from", "The number of the first event; they count from 1"),
                ("max", "How many, 100 unless it says otherwise, at most 1000"),
                ("limit", "The same, as older clients say it"),
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
    events: Vec<Sentence>,
    /// The `from` of the next page; none: nothing has happened since.
    next: Option<u64>,
}

/// One event; only for the document. Each kind has further fields of its own.
#[derive(Debug, JsonSchema)]
#[expect(dead_code, reason = "its schema is what is used")]
struct TimelineEvent {
    /// Its place, from 1.
    n: u64,
    /// When it was decided.
    at: DateTime<Utc>,
    /// What kind of fact it is: `incident_opened`, `alert_fired`, `room_opened` …
    event: String,
    /// What happened, in one sentence.
    text: String,
}

/// One event and what it says to people.
#[derive(Debug, Serialize)]
struct Sentence {
    /// Some notes have a `text` of their own, which the sentence takes in.
    #[serde(flatten)]
    event: serde_json::Value,
    text: String,
}

async fn list(
    Shared(state): Shared<State>,
    Extension(actor): Extension<Actor>,
    RawQuery(query): RawQuery,
) -> Result<Json<Incidents>, Problem> {
    let query = Query::read(query.as_deref(), &["state", "q", "before", "max", "limit"])?;
    let words = query.get::<String>("q")?.unwrap_or_default();
    if words.len() > WORDS_BYTES {
        return Err(Problem::invalid(format!("`q` is longer than {WORDS_BYTES} bytes")));
    }
    let search = Search {
        wanted: query.get::<Wanted>("state")?.unwrap_or_default(),
        me: actor.name,
        words: words.split_whitespace().map(str::to_owned).collect(),
        before: query.get::<u64>("before")?.map(Number),
        max: query.limit()?,
    };
    let listing::Found { incidents, next } = state.engine.search(&search).await?;
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
    let query = Query::read(query.as_deref(), &["from", "max", "limit"])?;
    let (from, limit) = (query.get::<u64>("from")?.unwrap_or(1).max(1), query.limit()?);
    let told = state.engine.told(read_number(&number)?, from, limit).await?;
    let last = told.last().filter(|_| told.len() >= limit);
    let next = last.map(|(stored, _)| stored.number + 1);
    let events = told.into_iter().filter_map(|(stored, text)| sentence(&stored, text)).collect();
    Ok(Json(Told { events, next }))
}

fn sentence(stored: &Stored, text: String) -> Option<Sentence> {
    let mut event = serde_json::to_value(stored).ok()?;
    if let Some(note) = event.as_object_mut().and_then(|event| event.remove("text")) {
        event.as_object_mut()?.insert("note".to_owned(), note);
    }
    Some(Sentence { event, text })
}

/// The number of an incident, as it stands in a path.
pub(super) fn read_number(text: &str) -> Result<Number, Problem> {
    let bad = |_| Problem::invalid(format!("{text:?} is not the number of an incident"));
    text.parse().map(Number).map_err(bad)
}
