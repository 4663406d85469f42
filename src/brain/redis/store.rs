//! The brain itself: what it holds, and which part answers which question.

use std::sync::atomic::AtomicU16;

use chrono::{DateTime, Utc};
use compact_str::CompactString;
use futures_util::future::BoxFuture;
use tokio::sync::broadcast;

use super::address::Address;
use super::keys::Keys;
use super::options::Options;
use super::session::Session;
use super::watch::Watch;
use super::{birth, watch};
use crate::brain::{
    Answer, At, Brain, Change, Claimed, Commit, Committed, Document, Error, Found, Health, Key,
    Kind, Lease, Limit, Loaded, Logged, Page, Permit, Position, RowId, Rows, Token,
};
use crate::domain::ids::{CaseId, Number};
use crate::domain::incident::Stored;

/// The brain in a Redis.
#[derive(Debug)]
pub struct Redis {
    pub(super) session: Session,
    pub(super) keys: Keys,
    pub(super) place: String,
    pub(super) id: String,
    pub(super) shards: u16,
    /// Which shard the next claim asks first.
    pub(super) turn: AtomicU16,
    watch: Watch,
}

impl Redis {
    /// Connects, looks at what it stands on, and begins a new store if there is none.
    ///
    /// # Errors
    /// [`Error::Unusable`] when this Redis may lose or has lost what it was told, or belongs to
    /// somebody else; [`Error::Away`] when it cannot be reached.
    pub async fn open(address: Address, options: Options) -> Result<Self, Error> {
        birth::check(&options)?;
        let place = address.to_string();
        let session = Session::new(address.clone(), &options);
        let keys = Keys::new(&options.prefix);
        let born = birth::open(&session, &keys, &options).await?;
        let watch = watch::start(&address, &session, &options, &keys).await;
        let (id, shards, turn) = (born.id, born.shards, AtomicU16::new(0));
        Ok(Self { session, keys, place, id, shards, turn, watch })
    }

    /// Who this store is: made once, at its birth.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn all_shards(&self) -> std::ops::Range<u16> {
        0..self.shards
    }
}

impl Brain for Redis {
    fn shards(&self) -> u16 {
        self.shards
    }

    fn load(&self, wanted: Vec<(At, Rows)>) -> Answer<'_, Vec<Option<Loaded>>> {
        Box::pin(self.load_cases(wanted))
    }

    fn commit(&self, commits: Vec<Commit>) -> BoxFuture<'_, Vec<Result<Committed, Error>>> {
        Box::pin(self.commit_all(commits))
    }

    fn claim(&self, now: DateTime<Utc>, max: usize, lease: Lease) -> Answer<'_, Vec<Claimed>> {
        Box::pin(self.claim_rows(now, max, lease))
    }

    fn renew(&self, row: RowId, token: Token, lease: Lease) -> Answer<'_, ()> {
        Box::pin(self.renew_row(row, token, lease))
    }

    fn postpone(&self, row: RowId, token: Token, due: DateTime<Utc>) -> Answer<'_, ()> {
        Box::pin(self.postpone_row(row, token, due))
    }

    fn next_due(&self) -> Answer<'_, Option<DateTime<Utc>>> {
        Box::pin(self.earliest_due())
    }

    fn find(&self, keys: Vec<Key>) -> Answer<'_, Vec<Vec<Found>>> {
        Box::pin(self.find_all(keys))
    }

    fn events(&self, case: CaseId, from: u64, max: usize) -> Answer<'_, Vec<Stored>> {
        Box::pin(self.events_from(case, from, max))
    }

    fn events_at(&self, case: CaseId, numbers: Vec<u64>) -> Answer<'_, Vec<Stored>> {
        Box::pin(self.events_numbered(case, numbers))
    }

    fn live(&self, after: Option<CaseId>, max: usize) -> Answer<'_, Page> {
        Box::pin(self.live_cases(after, max))
    }

    fn next_number(&self) -> Answer<'_, Number> {
        Box::pin(self.give_number())
    }

    fn last_number(&self) -> Answer<'_, Number> {
        Box::pin(self.read_number())
    }

    fn documents(&self, kind: Kind) -> Answer<'_, Vec<Document>> {
        Box::pin(self.all_documents(kind))
    }

    fn put(
        &self,
        kind: Kind,
        id: CompactString,
        expected: u64,
        body: Option<serde_json::Value>,
    ) -> Answer<'_, u64> {
        Box::pin(self.put_document(kind, id, expected, body))
    }

    fn take(&self, limits: Vec<Limit>, now: DateTime<Utc>) -> Answer<'_, (Permit, CompactString)> {
        Box::pin(self.take_permits(limits, now))
    }

    fn append(&self, log: CompactString, id: CompactString, body: Vec<u8>) -> Answer<'_, u64> {
        Box::pin(self.append_entry(log, id, body))
    }

    fn read(&self, log: CompactString, from: u64, max: usize) -> Answer<'_, Vec<Logged>> {
        Box::pin(self.read_entries(log, from, max))
    }

    fn length(&self, log: CompactString) -> Answer<'_, u64> {
        Box::pin(self.count_entries(log))
    }

    fn discard(&self, log: CompactString) -> Answer<'_, ()> {
        Box::pin(self.discard_log(log))
    }

    fn watch(&self) -> broadcast::Receiver<Change> {
        self.watch.subscribe()
    }

    fn position(&self) -> Answer<'_, Position> {
        Box::pin(self.look_where())
    }

    fn health(&self) -> Answer<'_, Health> {
        Box::pin(self.look())
    }
}
