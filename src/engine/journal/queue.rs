//! What the threads of a journal share: the queue to the writer, the catalog, the marks.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::catalog::Part;
use super::marks::Marks;
use super::{Error, QUEUE_BYTES_MAX};

/// How long lazy entries and marks may wait for company before they are written.
const TICK: Duration = Duration::from_secs(1);
/// Lazy entries of this size are written at once.
const LAZY_BYTES: usize = 1 << 20;
/// A group commit takes no further entry beyond this size.
pub(super) const BATCH_BYTES: usize = 4 << 20;

/// An entry on its way to the disk.
pub(super) struct Queued {
    /// Its line of JSON.
    pub line: Vec<u8>,
    pub received_at: DateTime<Utc>,
    /// Who waits for the fsync; nobody for a lazy entry.
    pub reply: Option<oneshot::Sender<Result<u64, Error>>>,
    /// Its place in the queue; given back when the entry is done with.
    #[expect(dead_code, reason = "held, never read: dropping it gives the room back")]
    pub room: OwnedSemaphorePermit,
}

/// Everything that is shared.
pub(super) struct Shared {
    state: Mutex<State>,
    wake: Condvar,
    /// The bytes that the queue still has room for.
    pub room: Arc<Semaphore>,
}

/// What is behind the lock. The lock is never held during a file operation.
#[derive(Default)]
pub(super) struct State {
    pub queue: VecDeque<Queued>,
    pub queued_bytes: usize,
    /// Entries in the queue that somebody waits for.
    pub awaited: usize,
    /// Nothing more is taken; what is queued is still written.
    pub is_closing: bool,
    /// All segments by their first sequence number.
    pub parts: BTreeMap<u64, Part>,
    /// The segment that is being written.
    pub current: Option<u64>,
    pub marks: Marks,
    /// The marks changed since they were saved.
    pub are_marks_new: bool,
    /// The last durable sequence number.
    pub durable: u64,
    pub dropped: u64,
    pub is_full: bool,
    pub broken: Option<String>,
}

impl State {
    /// All segments as they are on disk.
    pub(super) fn bytes(&self) -> u64 {
        self.parts.values().map(|part| part.bytes).sum()
    }

    /// Marks a run of durable entries.
    pub(super) fn mark(&mut self, first: u64, last: u64) {
        if self.marks.mark(first, last.min(self.durable)) {
            self.are_marks_new = true;
        }
    }

    fn take(&mut self) -> Vec<Queued> {
        let mut batch = Vec::new();
        let mut bytes = 0;
        while bytes < BATCH_BYTES {
            let Some(entry) = self.queue.pop_front() else { break };
            bytes += entry.line.len();
            self.awaited -= usize::from(entry.reply.is_some());
            batch.push(entry);
        }
        self.queued_bytes -= bytes;
        batch
    }
}

/// What the writer is to do next.
pub(super) struct Work {
    pub batch: Vec<Queued>,
    /// It is time to save marks and remove old segments.
    pub is_tick: bool,
    /// Nothing follows this batch.
    pub is_last: bool,
}

impl Shared {
    pub(super) fn new(state: State) -> Self {
        let room = Arc::new(Semaphore::new(QUEUE_BYTES_MAX));
        Self { state: Mutex::new(state), wake: Condvar::new(), room }
    }

    /// The state. A thread that panicked while it held the lock left nothing half done that matters.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands an entry to the writer.
    pub(super) fn push(&self, entry: Queued) -> Result<(), Error> {
        let mut state = self.lock();
        if state.is_closing {
            return Err(Error::Closed);
        }
        state.queued_bytes += entry.line.len();
        let is_urgent = entry.reply.is_some() || state.queued_bytes >= LAZY_BYTES;
        state.awaited += usize::from(entry.reply.is_some());
        state.queue.push_back(entry);
        drop(state);
        if is_urgent {
            self.wake.notify_one();
        }
        Ok(())
    }

    /// Takes nothing more, and lets the writer finish.
    pub(super) fn close(&self) {
        self.lock().is_closing = true;
        self.wake.notify_one();
    }

    /// Waits until there is something to write, or for a tick.
    pub(super) fn work(&self) -> Work {
        let mut state = self.lock();
        let mut is_tick = false;
        while !is_tick && state.awaited == 0 && state.queued_bytes < LAZY_BYTES && !state.is_closing
        {
            let (woken, waited) =
                self.wake.wait_timeout(state, TICK).unwrap_or_else(PoisonError::into_inner);
            state = woken;
            is_tick = waited.timed_out();
        }
        let batch = state.take();
        Work { is_last: state.is_closing && state.queue.is_empty(), is_tick, batch }
    }
}
