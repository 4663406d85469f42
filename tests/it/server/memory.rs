//! A brain in memory for the server's tests: what it forgets at the end is not their business.

use std::sync::{Mutex, MutexGuard};

use chrono::{DateTime, Utc};
use compact_str::CompactString;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use tokio::sync::broadcast;
use warroom::brain::{
    Answer, At, Brain, Change, Claimed, Commit, Committed, Document, Error, Found, Health, Key,
    Kind, Lease, Limit, Loaded, Page, Permit, RowId, Rows, Token,
};
use warroom::domain::ids::{CaseId, Number};
use warroom::domain::incident::Stored;

#[path = "../../sim/store.rs"]
mod store;

/// The brain, and whether it answers.
#[derive(Debug)]
pub(crate) struct Memory {
    store: Mutex<store::Store>,
    changes: broadcast::Sender<Change>,
    is_away: std::sync::atomic::AtomicBool,
}

impl Default for Memory {
    fn default() -> Self {
        Self { store: Mutex::default(), changes: broadcast::channel(16).0, is_away: false.into() }
    }
}

impl Memory {
    /// From now on it cannot be reached, or can again.
    pub(crate) fn set_away(&self, is_away: bool) {
        self.is_away.store(is_away, std::sync::atomic::Ordering::Relaxed);
    }

    fn ask<T: Send + 'static>(
        &self,
        answer: impl FnOnce(MutexGuard<'_, store::Store>) -> Result<T, Error>,
    ) -> Answer<'_, T> {
        if self.is_away.load(std::sync::atomic::Ordering::Relaxed) {
            return ready(Err(Error::Away("the test says so".to_owned()))).boxed();
        }
        ready(answer(self.store.lock().unwrap())).boxed()
    }
}

impl Brain for Memory {
    fn shards(&self) -> u16 {
        8
    }

    fn load(&self, wanted: Vec<(At, Rows)>) -> Answer<'_, Vec<Option<Loaded>>> {
        self.ask(|store| Ok(wanted.iter().map(|(at, rows)| store.load(at, rows)).collect()))
    }

    fn commit(&self, commits: Vec<Commit>) -> BoxFuture<'_, Vec<Result<Committed, Error>>> {
        let count = commits.len();
        let done = self.ask(|mut store| {
            Ok(commits.into_iter().map(|commit| store.commit(commit)).collect::<Vec<_>>())
        });
        done.map(move |done| done.unwrap_or_else(|error| vec![Err(error); count])).boxed()
    }

    fn claim(&self, now: DateTime<Utc>, max: usize, lease: Lease) -> Answer<'_, Vec<Claimed>> {
        self.ask(|mut store| Ok(store.claim(now, max, &lease)))
    }

    fn renew(&self, row: RowId, token: Token, lease: Lease) -> Answer<'_, ()> {
        self.ask(|mut store| store.hold(row, token, lease.until))
    }

    fn postpone(&self, row: RowId, token: Token, due: DateTime<Utc>) -> Answer<'_, ()> {
        self.ask(|mut store| store.postpone(row, token, due))
    }

    fn next_due(&self) -> Answer<'_, Option<DateTime<Utc>>> {
        self.ask(|store| Ok(store.agenda.values().map(|row| row.due).min()))
    }

    fn find(&self, keys: Vec<Key>) -> Answer<'_, Vec<Vec<Found>>> {
        self.ask(|store| {
            let found = |key| store.index.get(key).into_iter().flatten().copied().collect();
            Ok(keys.iter().map(found).collect())
        })
    }

    fn events(&self, case: CaseId, from: u64, max: usize) -> Answer<'_, Vec<Stored>> {
        self.ask(|store| Ok(store.events(case, from, max)))
    }

    fn events_at(&self, case: CaseId, numbers: Vec<u64>) -> Answer<'_, Vec<Stored>> {
        self.ask(|store| {
            let all = store.events(case, 1, usize::MAX);
            Ok(all.into_iter().filter(|stored| numbers.contains(&stored.number)).collect())
        })
    }

    fn live(&self, after: Option<CaseId>, max: usize) -> Answer<'_, Page> {
        self.ask(|store| Ok(store.live(after, max)))
    }

    fn next_number(&self) -> Answer<'_, Number> {
        self.ask(|mut store| Ok(store.next_number()))
    }

    fn last_number(&self) -> Answer<'_, Number> {
        self.ask(|store| Ok(Number(store.number)))
    }

    fn documents(&self, kind: Kind) -> Answer<'_, Vec<Document>> {
        self.ask(|store| {
            let mine = store.documents.iter().filter(|((name, _), _)| *name == kind.name());
            Ok(mine.map(|(_, document)| document.clone()).collect())
        })
    }

    fn put(
        &self,
        kind: Kind,
        id: CompactString,
        expected: u64,
        body: Option<serde_json::Value>,
    ) -> Answer<'_, u64> {
        let put = self.ask(|mut store| store.put(kind, id, expected, body));
        drop(self.changes.send(Change::Document(kind)));
        put
    }

    fn take(&self, limits: Vec<Limit>, now: DateTime<Utc>) -> Answer<'_, (Permit, CompactString)> {
        self.ask(|mut store| Ok(store.take(&limits, now)))
    }

    fn watch(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }

    fn health(&self) -> Answer<'_, Health> {
        self.ask(|_| {
            Ok(Health {
                brain: "memory".to_owned(),
                id: "test".to_owned(),
                is_shared: false,
                shards: 8,
                replicas: 0,
                warnings: Vec::new(),
            })
        })
    }
}
