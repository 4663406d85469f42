//! The durable store of everything: timelines, state, agenda, documents and shared limits.
//!
//! One trait, one contract suite (`tests/it/contract/brain`) for every implementation: two that last, and
//! one in memory for rehearsals.
//! It refuses to decide anything: it stores what a decision says, atomically, or answers
//! [`Error::Conflict`].
//!
//! **A commit is atomic**: events, state, agenda rows and the settling of the row that caused it
//! are written together or not at all. Index entries may dangle, and are never missing: they are
//! written no later than the commit, removed no earlier.

mod agenda;
pub mod codec;
pub mod embedded;
mod guard;
mod kind;
mod limits;
mod logged;
pub mod memory;
mod position;
pub mod redis;
mod witness;

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use compact_str::CompactString;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;

pub use self::agenda::{Claimed, Item, Lease, RowId, Token};
pub use self::codec::{decode, encode};
pub use self::guard::Guard;
pub use self::kind::Kind;
pub use self::logged::{LOGGED_BYTES_MAX, Logged, NAME_BYTES_MAX, READ_BYTES_MAX};
pub use self::position::Position;
pub use self::witness::Witness;
use crate::domain::ids::{CaseId, EffectId, Fingerprint, GroupKey, Number};
use crate::domain::incident::{Effect, Head, Incident, Member, Stored, Timer, TimerSet};

/// What the brain answers, later.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, Error>>;

/// Why the brain did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Somebody else committed first, or the agenda row is no longer held: load and decide again.
    #[error("somebody else committed first")]
    Conflict,
    /// The commit wanted its case to be the current one of its group, and another one is. Nothing was
    /// written.
    #[error("another case has taken its place")]
    Replaced,
    /// The caller no longer holds the agenda row that it wants to settle.
    #[error("the lease was lost")]
    LeaseLost,
    /// It cannot be reached, or did not answer in time. Whether a write took effect is unknown; the
    /// same command id may be sent again.
    #[error("the brain is away: {0}")]
    Away(String),
    /// It has no room for another write. Nothing was written.
    #[error("the brain is full: {0}")]
    Full(String),
    /// What it stands on is not what it needs: nothing may go on.
    #[error("the brain is unusable: {0}")]
    Unusable(String),
    /// What was asked for is larger than a limit of the contract. Nothing was written, and asking
    /// again is useless.
    #[error("the brain refuses this: {0}")]
    Invalid(String),
}

/// Which case is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum At {
    /// This one.
    Case(CaseId),
    /// The current one of this group, if there is one.
    Group(GroupKey),
}

/// Which members of the case are wanted with its head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rows {
    /// These; those that do not exist are left out.
    Some(Vec<Fingerprint>),
    /// Every one.
    All,
}

/// A case as stored. `incident.head.version` is what the next commit must expect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// Its id.
    pub case: CaseId,
    /// Its head and the members that were asked for.
    pub incident: Incident,
}

/// What finds a case from the outside.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Key {
    /// The case that an alert belongs to.
    Fingerprint(Fingerprint),
    /// The incident with this number.
    Number(Number),
    /// The incident of this room.
    Room(CompactString),
    /// The incident of this ticket.
    Ticket(CompactString),
    /// The firing alerts that inhibit what has this hash (rule and `equal` labels).
    Inhibitor(u64),
}

/// What an index knows of a key. It may dangle: look at the case before you believe it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Found {
    /// The case.
    pub case: CaseId,
    /// The member, for [`Key::Inhibitor`].
    pub member: Option<Fingerprint>,
}

/// One change of an index. [`Key::Fingerprint`], [`Key::Number`], [`Key::Room`] and
/// [`Key::Ticket`] find one case, the newest put; [`Key::Inhibitor`] finds a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IndexChange {
    /// The key finds this from now on.
    Put(Key, Found),
    /// The key no longer finds this; another value of a single key stays.
    Remove(Key, Found),
}

