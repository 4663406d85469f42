//! What people type in a story.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use serde_json::{Value, json};
use tower::ServiceExt;
use warroom::domain::room::Author;
use warroom::engine::Engine;

use super::setup::TOKEN;
use super::world::World;

/// The largest answer that a story reads.
const ANSWER_BYTES: usize = 1 << 20;

impl World {
    /// Somebody types a line in a room; gives what the console gets.
    pub(crate) async fn types(&mut self, room: &str, line: &str) -> Value {
        self.typed(&json!({ "line": line, "room": room })).await
    }

    /// Somebody types a line where nobody else hears it.
    pub(crate) async fn types_alone(&mut self, line: &str) -> Value {
        self.typed(&json!({ "line": line })).await
    }

    async fn typed(&mut self, body: &Value) -> Value {
        let (status, said) = self.commands(body, None).await;
        assert_eq!(status, 200, "{body}: {said}");
        said
    }

    /// The endpoint itself.
    pub(crate) async fn commands(&mut self, body: &Value, key: Option<&str>) -> (u16, Value) {
        let mut request = Request::post("/api/v1/commands")
            .header("authorization", format!("Bearer {TOKEN}"))
            .header("content-type", "application/json");
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let request = request.body(Body::from(body.to_string())).unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let status = answer.status().as_u16();
        let bytes = to_bytes(answer.into_body(), ANSWER_BYTES).await.unwrap();
        self.moment().await;
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    /// What stands in a room's log, the first line of each entry.
    pub(crate) async fn heard(&self, room: &str) -> Vec<String> {
        let entries = self.engine.entries(room, 1, 100).await.unwrap();
        let line = |entry: warroom::domain::room::Entry| {
            let by = match entry.by {
                Author::Warroom => "warroom".to_owned(),
                Author::Person { name } => name.to_string(),
            };
            format!("{by}: {}", entry.post.text.lines().next().unwrap_or_default())
        };
        entries.into_iter().map(|(_, entry)| line(entry)).collect()
    }

    /// The engine itself.
    pub(crate) fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }
}
