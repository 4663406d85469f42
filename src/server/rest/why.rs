//! `/api/v1/why` and `/api/v1/health`: the reasons behind an alert, and what the brain promises.

use axum::Json;
use axum::extract::{RawQuery, State as Shared};

use super::query::Query;
use crate::domain::ids::Fingerprint;
use crate::engine::promise::Condition;
use crate::engine::views::Why;
use crate::server::problem::Problem;
use crate::server::routes::Route;
use crate::server::state::State;

/// The routes of this file.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/why", "Why an alert did what it did, or nothing", why)
            .query(&[("fingerprint", "The alert's identity, 16 hexadecimal digits")])
            .gives::<Why>(),
        Route::get("/api/v1/health", "What the brain is, and which promise holds now", health)
            .gives::<Condition>(),
    ]
}

async fn why(
    Shared(state): Shared<State>,
    RawQuery(query): RawQuery,
) -> Result<Json<Why>, Problem> {
    let query = Query::read(query.as_deref(), &["fingerprint"])?;
    let fingerprint = query.get::<Fingerprint>("fingerprint")?.ok_or_else(|| {
        Problem::invalid("say which alert: ?fingerprint= and 16 hexadecimal digits")
    })?;
    Ok(Json(state.engine.why(fingerprint).await?))
}

async fn health(Shared(state): Shared<State>) -> Json<Condition> {
    Json(state.engine.condition().await)
}
