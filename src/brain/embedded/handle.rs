//! The embedded brain as the rest of the program sees it.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use chrono::{DateTime, Utc};
use compact_str::CompactString;
use futures_util::future::BoxFuture;
use redb::{Database, ReadableTable};
use tokio::sync::{broadcast, mpsc, oneshot};

use super::disk::{self, Disk, Doing, Folder};
use super::prepare::prepare;
use super::reader::{Shared, Snapshot};
use super::rows::{META, SCHEMA, damaged, nanos, time};
use super::writer::{Answers, Job, Writer};
use super::{batch, scan};
use crate::brain::codec::encode;
use crate::brain::limits::Limits;
use crate::brain::logged;
use crate::brain::{
    Answer, At, Brain, Change, Claimed, Commit, Committed, Document, Error, Found, Health, Key,
    Kind, Lease, Limit, Loaded, Logged, Page, Permit, Position, RowId, Rows, Token,
};
use crate::domain::ids::{CaseId, Number};
use crate::domain::incident::Stored;

/// How many jobs may wait for the writer; whoever comes then waits to get in.
const QUEUE_MAX: usize = 1024;

/// How an embedded brain is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// How many shards a new store gets. An old one keeps what it has.
    pub shards: u16,
    /// The bound of the store's page cache.
    pub cache_bytes: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { shards: 64, cache_bytes: 32 * 1024 * 1024 }
    }
}

/// The brain in a folder. It is closed, with all that was accepted written, when it is dropped.
pub struct Embedded {
    shared: Arc<Shared>,
    jobs: Option<mpsc::Sender<Job>>,
    writer: Option<JoinHandle<()>>,
    limits: Mutex<Limits>,
    numbers: Mutex<u64>,
    birth: Birth,
    place: String,
}

/// What a store was born with.
struct Birth {
    id: String,
    shards: u16,
}

impl fmt::Debug for Embedded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Embedded").field("place", &self.place).finish_non_exhaustive()
    }
}

impl Embedded {
    /// Opens the brain in this folder, or makes it.
    ///
    /// # Errors
    /// [`Error::Unusable`] when another process has it, when a newer program wrote it, or when it
    /// is damaged; [`Error::Full`] when there is no room for it.
    pub fn open(folder: &Path, options: &Options) -> Result<Self, Error> {
        Self::open_on(Box::new(Folder(folder.to_owned())), options)
    }

    /// Opens the brain on any disk: tests simulate power cuts and full disks with this.
    ///
    /// # Errors
    /// As [`Embedded::open`].
    pub fn open_on(disk: Box<dyn Disk>, options: &Options) -> Result<Self, Error> {
        let place = disk.place();
        let database = disk::open(&*disk, options.cache_bytes)?;
        let birth = birth(&database, options, &place)?;
        let (mirror, counters) = scan::read(&database)?;
        let limits = Mutex::new(scan::limits(&database)?);
        let shared = Arc::new(Shared::new(mirror, Arc::new(Snapshot::take(&database)?)));
        let (jobs, queue) = mpsc::channel(QUEUE_MAX);
        let writer = Writer {
            database: Some(database),
            disk,
            cache_bytes: options.cache_bytes,
            counters,
            answers: Answers::default(),
            shared: Arc::clone(&shared),
            lazy: Vec::new(),
        };
        let thread = std::thread::Builder::new().name("brain-writer".to_owned());
        let writer = thread
            .spawn(move || writer.run(queue))
            .map_err(|error| Error::Unusable(format!("cannot start the writer: {error}")))?;
        let numbers = Mutex::new(counters.number);
        let (jobs, writer) = (Some(jobs), Some(writer));
        Ok(Self { shared, jobs, writer, limits, numbers, birth, place })
    }

    async fn send(&self, job: Job) -> Result<(), Error> {
        let gone = || Error::Unusable("the writer of the brain has died".to_owned());
        let jobs = self.jobs.as_ref().ok_or_else(gone)?;
        jobs.send(job).await.map_err(|_| gone())
    }

    /// Sends a job, and waits for its answer.
    async fn ask<T>(
        &self,
        job: impl FnOnce(oneshot::Sender<Result<T, Error>>) -> Job,
    ) -> Result<T, Error> {
        let (reply, answer) = oneshot::channel();
        self.send(job(reply)).await?;
        answer.await.map_err(|_| Error::Unusable("the writer of the brain has died".to_owned()))?
    }

