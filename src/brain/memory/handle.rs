//! The one handle on a brain in memory.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use compact_str::CompactString;
use futures_util::future::{BoxFuture, ready};
use tokio::sync::broadcast;

use super::store::Store;
use super::writing::Written;
use crate::brain::{
    Answer, At, Brain, Change, Claimed, Commit, Committed, Document, Error, Found, Health, Key,
    Kind, Lease, Limit, Loaded, Logged, Page, Permit, Position, RowId, Rows, Token, Witness,
};
use crate::domain::ids::{CaseId, Number};
use crate::domain::incident::Stored;

/// Groups need not be spread where there is one store: few shards keep ids short.
const SHARDS: u16 = 4;
/// How many changes a watcher may lag behind before it is told to look at everything.
const CHANGES_MAX: usize = 1024;
/// What this store calls itself: there is one in a process' rehearsal, and none after it.
const NAME: &str = "memory";

/// A brain that lives as long as this value.
#[derive(Debug)]
pub struct Memory {
    store: Mutex<Store>,
    changes: broadcast::Sender<Change>,
    witness: Option<Arc<dyn Witness>>,
}

impl Default for Memory {
    fn default() -> Self {
        let (changes, _) = broadcast::channel(CHANGES_MAX);
        Self { store: Mutex::default(), changes, witness: None }
    }
}

impl Memory {
    /// An empty store, every write of which this witness sees.
    #[must_use]
    pub fn watched_by(witness: Arc<dyn Witness>) -> Self {
        Self { witness: Some(witness), ..Self::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer<T: Send + 'static>(&self, look: impl FnOnce(&mut Store) -> T) -> Answer<'_, T> {
        self.attempt(|store| Ok(look(store)))
    }

    fn attempt<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut Store) -> Result<T, Error>,
    ) -> Answer<'_, T> {
        let answer = act(&mut self.lock());
        Box::pin(ready(answer))
    }

    /// Tells those who watch, of whom there may be none.
    fn tell(&self, change: Change) {
        self.changes.send(change).ok();
    }

    fn write(&self, commit: &Commit) -> Result<Committed, Error> {
        let committed = match self.lock().commit(commit) {
            Written::Now(committed) => committed,
            Written::No(answer) => return answer,
        };
        if let Some(witness) = &self.witness {
            witness.committed(commit);
        }
        self.tell(Change::Case(commit.case, commit.head.version));
        // What is claimed already and timers of later are found by their time.
        if commit.effects.len() > committed.claimed.len() || !commit.timers.is_empty() {
            self.tell(Change::Agenda);
        }
        Ok(committed)
    }
}

impl Brain for Memory {
    fn shards(&self) -> u16 {
        SHARDS
    }

    fn load(&self, wanted: Vec<(At, Rows)>) -> Answer<'_, Vec<Option<Loaded>>> {
        self.answer(|store| wanted.iter().map(|(at, rows)| store.load(at, rows)).collect())
    }

    fn commit(&self, commits: Vec<Commit>) -> BoxFuture<'_, Vec<Result<Committed, Error>>> {
        Box::pin(ready(commits.iter().map(|commit| self.write(commit)).collect()))
    }

    fn claim(&self, now: DateTime<Utc>, max: usize, lease: Lease) -> Answer<'_, Vec<Claimed>> {
        self.answer(|store| store.agenda.claim(now, max, &lease))
    }

    fn renew(&self, row: RowId, token: Token, lease: Lease) -> Answer<'_, ()> {
        self.attempt(|store| store.agenda.renew(row, token, lease.until))
    }

    fn postpone(&self, row: RowId, token: Token, due: DateTime<Utc>) -> Answer<'_, ()> {
        let answer = self.attempt(|store| store.agenda.postpone(row, token, due));
        self.tell(Change::Agenda);
        answer
    }

    fn next_due(&self) -> Answer<'_, Option<DateTime<Utc>>> {
        self.answer(|store| store.agenda.next_due())
    }

    fn find(&self, keys: Vec<Key>) -> Answer<'_, Vec<Vec<Found>>> {
        self.answer(|store| keys.iter().map(|key| store.find(key)).collect())
    }

    fn events(&self, case: CaseId, from: u64, max: usize) -> Answer<'_, Vec<Stored>> {
        self.answer(|store| store.events(case, from, max))
    }

    fn events_at(&self, case: CaseId, numbers: Vec<u64>) -> Answer<'_, Vec<Stored>> {
        self.answer(|store| store.events_at(case, &numbers))
    }

    fn live(&self, after: Option<CaseId>, max: usize) -> Answer<'_, Page> {
        self.answer(|store| store.live(after, max))
    }

    fn next_number(&self) -> Answer<'_, Number> {
        self.answer(|store| {
            store.number += 1;
            Number(store.number)
        })
    }

    fn last_number(&self) -> Answer<'_, Number> {
        self.answer(|store| Number(store.number))
    }

    fn documents(&self, kind: Kind) -> Answer<'_, Vec<Document>> {
        self.answer(|store| store.documents(kind))
    }

    fn put(
        &self,
        kind: Kind,
        id: CompactString,
        expected: u64,
        body: Option<serde_json::Value>,
    ) -> Answer<'_, u64> {
        let written = match self.lock().put(kind, id, expected, body) {
            Ok(written) => written,
            Err(error) => return Box::pin(ready(Err(error))),
        };
        if let (Some(witness), Some(document)) = (&self.witness, &written) {
            witness.put(kind, document);
        }
        self.tell(Change::Document(kind));
        Box::pin(ready(Ok(written.map_or(expected + 1, |document| document.version))))
    }

    fn take(&self, limits: Vec<Limit>, now: DateTime<Utc>) -> Answer<'_, (Permit, CompactString)> {
        let now = now.timestamp_nanos_opt().unwrap_or(i64::MAX);
        self.answer(|store| store.take(&limits, now))
    }

    fn append(&self, log: CompactString, id: CompactString, body: Vec<u8>) -> Answer<'_, u64> {
        let seen = self.witness.as_ref().map(|witness| (witness, body.clone()));
        let appended = self.lock().logs.append(&log, id, body);
        let (number, is_new) = match appended {
            Ok(appended) => appended,
            Err(error) => return Box::pin(ready(Err(error))),
        };
        if let (Some((witness, body)), true) = (seen, is_new) {
            witness.appended(&log, &body);
        }
        self.tell(Change::Log(log, number));
        Box::pin(ready(Ok(number)))
    }

    fn read(&self, log: CompactString, from: u64, max: usize) -> Answer<'_, Vec<Logged>> {
        self.attempt(|store| store.logs.read(&log, from, max))
    }

    fn length(&self, log: CompactString) -> Answer<'_, u64> {
        self.answer(|store| store.logs.length(&log))
    }

    fn discard(&self, log: CompactString) -> Answer<'_, ()> {
        self.answer(|store| store.logs.discard(&log))
    }

    fn watch(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }

    fn position(&self) -> Answer<'_, Position> {
        self.answer(|store| Position {
            id: NAME.to_owned(),
            replid: String::new(),
            sequence: store.sequence,
        })
    }

    fn health(&self) -> Answer<'_, Health> {
        self.answer(|_| Health {
            brain: NAME.to_owned(),
            id: NAME.to_owned(),
            is_shared: false,
            shards: SHARDS,
            replicas: 0,
            warnings: vec!["it is in memory only and ends with this process".to_owned()],
        })
    }
}
