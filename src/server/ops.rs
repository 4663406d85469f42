//! What watches the server itself: alive, ready, meters.

use axum::extract::State as Shared;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::access::Access;
use super::routes::Route;
use super::state::State;

/// The content type of what prometheus-client writes.
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The routes of this file.
pub(super) fn routes() -> Vec<Route> {
    [
        Route::get("/-/healthy", "Whether this process answers", healthy),
        Route::get("/-/ready", "Whether it can keep its promise; says what is missing", ready),
        Route::get("/metrics", "Meters in the OpenMetrics format", metrics),
    ]
    .map(|route| route.access(Access::Anyone))
    .into()
}

/// Alertmanager's answer, for checks that look at it.
async fn healthy() -> &'static str {
    "OK"
}

async fn ready(Shared(state): Shared<State>) -> Response {
    let missing = state.engine.missing().await;
    if missing.is_empty() {
        return "OK".into_response();
    }
    (StatusCode::SERVICE_UNAVAILABLE, missing.join("\n")).into_response()
}

async fn metrics(Shared(state): Shared<State>) -> Response {
    let kind = HeaderValue::from_static(OPENMETRICS);
    ([(header::CONTENT_TYPE, kind)], state.engine.meters().encode()).into_response()
}
