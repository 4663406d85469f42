//! The one thread that writes: many jobs, one transaction, one fsync.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, PoisonError};

use compact_str::CompactString;
use redb::{Database, ReadableTable, WriteTransaction};
use tokio::sync::{mpsc, oneshot};

use super::batch::{Batch, Tables};
use super::disk::{self, Disk, Doing};
use super::index;
use super::mirror::Mirror;
use super::prepare::Prepared;
use super::reader::{Shared, Snapshot};
use super::rows::RowKey;
use super::scan;
use crate::brain::limits::Written;
use crate::brain::{Change, Claimed, Committed, Error, Kind, Lease, Token};

/// How many jobs one transaction takes: enough that fsync is shared, few enough that the first
/// one's answer is not late.
const JOBS_MAX: usize = 256;
/// How many commands are remembered with their first answers. A command is sent again at once or
/// never, by the process that made it; there is no other process, so memory is enough: after a
/// restart nobody is left who could repeat one.
const COMMANDS_MAX: usize = 8192;
/// The log of the indexes is rewritten when it is longer than twice what it says, and this.
const LOG_SLACK: usize = 20_000;
/// How many entries one row of a rewritten log has.
const LOG_ROW: usize = 1000;

type Reply<T> = oneshot::Sender<Result<T, Error>>;

/// Something to write.
pub(super) enum Job {
    Commit(Vec<Prepared>, oneshot::Sender<Vec<Result<Committed, Error>>>),
    Claim {
        now: i64,
        max: usize,
        lease: Lease,
        reply: Reply<Vec<Claimed>>,
    },
    Renew {
        row: RowKey,
        token: Token,
        lease: Lease,
        reply: Reply<()>,
    },
    Postpone {
        row: RowKey,
        token: Token,
        due: i64,
        reply: Reply<()>,
    },
    Put {
        kind: Kind,
        id: CompactString,
        expected: u64,
        body: Option<Vec<u8>>,
        reply: Reply<u64>,
    },
    /// An entry in its stored form.
    Append {
        log: CompactString,
        id: CompactString,
        row: Vec<u8>,
        reply: Reply<u64>,
    },
    Discard {
        log: CompactString,
        reply: Reply<()>,
    },
    /// Written with the next job that somebody waits for: what a crash forgets, nothing durable
    /// has used yet.
    Limits(Written),
    /// As above.
    Number(u64),
}

impl Job {
    fn is_waited_for(&self) -> bool {
        !matches!(self, Self::Limits(_) | Self::Number(_))
    }
}

/// Numbers that only grow.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counters {
    pub token: u64,
    pub number: u64,
    pub row: u64,
    /// How many entries the log of the indexes has.
    pub log: usize,
}

/// First answers to the newest commands.
#[derive(Debug, Default)]
pub(super) struct Answers {
    known: HashMap<u128, Committed>,
    order: VecDeque<u128>,
}

impl Answers {
    pub(super) fn get(&self, command: u128) -> Option<&Committed> {
        self.known.get(&command)
    }

    fn remember(&mut self, command: u128, answer: Committed) {
        if self.order.len() >= COMMANDS_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        self.order.push_back(command);
        self.known.insert(command, answer);
    }
}

/// Everything that only the writing thread touches.
pub(super) struct Writer {
    /// None after the disk was full, until it could be opened again.
    pub database: Option<Database>,
    pub disk: Box<dyn Disk>,
    pub cache_bytes: usize,
    pub counters: Counters,
    pub answers: Answers,
    pub shared: Arc<Shared>,
    /// Jobs that nobody waits for.
    pub lazy: Vec<Job>,
}

/// What a job has come to, once the transaction is durable.
enum Done {
    Commits(Vec<Result<Committed, Error>>),
    Claimed(Vec<Claimed>),
    Held(Result<(), Error>),
    Version(Result<u64, Error>),
    Nothing,
}

