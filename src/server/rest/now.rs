//! `/api/v1/now`: what is healthy, on one page.

use std::time::Duration;

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

/// How long a source of metrics may take to say how it is: the page waits for it.
const SOURCE_MAX: Duration = Duration::from_secs(2);

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
    let (condition, missing, metrics) =
        futures_util::join!(state.engine.condition(), state.engine.missing(), sources(&state));
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
        metrics,
        storm: storm.map(|umbrella| Storm { incident: umbrella.number, title: umbrella.title }),
        on_call: on_call(&state),
        people: state.engine.directory().people.len(),
        at: state.clock.now(),
    })
}

/// Everybody who is on call, with their schedule.
fn on_call(state: &State) -> Vec<OnCall> {
    let duties = state.engine.roster().duties(state.clock.now());
    let one = |schedule: &str, name: &str| OnCall { schedule: schedule.into(), name: name.into() };
    let people = duties
        .iter()
        .flat_map(|(schedule, duty)| duty.people.iter().map(|name| one(schedule, name)));
    people.collect()
}

/// How every source of metrics is, asked at once.
async fn sources(state: &State) -> Vec<Source> {
    let asked = state.engine.sources().metrics.iter().map(|(name, source)| async move {
        let (ok, about) = match tokio::time::timeout(SOURCE_MAX, source.about()).await {
            Ok(Ok(about)) => (true, about),
            Ok(Err(trouble)) => (false, trouble.to_string()),
            Err(_) => (false, format!("no answer within {} s", SOURCE_MAX.as_secs())),
        };
        Source { name: name.to_string(), ok, about }
    });
    futures_util::future::join_all(asked).await
}