/// Everything that one decision writes.
#[derive(Debug, Clone)]
pub struct Commit {
    /// Random; the same command sent again gets its first answer.
    pub command: u128,
    /// The case.
    pub case: CaseId,
    /// The version that the decision saw; 0 for a case that begins.
    pub expected: u64,
    /// For a case that begins: the case that its group had before. The commit conflicts when the
    /// group has another current case by now.
    pub replaces: Option<CaseId>,
    /// Something begins in a case that is there already: it must still be the current one of its
    /// group, else the answer is [`Error::Replaced`].
    pub is_current: bool,
    /// The new head. Its `version` is the number of the last event.
    pub head: Arc<Head>,
    /// The rows of members that changed.
    pub members: Vec<(Fingerprint, Member)>,
    /// The new events, numbered from `expected + 1` without gaps; may be empty.
    pub events: Vec<Stored>,
    /// New effects, due at once.
    pub effects: Vec<(EffectId, Effect)>,
    /// Timers to set or cancel.
    pub timers: Vec<(Timer, TimerSet)>,
    /// The agenda row that this decision answers: removed if this token still holds it, else
    /// nothing at all is written and the answer is [`Error::LeaseLost`].
    pub settles: Option<(RowId, Token)>,
    /// Index entries.
    pub index: Vec<IndexChange>,
    /// Delete the case with all its rows, timers and effects, and its group's pointer to it.
    pub forget: bool,
    /// The time of the decision: the due time of new effects.
    pub now: DateTime<Utc>,
    /// Claim the new effects of class A and B for this process in the same write.
    pub lease: Option<Lease>,
}

/// The answer to a commit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Committed {
    /// The new effects that this process may start at once.
    pub claimed: Vec<Claimed>,
}

/// A small versioned document: a silence, a grant, a heartbeat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// Its name inside its kind.
    pub id: CompactString,
    /// Counts from 1; a write must have seen the last one.
    pub version: u64,
    /// What it says.
    pub body: serde_json::Value,
}

/// A limit shared by all replicas: `burst` at once, refilled over `period` (GCRA).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// Its name, with whom it is about: `rooms/rule/cms-latency`.
    pub key: CompactString,
    /// How many are admitted inside one `period`.
    pub burst: u32,
    /// The period.
    pub period: TimeDelta,
}

/// The answer of a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permit {
    /// Go on; it is counted.
    Granted,
    /// Not before this time; nothing is counted.
    Refused(DateTime<Utc>),
}

/// Something changed, for those who watch. A hint: it may be lost, never wrong for long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A case has new events up to this number.
    Case(CaseId, u64),
    /// A document of this kind changed.
    Document(Kind),
    /// A log has entries up to this number.
    Log(CompactString, u64),
    /// Agenda rows may be due that no process holds.
    Agenda,
    /// Changes may have been missed: look at everything.
    Lagged,
}

/// How well the brain keeps its promise now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Health {
    /// `embedded` or `redis`, with where it is; no password.
    pub brain: String,
    /// Who this store is: made once, at its birth.
    pub id: String,
    /// Whether several processes may share it.
    pub is_shared: bool,
    /// How many shards it has.
    pub shards: u16,
    /// How many replicas acknowledge a write before it counts.
    pub replicas: u16,
    /// What it stands on that could lose something, in words.
    pub warnings: Vec<String>,
}

/// A page of cases in which something goes on, [`Head::is_live`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// The cases, by id.
    pub cases: Vec<(CaseId, Head)>,
    /// Where the next page begins; none: this was the last.
    pub next: Option<CaseId>,
}

/// The durable store.
pub trait Brain: Send + Sync + fmt::Debug {
    /// How many shards this store was made with.
    fn shards(&self) -> u16;

    /// Loads cases, one answer for each question, in order.
    fn load(&self, wanted: Vec<(At, Rows)>) -> Answer<'_, Vec<Option<Loaded>>>;

