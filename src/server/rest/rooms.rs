//! `/api/v1/rooms`: the rooms that warroom keeps, and what was said in them.

use axum::Json;
use axum::extract::{Path, RawQuery, State as Shared};
use schemars::JsonSchema;
use serde::Serialize;

use super::query::Query;
use crate::domain::room::Entry;
use crate::engine::listing::RoomView;
use crate::server::problem::Problem;
use crate::server::routes::Route;
use crate::server::state::State;

/// The routes of this file.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/rooms", "Every room, the ops room first, then the worst", list)
            .gives::<Rooms>(),
        Route::get("/api/v1/rooms/{room}/entries", "What was said in a room, in order", entries)
            .query(&[
                ("from", "The number of the first entry; they count from 1"),
                ("before", "In place of `from`: the last entries before this number"),
                ("max", "How many, 100 unless it says otherwise, at most 500"),
            ])
            .gives::<Entries>(),
    ]
}

/// Every room.
#[derive(Debug, Serialize, JsonSchema)]
struct Rooms {
    /// Those with a name, then those of incidents that are not closed, the worst and newest first.
    rooms: Vec<RoomView>,
}

/// A page of a room.
#[derive(Debug, Serialize, JsonSchema)]
struct Entries {
    /// The oldest first.
    entries: Vec<Shown>,
    /// The number of the room's last entry; 0: nothing was said there.
    last: u64,
}

/// One entry with its place.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "RoomEntry")]
pub(super) struct Shown {
    /// Its place in the room, from 1.
    pub(super) n: u64,
    /// What was said, by whom.
    #[serde(flatten)]
    pub(super) entry: Entry,
}

impl From<(u64, Entry)> for Shown {
    fn from((n, entry): (u64, Entry)) -> Self {
        Self { n, entry }
    }
}

async fn list(Shared(state): Shared<State>) -> Result<Json<Rooms>, Problem> {
    Ok(Json(Rooms { rooms: state.engine.list_rooms().await? }))
}

async fn entries(
    Shared(state): Shared<State>,
    Path(room): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Entries>, Problem> {
    let query = Query::read(query.as_deref(), &["from", "before", "max"])?;
    let (from, before) = (query.get::<u64>("from")?, query.get::<u64>("before")?);
    let max = query.limit()?;
    state.engine.check_room(&room).await?;
    let last = state.engine.last_entry(&room).await?;
    let entries = match (from, before) {
        (Some(_), Some(_)) => {
            return Err(Problem::invalid(
                "`from` and `before` ask for two pages: send one of them",
            ));
        }
        (Some(from), None) => state.engine.entries(&room, from, max).await?,
        (None, before) => {
            let before = before.unwrap_or(u64::MAX).min(last.saturating_add(1));
            state.engine.entries_before(&room, before, max).await?
        }
    };
    Ok(Json(Entries { entries: entries.into_iter().map(Shown::from).collect(), last }))
}
