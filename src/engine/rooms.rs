//! The rooms that warroom keeps itself: each is a log in the brain.
//!
//! A room is named by its incident's number, or by its name in the configuration without the `#`:
//! `12`, `ops`, `management`. It refuses to decide who may read or write.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use compact_str::{CompactString, format_compact};

use super::Engine;
use super::queries::away;
use super::views::Refusal;
use crate::brain::{Brain, Error, LOGGED_BYTES_MAX, Logged};
use crate::domain::ids::Number;
use crate::domain::messages;
use crate::domain::room::{Author, Entry, OPS, Post, is_room_name};

/// Entries in one answer at most: a screen shows fewer, and more would hold the brain up.
const ENTRIES_MAX: usize = 500;
/// How many named rooms there may be: each is a name in a configuration.
const NAMED_MAX: usize = 1000;
/// The log of the rooms that have a name, one entry for each.
const NAMED: CompactString = CompactString::const_new("rooms");
/// What stands before a room's name in the name of its log.
const ROOM: &str = "room/";

/// Rooms in a brain.
#[derive(Debug)]
pub struct Rooms {
    brain: Arc<dyn Brain>,
    /// Named rooms that this process has seen in [`NAMED`]; only saves questions.
    known: Mutex<BTreeSet<CompactString>>,
}

impl Rooms {
    /// The rooms of this brain.
    #[must_use]
    pub fn new(brain: Arc<dyn Brain>) -> Self {
        Self { brain, known: Mutex::default() }
    }

    /// Appends to a room, once for each entry's id; gives the entry's number in the room. What is
    /// too long for an entry is cut, and says so.
    ///
    /// # Errors
    /// When the brain is away.
    pub async fn enter(&self, room: &str, entry: &Entry) -> Result<u64, Error> {
        if is_room_name(room) {
            self.note_name(room).await?;
        }
        let body = written(entry)?;
        if body.len() <= LOGGED_BYTES_MAX {
            return self.brain.append(log_of(room), entry.id.clone(), body).await;
        }
        let post = Post::text(messages::cut(&entry.post.text, ENTRY_CHARS));
        let body = written(&Entry { post, ..entry.clone() })?;
        self.brain.append(log_of(room), entry.id.clone(), body).await
    }

    /// A room of a name appears when it is first used.
    async fn note_name(&self, room: &str) -> Result<(), Error> {
        if self.known.lock().unwrap_or_else(PoisonError::into_inner).contains(room) {
            return Ok(());
        }
        self.brain.append(NAMED, room.into(), Vec::new()).await?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() < NAMED_MAX {
            known.insert(room.into());
        }
        Ok(())
    }

    /// The rooms that have a name, the ops room first.
    pub(super) async fn named(&self) -> Result<Vec<CompactString>, Error> {
        let logged = self.brain.read(NAMED, 1, NAMED_MAX).await?;
        let others = logged.into_iter().map(|logged| logged.id).filter(|name| name != OPS);
        Ok(std::iter::once(OPS.into()).chain(others).collect())
    }

    pub(super) async fn entries(
        &self,
        room: &str,
        from: u64,
        max: usize,
    ) -> Result<Vec<(u64, Entry)>, Error> {
        let logged = self.brain.read(log_of(room), from, max.min(ENTRIES_MAX)).await?;
        Ok(logged.iter().filter_map(entry_of).collect())
    }

    pub(super) async fn length(&self, room: &str) -> Result<u64, Error> {
        self.brain.length(log_of(room)).await
    }

    /// A forgotten incident's room goes with it. Pictures stay: others may show the same, and the
    /// picture store has an age limit of its own.
    pub(super) async fn discard(&self, number: Number) {
        let log = format_compact!("{ROOM}{number}");
        if let Err(error) = self.brain.discard(log).await {
            tracing::warn!(%number, %error, "the room of a forgotten incident could not be deleted");
        }
    }
}

/// Characters of a post whose whole does not fit into one entry.
const ENTRY_CHARS: usize = 16 * 1024;

fn written(entry: &Entry) -> Result<Vec<u8>, Error> {
    crate::brain::encode("an entry of a room", entry)
}

impl Engine {
    /// Appends to a room, once for each entry's id; gives the entry's number in the room.
    ///
    /// # Errors
    /// When the brain is away.
    pub async fn enter(&self, room: &str, entry: &Entry) -> Result<u64, Refusal> {
        self.rooms.enter(room, entry).await.map_err(away)
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
        self.rooms.entries(room, from, max).await.map_err(away)
    }

    /// The last `max` entries of a room before a number, the oldest first.
    ///
    /// # Errors
    /// When the brain is away.
    pub async fn entries_before(
        &self,
        room: &str,
        before: u64,
        max: usize,
    ) -> Result<Vec<(u64, Entry)>, Refusal> {
        let max = max.min(ENTRIES_MAX);
        let mut from = before.saturating_sub(u64::try_from(max).unwrap_or(u64::MAX)).max(1);
        let mut all: Vec<(u64, Entry)> = Vec::new();
        // One answer of the brain may be cut short by its size.
        while from < before {
            let left = usize::try_from(before - from).unwrap_or(max);
            let entries = self.entries(room, from, left).await?;
            let Some((last, _)) = entries.last() else { break };
            from = last + 1;
            all.extend(entries);
        }
        Ok(all)
    }

    /// The number of a room's last entry; 0 when nothing was said there.
    ///
    /// # Errors
    /// When the brain is away.
    pub async fn last_entry(&self, room: &str) -> Result<u64, Refusal> {
        self.rooms.length(room).await.map_err(away)
    }

    /// Whether people may be in this room: a number is one when its incident is known, a name when
    /// it was used before; the ops room is always there.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when there is no such room, or when the brain is away.
    pub async fn check_room(&self, room: &str) -> Result<(), Refusal> {
        if let Ok(number) = room.parse::<u64>() {
            return self.case_of(Number(number)).await.map(drop);
        }
        let named = self.rooms.named().await.map_err(away)?;
        if named.iter().any(|name| name == room) {
            return Ok(());
        }
        Err(Refusal::NotFound(format!("there is no room {room:?}")))
    }

    /// The name of this process, as leases and people know it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.options.holder
    }

    /// An id for something that this process says now and never again.
    #[must_use]
    pub fn new_id(&self, what: &str) -> CompactString {
        format_compact!("{what}/{:032x}", self.clock.random())
    }

    /// Tells the ops room something that no incident's room can say, once for each id. A brain that
    /// is away hears nothing: the log of this process has it then.
    pub async fn tell_ops(&self, id: &str, text: String) {
        let (at, by, post) = (self.clock.now(), Author::Warroom, Post::text(text));
        let entry = Entry { id: id.into(), at, by, slot: None, post };
        if let Err(error) = self.rooms.enter(OPS, &entry).await {
            tracing::warn!(id, %error, "the ops room was not told");
        }
    }
}

/// The log of a room.
fn log_of(room: &str) -> CompactString {
    format_compact!("{ROOM}{room}")
}

/// The room of a log.
pub(super) fn room_of(log: &str) -> Option<&str> {
    log.strip_prefix(ROOM)
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
