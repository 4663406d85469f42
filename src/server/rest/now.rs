//! `/api/v1/now`: what is healthy, on one page.

use axum::Json;
use axum::extract::State as Shared;
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use crate::engine::promise::Mode;
use crate::server::routes::Route;
use crate::server::state::State;

/// The routes of this file.
pub(super) fn routes() -> Vec<Route> {
    vec![Route::get("/api/v1/now", "What is healthy and what is not", now).gives::<Now>()]
}

/// What is healthy.
#[derive(Debug, Serialize, JsonSchema)]
struct Now {
    /// The store, and where it is; none while it is away.
    brain: Option<String>,
    /// Which promise holds: `strict`, `degraded` or `fast`.
    promise: Mode,
    /// What that means, and what can be lost.
    meaning: String,
    /// What must come before the promise holds, in words.
    missing: Vec<String>,
    /// What the store stands on that could lose something, in words.
    warnings: Vec<String>,
    /// The sources of metrics.
    metrics: Vec<Source>,
    /// The storm that is going on, if any.
    storm: Option<Storm>,
    /// Who is on call.
    on_call: Vec<OnCall>,
    /// How many people the configuration knows.
    people: usize,
    /// When this was so.
    at: DateTime<Utc>,
}

/// A source of metrics.
#[derive(Debug, Serialize, JsonSchema)]
struct Source {
    /// Its name in the configuration.
    name: String,
    /// Whether it answered when it was last asked.
    ok: bool,
    /// What it is, or what is wrong with it.
    about: String,
}

/// A storm.
#[derive(Debug, Serialize, JsonSchema)]
struct Storm {
    /// The incident that stands for all of them.
    incident: u64,
    /// What it says.
    title: String,
}

/// Somebody who is on call.
#[derive(Debug, Serialize, JsonSchema)]
struct OnCall {
    /// The schedule.
    schedule: String,
    /// The person.
    name: String,
}

async fn now(Shared(state): Shared<State>) -> Json<Now> {
    let (condition, missing) =
        futures_util::join!(state.engine.condition(), state.engine.missing());
    let (brain, warnings) = match condition.health {
        Some(health) => (Some(health.brain), health.warnings),
        None => (None, Vec::new()),
    };
    // While the brain is away nobody can tell; `missing` says that.
    let storm = state.engine.storm().await.ok().flatten();
    Json(Now {
        brain,
        promise: condition.promise,
        meaning: condition.meaning,
        missing,
        warnings,
        metrics: Vec::new(),
        storm: storm.map(|umbrella| Storm { incident: umbrella.number, title: umbrella.title }),
        on_call: Vec::new(),
        people: state.engine.directory().people.len(),
        at: state.clock.now(),
    })
}