    async fn write(&self, commits: Vec<Commit>) -> Result<Vec<Result<Committed, Error>>, Error> {
        let prepared = commits.into_iter().map(prepare).collect::<Result<_, _>>()?;
        let (reply, answer) = oneshot::channel();
        self.send(Job::Commit(prepared, reply)).await?;
        answer.await.map_err(|_| Error::Unusable("the writer of the brain has died".to_owned()))
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        self.jobs = None;
        // A writer that died has left nothing to wait for.
        drop(self.writer.take().map(JoinHandle::join));
    }
}

/// Reads what the store was born with, or bears it.
fn birth(database: &Database, options: &Options, place: &str) -> Result<Birth, Error> {
    let doing = "read what the store is";
    let transaction = database.begin_write().doing(doing)?;
    let birth = {
        let mut meta = transaction.open_table(META).doing(doing)?;
        let known = meta.get("schema").doing(doing)?.map(|value| value.value().to_vec());
        let birth = if let Some(known) = known {
            check_schema(&known, place)?;
            let text = |name| -> Result<String, Error> {
                let value = meta.get(name).doing(doing)?.ok_or_else(|| damaged(name))?;
                String::from_utf8(value.value().to_vec()).map_err(|_| damaged(name))
            };
            let shards = text("shards")?.parse().map_err(|_| damaged("shards"))?;
            Birth { id: text("id")?, shards }
        } else {
            bear(&mut meta, options)?
        };
        // Every table exists from the first moment on, the younger ones in an old store too.
        drop(batch::Tables::open(&transaction)?);
        birth
    };
    transaction.commit().doing("make the store")?;
    Ok(birth)
}

/// Writes what a new store is.
fn bear(meta: &mut redb::Table<'_, &str, &[u8]>, options: &Options) -> Result<Birth, Error> {
    let mut id = [0; 16];
    getrandom::fill(&mut id)
        .map_err(|error| Error::Unusable(format!("cannot make a brain's id: {error}")))?;
    let birth = Birth { id: hex::encode(id), shards: options.shards.max(1) };
    let shards = birth.shards.to_string();
    for (name, value) in
        [("schema", SCHEMA.to_string()), ("id", birth.id.clone()), ("shards", shards)]
    {
        meta.insert(name, value.as_bytes()).doing("make the store")?;
    }
    Ok(birth)
}

fn check_schema(known: &[u8], place: &str) -> Result<(), Error> {
    let known = std::str::from_utf8(known).ok().and_then(|known| known.parse::<u64>().ok());
    match known.ok_or_else(|| damaged("schema"))? {
        newer if newer > SCHEMA => Err(Error::Unusable(format!(
            "the brain in {place} has schema {newer}, this program knows {SCHEMA}: take a newer one"
        ))),
        _ => Ok(()),
    }
}

impl Brain for Embedded {
    fn shards(&self) -> u16 {
        self.birth.shards
    }

