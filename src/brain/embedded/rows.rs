//! The tables, their keys, and the small fixed rows.
//!
//! Keys are big-endian, so that a case's rows lie side by side and in order.

use chrono::{DateTime, Utc};
use redb::TableDefinition;

use crate::brain::codec::TIMERS;
use crate::brain::{Error, RowId, Token};
use crate::domain::ids::{CaseId, EffectId};
use crate::domain::incident::{Head, Timer};

/// The version of everything below: a store with a larger one is refused.
pub(super) const SCHEMA: u64 = 1;

/// Small facts about the store: `id`, `schema`, `shards`.
pub(super) const META: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta");
/// Numbers that only grow: `token`, `number`, `row`.
pub(super) const COUNTERS: TableDefinition<'_, &str, u64> = TableDefinition::new("counters");
/// Case to head: a fixed part, then JSON.
pub(super) const HEADS: TableDefinition<'_, [u8; 10], &[u8]> = TableDefinition::new("heads");
/// Case and first number to a frame of events.
pub(super) const EVENTS: TableDefinition<'_, [u8; 18], &[u8]> = TableDefinition::new("events");
/// Case and row number to a frame of members.
pub(super) const MEMBERS: TableDefinition<'_, [u8; 18], &[u8]> = TableDefinition::new("members");
/// Agenda row to its times and its lease.
pub(super) const AGENDA: TableDefinition<'_, [u8; 20], &[u8]> = TableDefinition::new("agenda");
/// Agenda row to its effect; timers have none.
pub(super) const EFFECTS: TableDefinition<'_, [u8; 20], &[u8]> = TableDefinition::new("effects");
/// Row number to changes of the indexes.
pub(super) const INDEX: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("index");
/// Kind and id to a version and JSON.
pub(super) const DOCUMENTS: TableDefinition<'_, (&str, &str), (u64, &[u8])> =
    TableDefinition::new("documents");
/// A limit's key to the time when it is whole again, in nanoseconds.
pub(super) const LIMITS: TableDefinition<'_, &str, i64> = TableDefinition::new("limits");
/// Log and number to an entry; such a table, and the next, are younger than the oldest stores.
pub(super) const LOGS: TableDefinition<'_, (&str, u64), &[u8]> = TableDefinition::new("logs");
/// Log and id to a number.
pub(super) const LOGGED: TableDefinition<'_, (&str, &str), u64> = TableDefinition::new("logged");

pub(super) fn damaged(what: &str) -> Error {
    Error::Unusable(format!("a stored {what} is damaged"))
}

/// The key of a case.
pub(super) fn case_key(case: CaseId) -> [u8; 10] {
    let mut key = [0; 10];
    let (shard, serial) = key.split_at_mut(2);
    shard.copy_from_slice(&case.shard.to_be_bytes());
    serial.copy_from_slice(&case.serial.to_be_bytes());
    key
}

/// The case at the beginning of a key.
pub(super) fn case_of(key: &[u8]) -> Option<CaseId> {
    let (shard, rest) = key.split_first_chunk::<2>()?;
    let serial = rest.first_chunk::<8>()?;
    Some(CaseId { shard: u16::from_be_bytes(*shard), serial: u64::from_be_bytes(*serial) })
}

/// The key of something numbered inside a case.
pub(super) fn numbered(case: CaseId, number: u64) -> [u8; 18] {
    let mut key = [0; 18];
    let (left, right) = key.split_at_mut(10);
    left.copy_from_slice(&case_key(case));
    right.copy_from_slice(&number.to_be_bytes());
    key
}

/// The number at the end of such a key.
pub(super) fn number_of(key: &[u8; 18]) -> u64 {
    key.last_chunk::<8>().copied().map_or(0, u64::from_be_bytes)
}

/// Names an agenda row: effects by event and index, timers behind all of a case's effects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct RowKey {
    pub case: CaseId,
    event: u64,
    index: u16,
}

/// No event ever has this number.
const TIMER: u64 = u64::MAX;

impl RowKey {
    /// Sorts behind every row.
    pub(super) const HIGHEST: Self =
        Self { case: CaseId { shard: u16::MAX, serial: u64::MAX }, event: TIMER, index: u16::MAX };

    pub(super) fn effect(id: EffectId) -> Self {
        Self { case: id.case, event: id.event, index: id.index }
    }

    pub(super) fn timer(case: CaseId, timer: Timer) -> Self {
        let index = TIMERS.iter().position(|known| *known == timer).unwrap_or(TIMERS.len());
        Self { case, event: TIMER, index: u16::try_from(index).unwrap_or(u16::MAX) }
    }

