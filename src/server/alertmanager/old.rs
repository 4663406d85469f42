//! `POST /api/v1/alerts`: what a Prometheus from before 2.16 sends.

use axum::Json;
use axum::extract::{Request, State as Shared};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::wire::PostableAlert;
use crate::engine::views::Stored;
use crate::server::access::Access;
use crate::server::hooks;
use crate::server::routes::Route;
use crate::server::state::State;

/// The routes of this file.
pub(super) fn routes() -> Vec<Route> {
    let summary = "Report alerts, for a Prometheus from before 2.16";
    vec![
        Route::post("/api/v1/alerts", summary, post)
            .access(Access::Source)
            .takes::<Vec<PostableAlert>>(),
    ]
}

async fn post(Shared(state): Shared<State>, request: Request) -> Response {
    match hooks::take(&state, ("prometheus", None), request).await {
        Ok(taken) if taken.refused.is_empty() => {
            let status = match taken.stored {
                Stored::Brain => StatusCode::OK,
                Stored::Spool => StatusCode::ACCEPTED,
            };
            (status, Json(json!({ "status": "success" }))).into_response()
        }
        Ok(taken) => {
            let why: Vec<&str> = taken.refused.iter().map(|refused| refused.why.as_str()).collect();
            bad(StatusCode::BAD_REQUEST, &why.join("; "))
        }
        Err(trouble) => bad(trouble.status(), &trouble.to_string()),
    }
}

fn bad(status: StatusCode, why: &str) -> Response {
    let body = json!({ "status": "error", "errorType": "bad_data", "error": why });
    (status, Json(body)).into_response()
}