    fn load(&self, wanted: Vec<(At, Rows)>) -> Answer<'_, Vec<Option<Loaded>>> {
        Box::pin(async move { self.shared.load(&wanted) })
    }

    fn commit(&self, commits: Vec<Commit>) -> BoxFuture<'_, Vec<Result<Committed, Error>>> {
        let count = commits.len();
        Box::pin(async move {
            let failed = |error: Error| (0..count).map(|_| Err(error.clone())).collect();
            self.write(commits).await.unwrap_or_else(failed)
        })
    }

    fn claim(&self, now: DateTime<Utc>, max: usize, lease: Lease) -> Answer<'_, Vec<Claimed>> {
        let now = nanos(now);
        Box::pin(async move {
            // Most looks find nothing; those cost no transaction.
            let is_due = |at: Option<i64>| at.is_some_and(|at| at <= now);
            let (next, _) = self.shared.look(|mirror| mirror.order.first().map(|(at, _)| *at))?;
            if !is_due(next) {
                return Ok(Vec::new());
            }
            self.ask(|reply| Job::Claim { now, max, lease, reply }).await
        })
    }

    fn renew(&self, row: RowId, token: Token, lease: Lease) -> Answer<'_, ()> {
        Box::pin(self.ask(move |reply| Job::Renew { row: row.into(), token, lease, reply }))
    }

    fn postpone(&self, row: RowId, token: Token, due: DateTime<Utc>) -> Answer<'_, ()> {
        let due = nanos(due);
        Box::pin(self.ask(move |reply| Job::Postpone { row: row.into(), token, due, reply }))
    }

    fn next_due(&self) -> Answer<'_, Option<DateTime<Utc>>> {
        Box::pin(async move {
            let (next, _) = self.shared.look(|mirror| mirror.order.first().map(|(at, _)| *at))?;
            Ok(next.map(time))
        })
    }

    fn find(&self, keys: Vec<Key>) -> Answer<'_, Vec<Vec<Found>>> {
        Box::pin(async move {
            let find = |key| self.shared.look(|mirror| mirror.index.find(key));
            keys.iter().map(|key| find(key).map(|(found, _)| found)).collect()
        })
    }

    fn events(&self, case: CaseId, from: u64, max: usize) -> Answer<'_, Vec<Stored>> {
        Box::pin(async move { self.shared.events(case, from, max) })
    }

    fn events_at(&self, case: CaseId, numbers: Vec<u64>) -> Answer<'_, Vec<Stored>> {
        Box::pin(async move { self.shared.events_at(case, &numbers) })
    }

    fn live(&self, after: Option<CaseId>, max: usize) -> Answer<'_, Page> {
        Box::pin(async move { self.shared.live(after, max) })
    }

    fn next_number(&self) -> Answer<'_, Number> {
        Box::pin(async move {
            self.shared.trust()?;
            let number = {
                let mut last = self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
                *last += 1;
                *last
            };
            // It stands in the queue before any commit that uses it, so it is written no later.
            self.send(Job::Number(number)).await?;
            Ok(Number(number))
        })
    }

    fn last_number(&self) -> Answer<'_, Number> {
        let last = *self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        Box::pin(async move { Ok(Number(last)) })
    }

    fn documents(&self, kind: Kind) -> Answer<'_, Vec<Document>> {
        Box::pin(async move { self.shared.documents(kind) })
    }

    fn put(
        &self,
        kind: Kind,
        id: CompactString,
        expected: u64,
        body: Option<serde_json::Value>,
    ) -> Answer<'_, u64> {
        Box::pin(async move {
            let body = body.map(|body| encode("a document", &body)).transpose()?;
            self.ask(|reply| Job::Put { kind, id, expected, body, reply }).await
        })
    }

    fn take(&self, limits: Vec<Limit>, now: DateTime<Utc>) -> Answer<'_, (Permit, CompactString)> {
        let now = nanos(now);
        Box::pin(async move {
            self.shared.trust()?;
            let (answer, written) = {
                let mut known = self.limits.lock().unwrap_or_else(PoisonError::into_inner);
                known.take(&limits, now)
            };
            // No fsync: a crash forgets only permits that no durable commit has followed.
            if !written.is_empty() {
                self.send(Job::Limits(written)).await?;
            }
            Ok(answer)
        })
    }

    fn append(&self, log: CompactString, id: CompactString, body: Vec<u8>) -> Answer<'_, u64> {
        Box::pin(async move {
            logged::check_entry(&log, &id, &body)?;
            let row = logged::row(&id, &body);
            self.ask(|reply| Job::Append { log, id, row, reply }).await
        })
    }

    fn read(&self, log: CompactString, from: u64, max: usize) -> Answer<'_, Vec<Logged>> {
        Box::pin(async move { self.shared.read_log(&log, from, max) })
    }

    fn length(&self, log: CompactString) -> Answer<'_, u64> {
        Box::pin(async move { self.shared.log_length(&log) })
    }

    fn discard(&self, log: CompactString) -> Answer<'_, ()> {
        Box::pin(async move {
            logged::check_name(&log)?;
            self.ask(|reply| Job::Discard { log, reply }).await
        })
    }

    fn watch(&self) -> broadcast::Receiver<Change> {
        self.shared.watch()
    }

    fn position(&self) -> Answer<'_, Position> {
        Box::pin(async move { Ok(Position { id: self.birth.id.clone(), ..Position::default() }) })
    }

    fn health(&self) -> Answer<'_, Health> {
        Box::pin(async move {
            self.shared.trust()?;
            Ok(Health {
                brain: format!("embedded, {}", self.place),
                id: self.birth.id.clone(),
                is_shared: false,
                shards: self.birth.shards,
                replicas: 0,
                warnings: Vec::new(),
            })
        })
    }
}
