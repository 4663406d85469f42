//! As an application service: the homeserver pushes events, and we prove nothing but take them once:
//! <https://spec.matrix.org/v1.11/application-service-api/#pushing-events>.
//!
//! Any process takes them, whichever one shows rooms. It refuses to trust what it knew of direct
//! rooms: another process may have made one.

use std::collections::VecDeque;
use std::sync::Mutex;

use serde_json::Value;

use super::api::text;
use super::platform::Matrix;
use crate::adapters::chat::platform::Ears;
use crate::adapters::failure::Failure;

/// Transactions that are remembered: a homeserver repeats the last one until it is answered. What
/// is repeated later is known by its events' ids.
const TRANSACTIONS_MAX: usize = 100;

/// The transactions that were taken over lately; only saves work.
#[derive(Debug, Default)]
pub(super) struct Desk(Mutex<VecDeque<String>>);

impl Desk {
    fn is_taken(&self, transaction: &str) -> bool {
        self.0.lock().is_ok_and(|taken| taken.iter().any(|it| it == transaction))
    }

    fn note(&self, transaction: &str) {
        let Ok(mut taken) = self.0.lock() else { return };
        taken.push_back(transaction.to_owned());
        if taken.len() > TRANSACTIONS_MAX {
            taken.pop_front();
        }
    }
}

impl Matrix {
    /// Takes over what the homeserver has proved to push; a failure: it is to push it again.
    pub(super) async fn transaction(
        &self,
        ears: &dyn Ears,
        id: &str,
        body: &Value,
    ) -> Result<(), Failure> {
        if self.desk.is_taken(id) {
            return Ok(());
        }
        let me = self.server.me().await?;
        self.read_directs().await?;
        let events = body.get("events").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        for event in events {
            let room = text(event, "room_id");
            self.names.learn(event);
            self.answer_pushed_invitation(room, event).await;
            let is_direct = self.is_direct(room).await;
            let Some(heard) = self.heard(me, room, is_direct, event) else { continue };
            ears.hear(heard).await?;
        }
        self.desk.note(id);
        Ok(())
    }

    async fn answer_pushed_invitation(&self, room: &str, event: &Value) {
        let content = event.get("content").unwrap_or(&Value::Null);
        let is_invitation =
            text(event, "type") == "m.room.member" && text(content, "membership") == "invite";
        if is_invitation {
            let stripped = event.get("unsigned").and_then(|it| it.get("invite_room_state"));
            let mut state = stripped.and_then(Value::as_array).cloned().unwrap_or_default();
            state.push(event.clone());
            self.answer_invitation(room, &state).await;
        }
    }
}
