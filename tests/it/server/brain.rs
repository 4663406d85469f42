//! The embedded brain in a folder of its own, with a switch that takes it away.

use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, Utc};
use compact_str::CompactString;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use tempfile::TempDir;
use tokio::sync::broadcast;
use warroom::brain::embedded::{Embedded, Options};
use warroom::brain::{
    Answer, At, Brain, Change, Claimed, Commit, Committed, Document, Error, Found, Health, Key,
    Kind, Lease, Limit, Loaded, Logged, Page, Permit, Position, RowId, Rows, Token,
};
use warroom::domain::ids::{CaseId, Number};
use warroom::domain::incident::Stored;

/// The brain, and whether it answers.
#[derive(Debug)]
pub(crate) struct Switched {
    brain: Embedded,
    is_away: AtomicBool,
    _folder: TempDir,
}

impl Switched {
    /// A new and empty one.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = Options { shards: 8, ..Options::default() };
        let brain = Embedded::open(folder.path(), &options).unwrap();
        Self { brain, is_away: false.into(), _folder: folder }
    }

    /// From now on it cannot be reached, or can again.
    pub(crate) fn set_away(&self, is_away: bool) {
        self.is_away.store(is_away, Ordering::Relaxed);
    }

    fn ask<'a, T: Send + 'a>(&'a self, answer: Answer<'a, T>) -> Answer<'a, T> {
        if self.is_away.load(Ordering::Relaxed) {
            return ready(Err(Error::Away("the test says so".to_owned()))).boxed();
        }
        answer
    }
}

impl Brain for Switched {
    fn shards(&self) -> u16 {
        self.brain.shards()
    }

    fn load(&self, wanted: Vec<(At, Rows)>) -> Answer<'_, Vec<Option<Loaded>>> {
        self.ask(self.brain.load(wanted))
    }

    fn commit(&self, commits: Vec<Commit>) -> BoxFuture<'_, Vec<Result<Committed, Error>>> {
        if self.is_away.load(Ordering::Relaxed) {
            let away = Error::Away("the test says so".to_owned());
            return ready(vec![Err(away); commits.len()]).boxed();
        }
        self.brain.commit(commits)
    }

    fn claim(&self, now: DateTime<Utc>, max: usize, lease: Lease) -> Answer<'_, Vec<Claimed>> {
        self.ask(self.brain.claim(now, max, lease))
    }

    fn renew(&self, row: RowId, token: Token, lease: Lease) -> Answer<'_, ()> {
        self.ask(self.brain.renew(row, token, lease))
    }

    fn postpone(&self, row: RowId, token: Token, due: DateTime<Utc>) -> Answer<'_, ()> {
        self.ask(self.brain.postpone(row, token, due))
    }

    fn next_due(&self) -> Answer<'_, Option<DateTime<Utc>>> {
        self.ask(self.brain.next_due())
    }

    fn find(&self, keys: Vec<Key>) -> Answer<'_, Vec<Vec<Found>>> {
        self.ask(self.brain.find(keys))
    }

    fn events(&self, case: CaseId, from: u64, max: usize) -> Answer<'_, Vec<Stored>> {
        self.ask(self.brain.events(case, from, max))
    }

    fn events_at(&self, case: CaseId, numbers: Vec<u64>) -> Answer<'_, Vec<Stored>> {
        self.ask(self.brain.events_at(case, numbers))
    }

    fn live(&self, after: Option<CaseId>, max: usize) -> Answer<'_, Page> {
        self.ask(self.brain.live(after, max))
    }

    fn next_number(&self) -> Answer<'_, Number> {
        self.ask(self.brain.next_number())
    }

    fn last_number(&self) -> Answer<'_, Number> {
        self.ask(self.brain.last_number())
    }

    fn documents(&self, kind: Kind) -> Answer<'_, Vec<Document>> {
        self.ask(self.brain.documents(kind))
    }

    fn put(
        &self,
        kind: Kind,
        id: CompactString,
        expected: u64,
        body: Option<serde_json::Value>,
    ) -> Answer<'_, u64> {
        self.ask(self.brain.put(kind, id, expected, body))
    }

    fn take(&self, limits: Vec<Limit>, now: DateTime<Utc>) -> Answer<'_, (Permit, CompactString)> {
        self.ask(self.brain.take(limits, now))
    }

    fn append(&self, log: CompactString, id: CompactString, body: Vec<u8>) -> Answer<'_, u64> {
        self.ask(self.brain.append(log, id, body))
    }

    fn read(&self, log: CompactString, from: u64, max: usize) -> Answer<'_, Vec<Logged>> {
        self.ask(self.brain.read(log, from, max))
    }

    fn length(&self, log: CompactString) -> Answer<'_, u64> {
        self.ask(self.brain.length(log))
    }

    fn discard(&self, log: CompactString) -> Answer<'_, ()> {
        self.ask(self.brain.discard(log))
    }

    fn watch(&self) -> broadcast::Receiver<Change> {
        self.brain.watch()
    }

    fn position(&self) -> Answer<'_, Position> {
        self.ask(self.brain.position())
    }

    fn health(&self) -> Answer<'_, Health> {
        self.ask(self.brain.health())
    }
}
