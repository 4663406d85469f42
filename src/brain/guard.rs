//! A brain that is not there yet, or is not believed: it answers that it is away, and why.
//!
//! It refuses to know how a brain is opened, and when one may be believed again: who has opened it
//! or doubts it says so.

use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwap;
use chrono::{DateTime, Utc};
use compact_str::CompactString;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use tokio::sync::broadcast;

use super::{
    Answer, At, Brain, Change, Claimed, Commit, Committed, Document, Error, Found, Health, Key,
    Kind, Lease, Limit, Loaded, Logged, Page, Permit, Position, RowId, Rows, Token,
};
use crate::domain::ids::{CaseId, Number};
use crate::domain::incident::Stored;

/// How many changes a watcher may lag behind before it is told to look at everything.
const CHANGES_MAX: usize = 1024;

/// Stands before a brain.
#[derive(Debug)]
pub struct Guard {
    brain: OnceLock<Arc<dyn Brain>>,
    /// Why nothing is asked or told; empty: nothing is wrong.
    doubt: ArcSwap<String>,
    /// For those who began to watch before the brain was there.
    changes: broadcast::Sender<Change>,
}

impl Guard {
    /// Before a brain that is there.
    #[must_use]
    pub fn around(brain: Arc<dyn Brain>) -> Self {
        Self { brain: OnceLock::from(brain), ..Self::closed(String::new()) }
    }

    /// Before a brain that is still away, and why.
    #[must_use]
    pub fn closed(why: String) -> Self {
        let (changes, _) = broadcast::channel(CHANGES_MAX);
        Self { brain: OnceLock::new(), doubt: ArcSwap::from_pointee(why), changes }
    }

    /// The brain is there now. What it says of changes must be handed on with [`Guard::tell`].
    pub fn open(&self, brain: Arc<dyn Brain>) {
        // Only one party opens; a second brain would be refused, not mixed up with the first.
        self.brain.set(brain).ok();
        self.believe();
        self.tell(Change::Lagged);
    }

    /// Tells a change to those who watched before the brain was there.
    pub fn tell(&self, change: Change) {
        // Nobody may be listening.
        self.changes.send(change).ok();
    }

    /// From now on nothing is asked or told but [`Brain::position`].
    pub fn doubt(&self, why: String) {
        self.doubt.store(Arc::new(why));
    }

    /// The doubt is over.
    pub fn believe(&self) {
        self.doubt.store(Arc::default());
    }

    fn trusted(&self) -> Result<&Arc<dyn Brain>, Error> {
        let doubt = self.doubt.load();
        match self.brain.get() {
            Some(brain) if doubt.is_empty() => Ok(brain),
            _ => Err(Error::Away(doubt.to_string())),
        }
    }

    fn ask<'a, T: Send + 'a>(
        &'a self,
        ask: impl FnOnce(&'a dyn Brain) -> Answer<'a, T>,
    ) -> Answer<'a, T> {
        match self.trusted() {
            Ok(brain) => ask(brain.as_ref()),
            Err(error) => ready(Err(error)).boxed(),
        }
    }
}

impl Brain for Guard {
    fn shards(&self) -> u16 {
        // Nothing is placed in a shard before a load has succeeded.
        self.brain.get().map_or(1, |brain| brain.shards())
    }

    fn load(&self, wanted: Vec<(At, Rows)>) -> Answer<'_, Vec<Option<Loaded>>> {
        self.ask(|brain| brain.load(wanted))
    }

    fn commit(&self, commits: Vec<Commit>) -> BoxFuture<'_, Vec<Result<Committed, Error>>> {
        match self.trusted() {
            Ok(brain) => brain.commit(commits),
            Err(error) => ready(vec![Err(error); commits.len()]).boxed(),
        }
    }

    fn claim(&self, now: DateTime<Utc>, max: usize, lease: Lease) -> Answer<'_, Vec<Claimed>> {
        self.ask(|brain| brain.claim(now, max, lease))
    }

    fn renew(&self, row: RowId, token: Token, lease: Lease) -> Answer<'_, ()> {
        self.ask(|brain| brain.renew(row, token, lease))
    }

    fn postpone(&self, row: RowId, token: Token, due: DateTime<Utc>) -> Answer<'_, ()> {
        self.ask(|brain| brain.postpone(row, token, due))
    }

    fn next_due(&self) -> Answer<'_, Option<DateTime<Utc>>> {
        self.ask(|brain| brain.next_due())
    }

    fn find(&self, keys: Vec<Key>) -> Answer<'_, Vec<Vec<Found>>> {
        self.ask(|brain| brain.find(keys))
    }

    fn events(&self, case: CaseId, from: u64, max: usize) -> Answer<'_, Vec<Stored>> {
        self.ask(|brain| brain.events(case, from, max))
    }

    fn events_at(&self, case: CaseId, numbers: Vec<u64>) -> Answer<'_, Vec<Stored>> {
        self.ask(|brain| brain.events_at(case, numbers))
    }

    fn live(&self, after: Option<CaseId>, max: usize) -> Answer<'_, Page> {
        self.ask(|brain| brain.live(after, max))
    }

    fn next_number(&self) -> Answer<'_, Number> {
        self.ask(|brain| brain.next_number())
    }

    fn last_number(&self) -> Answer<'_, Number> {
        self.ask(|brain| brain.last_number())
    }

    fn documents(&self, kind: Kind) -> Answer<'_, Vec<Document>> {
        self.ask(|brain| brain.documents(kind))
    }

    fn put(
        &self,
        kind: Kind,
        id: CompactString,
        expected: u64,
        body: Option<serde_json::Value>,
    ) -> Answer<'_, u64> {
        self.ask(|brain| brain.put(kind, id, expected, body))
    }

    fn take(&self, limits: Vec<Limit>, now: DateTime<Utc>) -> Answer<'_, (Permit, CompactString)> {
        self.ask(|brain| brain.take(limits, now))
    }

    fn append(&self, log: CompactString, id: CompactString, body: Vec<u8>) -> Answer<'_, u64> {
        self.ask(|brain| brain.append(log, id, body))
    }

    fn read(&self, log: CompactString, from: u64, max: usize) -> Answer<'_, Vec<Logged>> {
        self.ask(|brain| brain.read(log, from, max))
    }

    fn length(&self, log: CompactString) -> Answer<'_, u64> {
        self.ask(|brain| brain.length(log))
    }

    fn discard(&self, log: CompactString) -> Answer<'_, ()> {
        self.ask(|brain| brain.discard(log))
    }

    fn watch(&self) -> broadcast::Receiver<Change> {
        self.brain.get().map_or_else(|| self.changes.subscribe(), |brain| brain.watch())
    }

    fn position(&self) -> Answer<'_, Position> {
        match self.brain.get() {
            Some(brain) => brain.position(),
            None => ready(Err(Error::Away(self.doubt.load().to_string()))).boxed(),
        }
    }

    fn health(&self) -> Answer<'_, Health> {
        self.ask(|brain| brain.health())
    }
}