impl Writer {
    /// Writes until nobody can send any more.
    pub(super) fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        while let Some(job) = jobs.blocking_recv() {
            let mut batch = vec![job];
            while batch.len() < JOBS_MAX
                && let Ok(job) = jobs.try_recv()
            {
                batch.push(job);
            }
            if batch.iter().any(Job::is_waited_for) {
                self.write(batch);
            } else {
                self.lazy.append(&mut batch);
            }
        }
        self.write(Vec::new());
    }

    /// Writes jobs, publishes what they changed, and answers.
    fn write(&mut self, jobs: Vec<Job>) {
        let mut all = std::mem::take(&mut self.lazy);
        all.extend(jobs);
        // Claims look at what was due before this transaction.
        all.sort_by_key(|job| !matches!(job, Job::Claim { .. }));
        match self.ready().and_then(|()| self.transact(&mut all)) {
            Ok(done) => all.into_iter().zip(done).for_each(|(job, done)| answer(job, done)),
            Err(error) => {
                self.failed(&error);
                all.into_iter().for_each(|job| refuse(job, &error));
            }
        }
    }

    /// Opens the store again after the disk was full, and refuses to after worse.
    fn ready(&mut self) -> Result<(), Error> {
        self.shared.trust()?;
        if self.database.is_some() {
            return Ok(());
        }
        let database = disk::open(&*self.disk, self.cache_bytes)?;
        // What the failed transaction has left, only the file knows.
        let (mirror, counters) = scan::read(&database)?;
        let snapshot = Arc::new(Snapshot::take(&database)?);
        self.counters = Counters { number: counters.number.max(self.counters.number), ..counters };
        self.shared.replace(mirror, snapshot);
        self.database = Some(database);
        Ok(())
    }

    fn failed(&mut self, error: &Error) {
        self.database = None;
        match error {
            // A file whose fsync has failed may say anything from now on (faults.md, 9).
            Error::Unusable(why) => self.shared.distrust(why),
            // Nothing of the transaction is kept, and readers go on at once if that is possible.
            _ => drop(self.ready()),
        }
    }

    fn transact(&mut self, jobs: &mut [Job]) -> Result<Vec<Done>, Error> {
        let database = self.database.as_ref().ok_or_else(closed)?;
        let mut transaction = database.begin_write().doing("begin to write")?;
        transaction.set_quick_repair(true);
        let shared = Arc::clone(&self.shared);
        let mut done = Vec::with_capacity(jobs.len());
        let (delta, changes, commands) = {
            let state = shared.state.read().unwrap_or_else(PoisonError::into_inner);
            compact(&transaction, &state.mirror, &mut self.counters)?;
            let tables = Tables::open(&transaction)?;
            let mut batch = Batch::new(tables, &state.mirror, &mut self.counters);
            for job in jobs {
                done.push(apply(&mut batch, &self.answers, job)?);
            }
            batch.close()?;
            (batch.view.delta, batch.changes, batch.answers)
        };
        transaction.commit().doing("commit")?;
        let snapshot = Arc::new(Snapshot::take(database)?);
        self.shared.publish(delta, snapshot);
        for (command, answer) in commands {
            self.answers.remember(command, answer);
        }
        self.shared.tell(changes);
        Ok(done)
    }
}

fn closed() -> Error {
    Error::Away("the store is closed".to_owned())
}

/// Does a job inside the transaction.
fn apply(batch: &mut Batch<'_, '_>, known: &Answers, job: &mut Job) -> Result<Done, Error> {
    Ok(match job {
        Job::Commit(commits, _) => {
            let answers = commits.iter_mut().map(|commit| batch.commit(commit, known));
            Done::Commits(answers.collect::<Result<_, _>>()?)
        }
        Job::Claim { now, max, lease, .. } => Done::Claimed(batch.claim(*now, *max, lease)?),
        Job::Renew { row, token, lease, .. } => Done::Held(batch.renew(*row, *token, lease)?),
        Job::Postpone { row, token, due, .. } => Done::Held(batch.postpone(*row, *token, *due)?),
        Job::Put { kind, id, expected, body, .. } => {
            Done::Version(put(batch, *kind, id, *expected, body.as_deref())?)
        }
        Job::Append { log, id, row, .. } => {
            let appended = batch.tables.logs.append(log, id, row)?;
            if appended.is_new {
                batch.changes.push(Change::Log(log.clone(), appended.number));
            }
            Done::Version(Ok(appended.number))
        }
        Job::Discard { log, .. } => {
            batch.tables.logs.discard(log)?;
            batch.changes.push(Change::Log(log.clone(), 0));
            Done::Held(Ok(()))
        }
        Job::Limits(written) => {
            limits(batch, written)?;
            Done::Nothing
        }
        Job::Number(number) => {
            batch.counters.number = batch.counters.number.max(*number);
            Done::Nothing
        }
    })
}

