//! The rooms that warroom keeps itself: each is a log in the brain.
//!
//! A room is named by its incident's number, or by its name in the configuration without the `#`:
//! `12`, `ops`, `management`. It refuses to decide who may read or write.

use compact_str::{CompactString, format_compact};

use super::Engine;
use super::queries::away;
use super::views::Refusal;
use crate::brain::Logged;
use crate::domain::room::Entry;

/// Entries in one answer at most: a screen shows fewer, and more would hold the brain up.
const ENTRIES_MAX: usize = 500;

impl Engine {
    /// Appends to a room, once for each entry's id; gives the entry's number in the room.
    ///
    /// # Errors
    /// When the brain is away.
    pub async fn enter(&self, room: &str, entry: &Entry) -> Result<u64, Refusal> {
        let body =
            serde_json::to_vec(entry).map_err(|error| Refusal::Invalid(error.to_string()))?;
        self.brain.append(log_of(room), entry.id.clone(), body).await.map_err(away)
    }

    /// Up to `max` entries of a room with their numbers, from this number on.
    ///
    /// # Errors
    /// When the brain is away.
    pub async fn entries(
        &self,
        room: &str,
        from: u64,
        max: usize,
    ) -> Result<Vec<(u64, Entry)>, Refusal> {
        let logged = self.brain.read(log_of(room), from, max.min(ENTRIES_MAX)).await;
        Ok(logged.map_err(away)?.iter().filter_map(entry_of).collect())
    }
}

/// The log of a room.
fn log_of(room: &str) -> CompactString {
    format_compact!("room/{room}")
}

fn entry_of(logged: &Logged) -> Option<(u64, Entry)> {
    match serde_json::from_slice(&logged.body) {
        Ok(entry) => Some((logged.number, entry)),
        Err(error) => {
            tracing::error!(%error, number = logged.number, "an entry of a room cannot be read");
            None
        }
    }
}
