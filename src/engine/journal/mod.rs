//! The ingest journal: every delivery of alerts that this node acknowledged, on local disk, and what
//! people asked of a brain that may forget.
//!
//! It is the promise behind a 2xx where the brain alone cannot give it (a Redis that may forget, a
//! brain that is away), and what `warroom replay` reads. It refuses to interpret what it keeps, to
//! guess at damaged bytes, and to trust a file again whose fsync has failed.
//!
//! **On disk.** One folder for one process: segments named by the first sequence number in them, so
//! that names sort. A segment is a checksummed header and frames; a frame is everything one group
//! commit wrote, under one checksum, and the next is written only after its fsync. So a tear can
//! only be in the last frame, and a bad frame before a good one is damage. A segment ends where the
//! next one begins: whatever an abandoned file holds beyond that was never acknowledged.
//!
//! **Invariant**: a sequence number that [`Journal::append`] answered is read back, unchanged, until
//! it is both marked applied and past what is kept.

mod catalog;
mod disk;
mod error;
mod frames;
mod handle;
mod marks;
mod queue;
mod record;
mod seal;
mod segment;
mod walk;
mod writer;

#[cfg(test)]
mod tests;

use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};
use compact_str::CompactString;

pub use self::disk::{Disk, Folder, Output};
pub use self::error::Error;
pub use self::handle::{Entries, Journal, Opened};
pub use self::walk::{Walk, brain_of, read_folder};
use super::said::Said;
use crate::domain::alert::Report;

/// A segment is closed and compressed at this size: it bounds what a start has to verify.
pub const SEGMENT_BYTES_MAX: u64 = 64 << 20;
/// All segments together, compressed ones as they are on disk.
pub const TOTAL_BYTES_MAX: u64 = 8 << 30;
/// How long applied deliveries are kept for `warroom replay`.
pub const KEEP: TimeDelta = TimeDelta::days(30);
/// The largest delivery. The largest body that ingestion takes is smaller.
pub const RECORD_BYTES_MAX: usize = 8 << 20;
/// What may wait for the disk, in bytes; beyond it, [`Journal::append`] waits for room.
pub const QUEUE_BYTES_MAX: usize = 64 << 20;
/// The longest identity of a brain that a segment's header has room for.
pub const BRAIN_ID_BYTES_MAX: usize = 64;

/// Where a journal is, and its limits.
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder, made when it is missing. No other files may be kept in it.
    pub dir: PathBuf,
    /// Which brain the deliveries were acknowledged for; a journal of another brain is refused.
    /// Empty while that is not known (the brain has been away since the start).
    pub brain_id: CompactString,
    /// A segment is closed at this size.
    pub segment_bytes_max: u64,
    /// Beyond it the oldest applied segments go; where none can go, nothing more is acknowledged.
    pub total_bytes_max: u64,
    /// How long applied deliveries are kept, measured against the newest delivery.
    pub keep: TimeDelta,
}

impl Options {
    /// The usual limits.
    #[must_use]
    pub fn new(dir: impl Into<PathBuf>, brain_id: impl Into<CompactString>) -> Self {
        Self {
            dir: dir.into(),
            brain_id: brain_id.into(),
            segment_bytes_max: SEGMENT_BYTES_MAX,
            total_bytes_max: TOTAL_BYTES_MAX,
            keep: KEEP,
        }
    }
}

/// One acknowledged delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its place in this node's journal: dense, growing, never given twice to an acknowledgement.
    pub sequence: u64,
    /// When this node received it.
    pub received_at: DateTime<Utc>,
    /// The source that sent it, as in the configuration.
    pub source: CompactString,
    /// What it said.
    pub reports: Vec<Report>,
    /// What a person asked for; there are no reports then.
    pub said: Option<Said>,
}

/// How the journal stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stats {
    /// All segments as they are on disk.
    pub bytes: u64,
    /// Segments, the current one included.
    pub segments: usize,
    /// When the oldest kept delivery was received.
    pub oldest: Option<DateTime<Utc>>,
    /// The last durable sequence number; 0 before the first.
    pub durable: u64,
    /// Durable deliveries that the brain is not known to have.
    pub backlog: u64,
    /// Deliveries that were appended lazily and could not be kept, since the start.
    pub dropped: u64,
    /// Whether the last write found no room.
    pub is_full: bool,
    /// Why nothing is written any more, until a restart.
    pub broken: Option<String>,
}