/// Answers a job. Whoever asked may have gone; the answer is then nobody's.
fn answer(job: Job, done: Done) {
    match (job, done) {
        (Job::Commit(_, reply), Done::Commits(answers)) => drop(reply.send(answers)),
        (Job::Claim { reply, .. }, Done::Claimed(claimed)) => drop(reply.send(Ok(claimed))),
        (
            Job::Renew { reply, .. } | Job::Postpone { reply, .. } | Job::Discard { reply, .. },
            Done::Held(answer),
        ) => drop(reply.send(answer)),
        (Job::Put { reply, .. } | Job::Append { reply, .. }, Done::Version(answer)) => {
            drop(reply.send(answer));
        }
        (_, _) => {}
    }
}

fn refuse(job: Job, error: &Error) {
    match job {
        Job::Commit(commits, reply) => {
            drop(reply.send(commits.iter().map(|_| Err(error.clone())).collect()));
        }
        Job::Claim { reply, .. } => drop(reply.send(Err(error.clone()))),
        Job::Renew { reply, .. } | Job::Postpone { reply, .. } | Job::Discard { reply, .. } => {
            drop(reply.send(Err(error.clone())));
        }
        Job::Put { reply, .. } | Job::Append { reply, .. } => {
            drop(reply.send(Err(error.clone())));
        }
        Job::Limits(_) | Job::Number(_) => {}
    }
}

fn put(
    batch: &mut Batch<'_, '_>,
    kind: Kind,
    id: &str,
    expected: u64,
    body: Option<&[u8]>,
) -> Result<Result<u64, Error>, Error> {
    let key = (kind.name(), id);
    let documents = &mut batch.tables.documents;
    let known = documents.get(key).doing("read a document")?.map_or(0, |stored| stored.value().0);
    if known != expected {
        return Ok(Err(Error::Conflict));
    }
    let version = expected + 1;
    match body {
        Some(body) => {
            documents.insert(key, (version, body)).doing("write a document")?;
        }
        None => {
            documents.remove(key).doing("delete a document")?;
        }
    }
    batch.changes.push(Change::Document(kind));
    Ok(Ok(version))
}

fn limits(batch: &mut Batch<'_, '_>, written: &Written) -> Result<(), Error> {
    for (key, next) in written {
        match next {
            Some(next) => batch.tables.limits.insert(key.as_str(), next),
            None => batch.tables.limits.remove(key.as_str()),
        }
        .doing("write a limit")?;
    }
    Ok(())
}

/// Rewrites the log of the indexes when most of it is history.
fn compact(
    transaction: &WriteTransaction,
    mirror: &Mirror,
    counters: &mut Counters,
) -> Result<(), Error> {
    if counters.log <= 2 * mirror.index.len() + LOG_SLACK {
        return Ok(());
    }
    let mut table = transaction.open_table(super::rows::INDEX).doing("open the index")?;
    table.retain(|_, _| false).doing("empty the index")?;
    let mut entries = mirror.index.entries().peekable();
    while entries.peek().is_some() {
        let mut row = Vec::new();
        entries.by_ref().take(LOG_ROW).for_each(|entry| index::write(&entry, &mut row));
        counters.row += 1;
        table.insert(counters.row, row.as_slice()).doing("write the index")?;
    }
    counters.log = mirror.index.len();
    Ok(())
}
