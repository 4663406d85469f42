//! What is said in one room, and its closing and re-opening, one after the other.
//!
//! The effects of one commit start together; without an order of their own the last word could come
//! after the archive. It orders what this process holds, and waits for nothing that another process
//! holds: whoever closes or re-opens looks at the case before.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use compact_str::CompactString;
use tokio::sync::oneshot::{self, Receiver, Sender, error::TryRecvError};

use crate::brain::{Claimed, Item, RowId};
use crate::domain::incident::{Effect, Target};

/// So many rooms are remembered before those without anything under way are dropped.
const ROOMS_MAX: usize = 512;
/// How often a closing is put off for lines that are to be tried again: about two minutes with the
/// waits between tries. Chat that takes no line for longer must not keep rooms open.
pub(super) const PUT_OFFS_MAX: u32 = 7;

/// The rooms that this process does something in.
#[derive(Debug, Default)]
pub(super) struct Turns(Mutex<BTreeMap<CompactString, Room>>);

#[derive(Debug)]
struct Room {
    /// Ends with the last effect that has taken its turn.
    last: Receiver<()>,
    /// Lines that are to be tried again, each with the uptime after which another process must have
    /// it: this one hears nothing of its end then.
    unsaid: BTreeMap<RowId, Duration>,
}

/// A place among the effects of a room, kept until this is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    before: Option<Receiver<()>>,
    _end: Sender<()>,
}

impl Turn {
    /// Waits until what came before has ended, in whatever way.
    pub(super) async fn comes(turn: &mut Option<Self>) {
        if let Some(before) = turn.as_mut().and_then(|turn| turn.before.take()) {
            // The sender is dropped and never sends: its end is the word.
            before.await.ok();
        }
    }
}

impl Turns {
    /// Takes the next turn in the row's room; none for what needs no order.
    pub(super) fn take(&self, claimed: &Claimed) -> Option<Turn> {
        let room = room_of(&claimed.item)?;
        let mut rooms = self.rooms();
        if rooms.len() >= ROOMS_MAX {
            rooms.retain(|_, room| !room.is_idle());
        }
        let (end, last) = oneshot::channel();
        let before = match rooms.get_mut(room) {
            Some(known) => {
                known.unsaid.remove(&claimed.row);
                Some(std::mem::replace(&mut known.last, last))
            }
            None => {
                rooms.insert(room.clone(), Room { last, unsaid: BTreeMap::new() });
                None
            }
        };
        Some(Turn { before, _end: end })
    }

    /// A line could not be said: it will be tried again before this uptime, here or elsewhere.
    pub(super) fn put_off(&self, claimed: &Claimed, until: Duration) {
        let Item::Effect { effect: Effect::Post { .. } } = &claimed.item else { return };
        let mut rooms = self.rooms();
        if let Some(room) = room_of(&claimed.item).and_then(|room| rooms.get_mut(room)) {
            room.unsaid.insert(claimed.row, until);
        }
    }

    /// Whether this closes a room in which something older is still to be said, as far as this
    /// process knows at this uptime.
    pub(super) fn is_too_early(&self, claimed: &Claimed, uptime: Duration) -> bool {
        let Item::Effect { effect: Effect::CloseRoom { room } } = &claimed.item else {
            return false;
        };
        let mut rooms = self.rooms();
        let Some(room) = rooms.get_mut(room) else { return false };
        room.unsaid.retain(|_, until| *until > uptime);
        room.unsaid.keys().any(|unsaid| *unsaid < claimed.row)
    }

    fn rooms(&self) -> MutexGuard<'_, BTreeMap<CompactString, Room>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Room {
    fn is_idle(&mut self) -> bool {
        self.unsaid.is_empty() && self.last.try_recv() != Err(TryRecvError::Empty)
    }
}

/// The room whose order an effect must keep. A graph has none: it may take long, and the room stays
/// open for it.
fn room_of(item: &Item) -> Option<&CompactString> {
    let Item::Effect { effect } = item else { return None };
    match effect {
        Effect::Post { to: Target::Room(room), .. }
        | Effect::CloseRoom { room }
        | Effect::ReopenRoom { room } => Some(room),
        Effect::Post { to: Target::Named(_), .. }
        | Effect::OpenRoom { .. }
        | Effect::OpenTicket { .. }
        | Effect::CloseTicket { .. }
        | Effect::ReopenTicket { .. }
        | Effect::Page { .. }
        | Effect::StopPage { .. }
        | Effect::Graph { .. }
        | Effect::StartRun { .. }
        | Effect::Work { .. }
        | Effect::Tell { .. } => None,
    }
}