    pub(super) fn first(case: CaseId) -> Self {
        Self { case, event: 0, index: 0 }
    }

    pub(super) fn last(case: CaseId) -> Self {
        Self { case, event: TIMER, index: u16::MAX }
    }

    /// The timer that it is; none for effects.
    pub(super) fn as_timer(self) -> Option<Timer> {
        let index = usize::from(self.index);
        if self.event == TIMER { TIMERS.get(index).copied() } else { None }
    }

    pub(super) fn id(self) -> RowId {
        match self.as_timer() {
            Some(timer) => RowId::Timer(self.case, timer),
            None => {
                let Self { case, event, index } = self;
                RowId::Effect(EffectId { case, event, index })
            }
        }
    }

    pub(super) fn bytes(self) -> [u8; 20] {
        let mut key = [0; 20];
        let (left, right) = key.split_at_mut(18);
        left.copy_from_slice(&numbered(self.case, self.event));
        right.copy_from_slice(&self.index.to_be_bytes());
        key
    }

    pub(super) fn parse(key: &[u8; 20]) -> Option<Self> {
        let case = case_of(key)?;
        let (event, index) = key.last_chunk::<10>()?.split_first_chunk::<8>()?;
        let index = index.first_chunk::<2>()?;
        let (event, index) = (u64::from_be_bytes(*event), u16::from_be_bytes(*index));
        Some(Self { case, event, index })
    }
}

impl From<RowId> for RowKey {
    fn from(id: RowId) -> Self {
        match id {
            RowId::Effect(id) => Self::effect(id),
            RowId::Timer(case, timer) => Self::timer(case, timer),
        }
    }
}

/// The part of an agenda row that claims look at. Times are in nanoseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot {
    /// When it may be claimed: its due time, or the end of its lease.
    pub at: i64,
    /// When it was due first.
    pub due: i64,
    /// How often it was claimed.
    pub attempt: u32,
    /// The newest claim; none while nobody holds it.
    pub token: Option<Token>,
}

const SLOT: usize = 28;

impl Slot {
    /// A row that nobody has claimed yet.
    pub(super) fn free(at: i64) -> Self {
        Self { at, due: at, attempt: 0, token: None }
    }

    /// The row as stored: the numbers, then the holder's name for whoever looks.
    pub(super) fn bytes(&self, holder: &str) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(SLOT + holder.len());
        bytes.extend(self.at.to_be_bytes());
        bytes.extend(self.due.to_be_bytes());
        bytes.extend(self.attempt.to_be_bytes());
        bytes.extend(self.token.map_or(0, |token| token.0).to_be_bytes());
        bytes.extend(holder.as_bytes());
        bytes
    }

    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let (at, rest) = bytes.split_first_chunk::<8>()?;
        let (due, rest) = rest.split_first_chunk::<8>()?;
        let (attempt, rest) = rest.split_first_chunk::<4>()?;
        let token = u64::from_be_bytes(*rest.first_chunk::<8>()?);
        Some(Self {
            at: i64::from_be_bytes(*at),
            due: i64::from_be_bytes(*due),
            attempt: u32::from_be_bytes(*attempt),
            token: if token == 0 { None } else { Some(Token(token)) },
        })
    }
}

/// What is known of every case without reading its head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Case {
    pub version: u64,
    /// [`Head::is_live`], stored the other way round.
    pub is_over: bool,
}

const CASE: usize = 9;

impl Case {
    pub(super) fn of(head: &Head) -> Self {
        Self { version: head.version, is_over: !head.is_live() }
    }

    /// A head as stored, from its JSON.
    pub(super) fn row(self, json: &[u8]) -> Vec<u8> {
        let mut row = Vec::with_capacity(CASE + json.len());
        row.extend(self.version.to_be_bytes());
        row.push(u8::from(self.is_over));
        row.extend(json);
        row
    }

    /// The fixed part of a stored head, and its JSON.
    pub(super) fn parse(row: &[u8]) -> Option<(Self, &[u8])> {
        let (version, rest) = row.split_first_chunk::<8>()?;
        let (is_over, json) = rest.split_first()?;
        Some((Self { version: u64::from_be_bytes(*version), is_over: *is_over != 0 }, json))
    }
}

/// A time as stored. What lies outside of the years 1677 to 2262 counts as the nearest of these.
pub(super) fn nanos(time: DateTime<Utc>) -> i64 {
    let furthest = if time.timestamp() < 0 { i64::MIN } else { i64::MAX };
    time.timestamp_nanos_opt().unwrap_or(furthest)
}

pub(super) fn time(nanos: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_nanos(nanos)
}