    /// Writes decisions, each atomic for itself, one answer for each, in order. All are durable when
    /// this answers. Two commits for one case in one call are applied in their order.
    fn commit(&self, commits: Vec<Commit>) -> BoxFuture<'_, Vec<Result<Committed, Error>>>;

    /// Claims up to `max` rows that are due at `now`, earliest first, for this lease.
    fn claim(&self, now: DateTime<Utc>, max: usize, lease: Lease) -> Answer<'_, Vec<Claimed>>;

    /// Prolongs a lease. [`Error::LeaseLost`] when somebody else has the row.
    fn renew(&self, row: RowId, token: Token, lease: Lease) -> Answer<'_, ()>;

    /// Gives a row back unsettled, due again at `due`. [`Error::LeaseLost`] as above.
    fn postpone(&self, row: RowId, token: Token, due: DateTime<Utc>) -> Answer<'_, ()>;

    /// When the next row is due, leases included; none when the agenda is empty.
    fn next_due(&self) -> Answer<'_, Option<DateTime<Utc>>>;

    /// What the indexes know, one answer for each key, in order.
    fn find(&self, keys: Vec<Key>) -> Answer<'_, Vec<Vec<Found>>>;

    /// Up to `max` events of a case, from this number on.
    fn events(&self, case: CaseId, from: u64, max: usize) -> Answer<'_, Vec<Stored>>;

    /// The events with these numbers, in order; those that do not exist are left out.
    fn events_at(&self, case: CaseId, numbers: Vec<u64>) -> Answer<'_, Vec<Stored>>;

    /// Cases in which something goes on, [`Head::is_live`], from the one after `after` on.
    fn live(&self, after: Option<CaseId>, max: usize) -> Answer<'_, Page>;

    /// A number for a new incident: dense and growing; a crash may leave a gap.
    fn next_number(&self) -> Answer<'_, Number>;

    /// The last number that was given; 0 before the first.
    fn last_number(&self) -> Answer<'_, Number>;

    /// All documents of a kind, by id.
    fn documents(&self, kind: Kind) -> Answer<'_, Vec<Document>>;

    /// Writes a document that had version `expected` (0: it must not exist), or deletes it when
    /// there is no body; gives the new version. [`Error::Conflict`] when it has another version.
    fn put(
        &self,
        kind: Kind,
        id: CompactString,
        expected: u64,
        body: Option<serde_json::Value>,
    ) -> Answer<'_, u64>;

    /// Asks limits for one permit each. All are granted and counted, or none is: the answer is then
    /// the refusal with the latest time, with its key.
    fn take(&self, limits: Vec<Limit>, now: DateTime<Utc>) -> Answer<'_, (Permit, CompactString)>;

    /// Appends to a log, once for each id: what a room heard, what a picture shows. Durable when
    /// this answers. Gives the entry's number, counted from 1 without gaps; an id that is there
    /// already keeps its first body and gives its number. [`Error::Invalid`] when the entry is
    /// larger than [`LOGGED_BYTES_MAX`], or a name longer than [`NAME_BYTES_MAX`].
    fn append(&self, log: CompactString, id: CompactString, body: Vec<u8>) -> Answer<'_, u64>;

    /// Up to `max` entries of a log, from this number on; fewer when they have more than
    /// [`READ_BYTES_MAX`] together, but one if there is one.
    fn read(&self, log: CompactString, from: u64, max: usize) -> Answer<'_, Vec<Logged>>;

    /// The number of the last entry of a log; 0 when there is none.
    fn length(&self, log: CompactString) -> Answer<'_, u64>;

    /// Deletes a log with everything in it; one that is appended to later begins anew.
    fn discard(&self, log: CompactString) -> Answer<'_, ()>;

    /// Changes from now on, those of other processes included.
    fn watch(&self) -> broadcast::Receiver<Change>;

    /// Where the store stands, asked of the store itself. One that cannot forget stays where it is.
    fn position(&self) -> Answer<'_, Position>;

    /// Looks at what the brain stands on.
    fn health(&self) -> Answer<'_, Health>;
}
