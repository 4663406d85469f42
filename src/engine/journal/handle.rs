//! The journal as the rest of the program sees it. No call but [`Journal::open`] blocks.

use std::fmt;
use std::sync::{Arc, mpsc as blocking};

use chrono::{DateTime, Utc};
use tokio::sync::{Mutex, OwnedSemaphorePermit, mpsc, oneshot};

use super::catalog::{Found, Part, look};
use super::marks::Marks;
use super::queue::{Queued, Shared, State};
use super::record::{Line, Span};
use super::segment::Current;
use super::walk::Walk;
use super::writer::Writer;
use super::{
    BRAIN_ID_BYTES_MAX, Disk, Entry, Error, Folder, Options, RECORD_BYTES_MAX, Stats, seal,
};
use crate::domain::alert::Report;
use crate::engine::said::Said;

/// The source of what people ask for.
const PEOPLE: &str = "people";
/// Entries that a reading thread prepares ahead of its reader.
const AHEAD: usize = 16;

/// The journal of this node. Dropping it lets its threads finish what is queued;
/// [`Journal::close`] waits for that.
pub struct Journal {
    disk: Arc<dyn Disk>,
    shared: Arc<Shared>,
    opened: Opened,
    /// Answers when the threads have ended.
    ended: Mutex<Option<oneshot::Receiver<()>>>,
}

/// What opening had to repair.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Opened {
    /// The file whose torn end was cut off, and how many bytes that were. None was acknowledged.
    pub cut: Option<(String, u64)>,
    /// The marks were missing or damaged: everything kept counts as unapplied.
    pub are_marks_lost: bool,
}

impl Journal {
    /// Opens the journal: verifies it, cuts a torn end off, begins a new segment. Blocks.
    pub fn open(options: Options) -> Result<Self, Error> {
        let disk = Arc::new(Folder::open(&options.dir)?);
        Self::open_on(disk, options)
    }

    /// As [`Journal::open`], on a disk that the caller brings and nobody else uses.
    pub fn open_on(disk: Arc<dyn Disk>, mut options: Options) -> Result<Self, Error> {
        if options.brain_id.len() > BRAIN_ID_BYTES_MAX {
            let why = format!("it has more than {BRAIN_ID_BYTES_MAX} bytes");
            return Err(Error::Io { doing: "use the brain's id".to_owned(), why });
        }
        let found = look(&*disk)?;
        if options.brain_id.is_empty() {
            options.brain_id = found.brain_id.clone();
        }
        if !found.brain_id.is_empty() && found.brain_id != options.brain_id {
            return Err(Error::Foreign {
                found: found.brain_id.into(),
                expected: options.brain_id.into(),
            });
        }
        let cut = clean(&*disk, &found)?;
        let (current, mut state) = resume(&*disk, &options, found)?;
        let marks = Marks::load(&*disk);
        let are_marks_lost = marks.is_none() && state.durable > 0;
        state.marks = marks.unwrap_or_default();
        let first = state.parts.keys().next().copied().unwrap_or(1);
        state.marks.fit(first, state.durable);
        let shared = Arc::new(Shared::new(state));
        let ended = start(&disk, &shared, options, current)?;
        let opened = Opened { cut, are_marks_lost };
        Ok(Self { disk, shared, opened, ended: Mutex::new(Some(ended)) })
    }

    /// What opening had to repair.
    #[must_use]
    pub fn opened(&self) -> &Opened {
        &self.opened
    }

    /// Keeps a delivery, and answers its sequence number when it is durable. A caller that stops
    /// waiting leaves the delivery to be kept or not.
    pub async fn append(
        &self,
        received_at: DateTime<Utc>,
        source: impl AsRef<str>,
        reports: impl AsRef<[Report]>,
    ) -> Result<u64, Error> {
        let (source, reports) = (source.as_ref(), reports.as_ref());
        self.keep(Line { received_at, source, reports, said: None }).await
    }

    /// Keeps what a person asked for, as [`Journal::append`] keeps a delivery.
    pub async fn append_said(&self, at: DateTime<Utc>, said: &Said) -> Result<u64, Error> {
        let said = Some(said);
        self.keep(Line { received_at: at, source: PEOPLE, reports: &[], said }).await
    }

