//! `/api/v1/runs`: runs of runbooks. What may be asked of one is a command: `/api/v1/commands`.

use axum::Json;
use axum::extract::{Path, RawQuery, State as Shared};
use schemars::JsonSchema;
use serde::Serialize;

use super::query::Query;
use crate::engine::runs::{Proposal, RunView};
use crate::server::problem::Problem;
use crate::server::routes::Route;
use crate::server::state::State;

/// The routes of this file.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/runs", "Runs of runbooks, the newest first", list)
            .query(&[
                ("max", "Among how many, 100 unless it says otherwise, at most 500"),
                ("incident", "Only those of the incident with this number"),
            ])
            .gives::<Runs>(),
        Route::get("/api/v1/runs/{number}", "One run: its plan, and how it stands", one)
            .gives::<RunView>(),
        Route::get("/api/v1/runbooks", "What can be run", runbooks).gives::<Vec<Proposal>>(),
    ]
}

/// The newest runs.
#[derive(Debug, Serialize, JsonSchema)]
struct Runs {
    /// The newest first.
    runs: Vec<RunView>,
}

async fn list(
    Shared(state): Shared<State>,
    RawQuery(query): RawQuery,
) -> Result<Json<Runs>, Problem> {
    let query = Query::read(query.as_deref(), &["max", "incident"])?;
    let incident = query.get::<u64>("incident")?;
    let mut runs = state.engine.runs(query.limit()?).await?;
    runs.retain(|run| incident.is_none() || run.incident == incident);
    Ok(Json(Runs { runs }))
}

async fn one(
    Shared(state): Shared<State>,
    Path(number): Path<u64>,
) -> Result<Json<RunView>, Problem> {
    Ok(Json(state.engine.run(number).await?))
}

async fn runbooks(Shared(state): Shared<State>) -> Json<Vec<Proposal>> {
    Json(state.engine.proposals())
}
