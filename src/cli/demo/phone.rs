//! The phone of whoever is on call: shows the pages that warroom sends.

use axum::Router;
use axum::response::Json;
use axum::routing::post;
use serde::Deserialize;
use serde_json::{Value, json};

use super::show::say;

/// A page, as the webhook pager sends it.
#[derive(Debug, Deserialize)]
struct Page {
    call: String,
    policy: String,
    text: String,
}

/// The routes.
pub(super) fn routes() -> Router {
    Router::new().route("/pages", post(ring))
}

async fn ring(Json(page): Json<Page>) -> Json<Value> {
    let what = if page.call == "page" { "rings" } else { "is told" };
    say(&format!("  phone of {}-on-call {what}: {}", page.policy, page.text));
    Json(json!({}))
}