    async fn keep(&self, line: Line<'_>) -> Result<u64, Error> {
        let received_at = line.received_at;
        let line = encode(&line)?;
        let room = Arc::clone(&self.shared.room).acquire_many_owned(size(&line));
        let room = room.await.map_err(|_| Error::Closed)?;
        let (reply, answer) = oneshot::channel();
        self.shared.push(Queued { line, received_at, reply: Some(reply), room })?;
        answer.await.map_err(|_| Error::Closed)?
    }

    /// Keeps a delivery that the brain has already made durable: soon, without an answer, for
    /// replay only; it counts as applied. What finds no room is dropped and counted.
    pub fn append_lazily(
        &self,
        received_at: DateTime<Utc>,
        source: impl AsRef<str>,
        reports: impl AsRef<[Report]>,
    ) {
        let (source, reports) = (source.as_ref(), reports.as_ref());
        let queued = encode(&Line { received_at, source, reports, said: None }).and_then(|line| {
            let room = self.try_room(&line)?;
            self.shared.push(Queued { line, received_at, reply: None, room })
        });
        if queued.is_err() {
            self.shared.lock().dropped += 1;
        }
    }

    fn try_room(&self, line: &[u8]) -> Result<OwnedSemaphorePermit, Error> {
        let room = Arc::clone(&self.shared.room).try_acquire_many_owned(size(line));
        room.map_err(|_| Error::Full { why: "the queue is full".to_owned() })
    }

    /// Notes that the brain has an entry. Made durable within seconds; a lost mark only means that
    /// the entry is replayed.
    pub fn applied(&self, sequence: u64) {
        self.shared.lock().mark(sequence, sequence);
    }

    /// Whether the brain is known to have an entry.
    #[must_use]
    pub fn is_applied(&self, sequence: u64) -> bool {
        self.shared.lock().marks.has(sequence)
    }

    /// The durable entries that the brain is not known to have, oldest first: what a start, or a
    /// brain that came back, must be given. Entries appended from now on are not among them.
    pub fn unapplied(&self) -> Result<Entries, Error> {
        let shared = Arc::clone(&self.shared);
        let has_work = |part: &Part| !shared.lock().marks.has_all(part.first, part.last);
        let parts = self.parts().into_iter().filter(has_work).collect();
        let span = Span { oldest: i64::MIN, newest: i64::MAX };
        let walk = Walk::new(Arc::clone(&self.disk), parts, span);
        let shared = Arc::clone(&self.shared);
        Entries::start(walk.filter(move |entry| {
            entry.as_ref().map_or(true, |entry| !shared.lock().marks.has(entry.sequence))
        }))
    }

    /// The durable entries that were received between two times, both included, oldest first.
    pub fn read(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Entries, Error> {
        let span = Span { oldest: from.timestamp_millis(), newest: to.timestamp_millis() };
        Entries::start(Walk::new(Arc::clone(&self.disk), self.parts(), span))
    }

    fn parts(&self) -> Vec<Part> {
        self.shared.lock().parts.values().copied().collect()
    }

    /// How the journal stands now.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let state = self.shared.lock();
        let oldest = state.parts.values().map(|part| part.span.oldest).min();
        Stats {
            bytes: state.bytes(),
            segments: state.parts.len(),
            oldest: oldest.and_then(DateTime::from_timestamp_millis),
            durable: state.durable,
            backlog: state.marks.missing(state.durable),
            dropped: state.dropped,
            is_full: state.is_full,
            broken: state.broken.clone(),
        }
    }

    /// Why nothing is written any more, until a restart; none: it works.
    #[must_use]
    pub fn broken(&self) -> Option<String> {
        self.shared.lock().broken.clone()
    }

    /// Takes nothing more, writes what is queued and the marks, and ends the threads.
    pub async fn close(&self) {
        self.shared.close();
        if let Some(ended) = self.ended.lock().await.take() {
            // An error says that the thread has gone, which is what is waited for.
            ended.await.ok();
        }
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal").field("stats", &self.stats()).finish_non_exhaustive()
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.shared.close();
    }
}

/// Entries that a thread reads ahead, a few at a time. Dropping it ends the thread.
pub struct Entries {
    entries: mpsc::Receiver<Result<Entry, Error>>,
}

