//! How far a room of ours is shown on a platform: what must outlive the process.
//!
//! It is pure: it says what is to be done next, and takes down what was done.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::domain::room::{CARD, Entry};

/// Messages whose choices are remembered: whoever picks scrolls no further back.
const CHOICES_KEPT: usize = 100;
/// Nobody reads and presses within this time of a change: such a pick was meant for what stood there
/// before.
pub(super) const READING: TimeDelta = TimeDelta::milliseconds(1_500);

/// A room of ours on a platform.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// The platform's id of the room; none while it is not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) room: Option<CompactString>,
    /// What it is called there.
    #[serde(default)]
    pub(super) name: String,
    /// How often a room had to be made anew, because people there took the last one away.
    #[serde(default)]
    pub(super) remade: u32,
    /// Entries of the log up to this number are shown, edits left aside.
    #[serde(default)]
    pub(super) cursor: u64,
    /// Messages that are edited in place, by the slot of their entries.
    #[serde(default)]
    pub(super) slots: BTreeMap<CompactString, Shown>,
    /// The entries of messages that stand for themselves and offer choices, by message.
    #[serde(default)]
    pub(super) choices: BTreeMap<CompactString, u64>,
    /// It was archived, because its incident is closed.
    #[serde(default)]
    pub(super) is_archived: bool,
}

/// A message that is edited in place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Shown {
    /// The platform's id of it.
    pub(super) message: CompactString,
    /// The entry that it shows.
    pub(super) entry: u64,
    /// The entry that it should show.
    pub(super) wanted: u64,
    /// The entry that it showed before.
    #[serde(default)]
    pub(super) before: u64,
    /// When it was edited last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) at: Option<DateTime<Utc>>,
}

/// What becomes of one entry of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// It is said.
    Say,
    /// It only changes what is shown already: later, and only the newest.
    Edit,
    /// It came from there.
    Skip,
}

impl Place {
    /// What becomes of this entry on the platform of this name.
    pub(super) fn next(&self, site: &str, entry: &Entry) -> Next {
        if came_from(site, &entry.id) {
            return Next::Skip;
        }
        match &entry.slot {
            Some(slot) if self.slots.contains_key(slot) => Next::Edit,
            Some(_) | None => Next::Say,
        }
    }

    /// Takes down that an entry is behind us and what it changes waits.
    pub(super) fn pass(&mut self, number: u64, entry: &Entry) {
        self.cursor = number;
        if let Some(shown) = entry.slot.as_ref().and_then(|slot| self.slots.get_mut(slot)) {
            shown.wanted = number;
        }
    }

    /// Takes down that an entry was said.
    pub(super) fn said(&mut self, number: u64, entry: &Entry, message: CompactString) {
        self.cursor = number;
        if let Some(slot) = &entry.slot {
            let (before, at) = (0, None);
            let shown = Shown { message, entry: number, wanted: number, before, at };
            self.slots.insert(slot.clone(), shown);
        } else if !entry.post.buttons.is_empty() {
            self.choices.insert(message, number);
            let oldest = self.choices.iter().min_by_key(|(_, entry)| **entry);
            let oldest = oldest.map(|(message, _)| message.clone());
            if let Some(oldest) = oldest.filter(|_| self.choices.len() > CHOICES_KEPT) {
                self.choices.remove(&oldest);
            }
        }
    }

    /// The slot whose message shows something old, the card before all others.
    pub(super) fn outdated(&self) -> Option<(CompactString, Shown)> {
        let old = |shown: &Shown| shown.wanted > shown.entry;
        let card = self.slots.get_key_value(CARD.as_str()).filter(|(_, shown)| old(shown));
        let first = card.or_else(|| self.slots.iter().find(|(_, shown)| old(shown)));
        first.map(|(slot, shown)| (slot.clone(), shown.clone()))
    }

    /// Takes down that a message shows this entry now.
    pub(super) fn edited(
        &mut self,
        slot: &str,
        number: u64,
        message: CompactString,
        now: DateTime<Utc>,
    ) {
        if let Some(shown) = self.slots.get_mut(slot) {
            let before = shown.entry;
            let wanted = shown.wanted.max(number);
            *shown = Shown { message, entry: number, wanted, before, at: Some(now) };
        }
    }

    /// How many entries wait to be shown.
    pub(super) fn backlog(&self, length: u64) -> u64 {
        let edits = self.slots.values().filter(|shown| shown.wanted > shown.entry).count();
        length.saturating_sub(self.cursor) + u64::try_from(edits).unwrap_or(u64::MAX)
    }

    /// The entries that a message showed when somebody picked one of its choices: all of them must
    /// mean the same by it.
    pub(super) fn entries_of(&self, message: &str, at: DateTime<Utc>) -> Vec<u64> {
        if let Some(entry) = self.choices.get(message) {
            return vec![*entry];
        }
        let Some(shown) = self.slots.values().find(|shown| shown.message == message) else {
            return Vec::new();
        };
        let is_fresh = shown.at.is_some_and(|edited| at < edited + READING);
        let before = (is_fresh && shown.before > 0).then_some(shown.before);
        std::iter::once(shown.entry).chain(before).collect()
    }

    /// Forgets the room there, to be shown anew in another: from this entry on.
    pub(super) fn forget_room(&mut self, from: u64) {
        let remade = self.remade + 1;
        *self = Self { remade, cursor: from, ..Self::default() };
    }
}

/// The key of something that was heard on a platform: no client of ours can choose such a one.
pub(super) fn key(site: &str, id: &str) -> String {
    format!("@{site}/{id}")
}

/// Whether an entry is a line that somebody said on this platform.
fn came_from(site: &str, id: &str) -> bool {
    let behind = id.strip_prefix("say/").and_then(|id| id.split_once('/'));
    let line = behind.and_then(|(_, key)| key.strip_prefix('@')?.strip_suffix("/line"));
    line.and_then(|line| line.strip_prefix(site)).is_some_and(|rest| rest.starts_with('/'))
}
