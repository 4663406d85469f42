//! As an application service: the homeserver pushes events, and we prove nothing but take them once:
//! <https://spec.matrix.org/v1.11/application-service-api/#pushing-events>.
//!
//! `server` owns the door and hands requests over. It refuses whoever lacks `hs_token`.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use subtle::ConstantTimeEq as _;

use super::api::text;
use super::platform::Matrix;
use crate::adapters::chat::platform::Ears;

/// Transactions that are remembered: a homeserver repeats the last one until it is answered. What
/// is repeated later is known by its events' ids.
const TRANSACTIONS_MAX: usize = 100;

/// How a transaction is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It is taken over.
    Taken,
    /// Whoever sent it is not the homeserver.
    Stranger,
    /// Nobody listens here now: send it again.
    Later,
}

/// Where pushed events come in, and who takes them over.
#[derive(Debug, Default)]
pub(super) struct Desk {
    ears: Mutex<Option<Arc<dyn Ears>>>,
    taken: Mutex<VecDeque<String>>,
}

impl Desk {
    pub(super) fn open(&self, ears: &Arc<dyn Ears>) {
        if let Ok(mut slot) = self.ears.lock() {
            *slot = Some(Arc::clone(ears));
        }
    }

    pub(super) fn close(&self) {
        if let Ok(mut slot) = self.ears.lock() {
            *slot = None;
        }
    }

    fn ears(&self) -> Option<Arc<dyn Ears>> {
        self.ears.lock().ok().and_then(|slot| slot.clone())
    }

    fn is_taken(&self, transaction: &str) -> bool {
        self.taken.lock().is_ok_and(|taken| taken.iter().any(|it| it == transaction))
    }

    fn note(&self, transaction: &str) {
        let Ok(mut taken) = self.taken.lock() else { return };
        taken.push_back(transaction.to_owned());
        if taken.len() > TRANSACTIONS_MAX {
            taken.pop_front();
        }
    }
}

impl Matrix {
    /// Whether a request carries the homeserver's token.
    #[must_use]
    pub fn is_homeserver(&self, token: Option<&str>) -> bool {
        let Some(service) = &self.options.service else { return false };
        let wanted = service.hs_token.reveal().as_bytes();
        let given = token.unwrap_or_default().as_bytes();
        !wanted.is_empty() && bool::from(given.ct_eq(wanted))
    }

    /// Takes over what the homeserver pushes.
    pub async fn transaction(&self, token: Option<&str>, id: &str, body: &Value) -> Answer {
        if !self.is_homeserver(token) {
            return Answer::Stranger;
        }
        if self.desk.is_taken(id) {
            return Answer::Taken;
        }
        let (Some(ears), Ok(me)) = (self.desk.ears(), self.server.me().await) else {
            return Answer::Later;
        };
        let events = body.get("events").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        for event in events {
            let room = text(event, "room_id");
            self.answer_pushed_invitation(room, event).await;
            let is_direct = self.is_direct(room).await;
            let Some(heard) = self.heard(me, room, is_direct, event) else { continue };
            if let Err(failure) = ears.hear(heard).await {
                tracing::debug!(%failure, "a transaction is wanted again");
                return Answer::Later;
            }
        }
        self.desk.note(id);
        Answer::Taken
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