impl Entries {
    fn start(
        walk: impl Iterator<Item = Result<Entry, Error>> + Send + 'static,
    ) -> Result<Self, Error> {
        let (sender, entries) = mpsc::channel(AHEAD);
        let read = move || {
            for entry in walk {
                if sender.blocking_send(entry).is_err() {
                    return;
                }
            }
        };
        spawn("journal-read", read)?;
        Ok(Self { entries })
    }

    /// The next entry; nothing follows an error.
    pub async fn next(&mut self) -> Option<Result<Entry, Error>> {
        self.entries.recv().await
    }
}

fn encode(line: &Line<'_>) -> Result<Vec<u8>, Error> {
    let mut bytes = serde_json::to_vec(line).map_err(|error| Error::Io {
        doing: "write the delivery as JSON".to_owned(),
        why: error.to_string(),
    })?;
    bytes.push(b'\n');
    if bytes.len() > RECORD_BYTES_MAX {
        return Err(Error::TooLarge { bytes: bytes.len(), max: RECORD_BYTES_MAX });
    }
    Ok(bytes)
}

/// The room that a line takes in the queue.
fn size(line: &[u8]) -> u32 {
    u32::try_from(line.len()).unwrap_or(u32::MAX)
}

/// Removes what crashes left behind, and cuts a torn end off.
fn clean(disk: &dyn Disk, found: &Found) -> Result<Option<(String, u64)>, Error> {
    for name in &found.litter {
        disk.remove(name).map_err(|error| Error::io(format!("remove {name}"), &error))?;
    }
    let Some((name, offset, bytes)) = &found.torn else { return Ok(None) };
    disk.cut(name, *offset).map_err(|error| Error::io(format!("cut {name}"), &error))?;
    Ok(Some((name.clone(), *bytes)))
}

/// Begins a segment behind the others. The last frame of an unsealed one is written again as its
/// first: the process that wrote that frame may have died before its fsync, or after a failed one,
/// and the system's memory, from which it was read, is not the disk.
fn resume(disk: &dyn Disk, options: &Options, mut found: Found) -> Result<(Current, State), Error> {
    let last = found.parts.last().copied();
    let durable = last.map_or(0, |part| part.last);
    let (first, frame) = match &found.tail {
        Some(tail) => (tail.header.first, [tail.header.encode(), tail.payload.clone()].concat()),
        None => (durable + 1, Vec::new()),
    };
    let current = Current::begin(disk, &options.brain_id, first, &frame)
        .map_err(|error| Error::io("begin a segment of the journal", &error))?;
    let span = found.tail.as_ref().map_or(Span::NONE, |tail| tail.header.span);
    if let Some(part) = found.parts.last_mut() {
        part.last = part.last.min(first.saturating_sub(1));
    }
    let part = Part { first, last: durable, bytes: current.length, span, is_sealed: false };
    let parts = found.parts.iter().copied().chain([part]).map(|part| (part.first, part)).collect();
    Ok((current, State { parts, durable, current: Some(first), ..State::default() }))
}

/// Starts the threads; the answer comes when they have ended.
fn start(
    disk: &Arc<dyn Disk>,
    shared: &Arc<Shared>,
    options: Options,
    current: Current,
) -> Result<oneshot::Receiver<()>, Error> {
    let (sealer, look) = blocking::sync_channel(1);
    // Segments that the last process closed and did not compress.
    sealer.try_send(()).ok();
    let (sealed_on, sealed_for) = (Arc::clone(disk), Arc::clone(shared));
    let sealing = spawn("journal-seal", move || seal::run(&*sealed_on, &sealed_for, &look))?;
    let writer = Writer {
        disk: Arc::clone(disk),
        shared: Arc::clone(shared),
        options,
        current: Some(current),
        sealer,
    };
    let (ended, ending) = oneshot::channel();
    spawn("journal", move || {
        writer.run();
        sealing.join().ok();
        ended.send(()).ok();
    })?;
    Ok(ending)
}

fn spawn(
    name: &str,
    work: impl FnOnce() + Send + 'static,
) -> Result<std::thread::JoinHandle<()>, Error> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map_err(|error| Error::io(format!("start the thread {name}"), &error))
}
