//! One process's line to the brain: it knows when nobody waits for an answer, it can be cut, and the
//! brain at its end can be away.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use chrono::{DateTime, Utc};
use compact_str::CompactString;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, pending, ready};
use tempfile::TempDir;
use tokio::sync::{Notify, broadcast};
use warroom::brain::embedded::{Embedded, Options};
use warroom::brain::{
    Answer, At, Brain, Change, Claimed, Commit, Committed, Document, Error, Found, Health, Key,
    Kind, Lease, Limit, Loaded, Logged, Page, Permit, Position, RowId, Rows, Token,
};
use warroom::domain::ids::{CaseId, Number};
use warroom::domain::incident::Stored;

/// How many questions to the brain are open.
#[derive(Debug, Default)]
pub(crate) struct Busy {
    open: AtomicUsize,
    answered: Notify,
}

impl Busy {
    /// Waits for an answer, if any question is open; says whether one was.
    pub(crate) async fn wait(&self) -> bool {
        let answered = self.answered.notified();
        if self.open.load(Ordering::SeqCst) == 0 {
            return false;
        }
        answered.await;
        true
    }
}

struct Question<'a>(&'a Busy);

impl Drop for Question<'_> {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::SeqCst);
        self.0.answered.notify_waiters();
    }
}

/// One process's line to the brain.
#[derive(Debug)]
pub(crate) struct Line {
    brain: Arc<dyn Brain>,
    busy: Arc<Busy>,
    is_cut: AtomicBool,
    is_away: AtomicBool,
    /// The folder of a brain that nobody else keeps.
    _folder: Option<TempDir>,
}

impl Line {
    /// A line that works.
    pub(crate) fn new(brain: Arc<dyn Brain>, busy: Arc<Busy>) -> Self {
        Self { brain, busy, is_cut: false.into(), is_away: false.into(), _folder: None }
    }

    /// A line to a new and empty brain of its own.
    pub(crate) fn to_new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = Options { shards: 8, ..Options::default() };
        let brain = Arc::new(Embedded::open(folder.path(), &options).unwrap());
        Self { _folder: Some(folder), ..Self::new(brain, Arc::default()) }
    }

    /// From now on the brain cannot be reached, or can again.
    pub(crate) fn set_away(&self, is_away: bool) {
        self.is_away.store(is_away, Ordering::Relaxed);
    }

    fn away(&self) -> Option<Error> {
        let is_away = self.is_away.load(Ordering::Relaxed);
        is_away.then(|| Error::Away("the test says so".to_owned()))
    }

    /// The process has died: nothing that it asks is heard, and it hears no answer.
    pub(crate) fn cut(&self) {
        self.is_cut.store(true, Ordering::SeqCst);
    }

    async fn cut_ends(&self) {
        if self.is_cut.load(Ordering::SeqCst) {
            pending().await
        }
    }

    fn ask<'a, T: Send + 'a>(&'a self, answer: Answer<'a, T>) -> Answer<'a, T> {
        if let Some(away) = self.away() {
            return ready(Err(away)).boxed();
        }
        self.wait(answer)
    }

    fn wait<'a, T: Send + 'a>(&'a self, answer: BoxFuture<'a, T>) -> BoxFuture<'a, T> {
        async move {
            self.cut_ends().await;
            self.busy.open.fetch_add(1, Ordering::SeqCst);
            let question = Question(&self.busy);
            let answer = answer.await;
            drop(question);
            self.cut_ends().await;
            answer
        }
        .boxed()
    }
}

impl Brain for Line {
    fn shards(&self) -> u16 {
        self.brain.shards()
    }

    fn load(&self, wanted: Vec<(At, Rows)>) -> Answer<'_, Vec<Option<Loaded>>> {
        self.ask(self.brain.load(wanted))
    }

    fn commit(&self, commits: Vec<Commit>) -> BoxFuture<'_, Vec<Result<Committed, Error>>> {
        if let Some(away) = self.away() {
            return ready(vec![Err(away); commits.len()]).boxed();
        }
        self.wait(self.brain.commit(commits))
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
