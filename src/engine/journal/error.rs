//! Why the journal did not do what it was asked.

use std::io;
use std::path::PathBuf;

/// What went wrong. Every caller of one group commit gets the same answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nothing was kept; it works again by itself when there is room.
    #[error("cannot keep the delivery in the journal, no room: {why}")]
    Full {
        /// The disk's words, or which limit was reached.
        why: String,
    },
    /// It may be on disk or not: it must not be acknowledged. Later deliveries go to a new file.
    #[error("cannot tell whether the delivery reached {file}: {why}")]
    Unsynced {
        /// The segment that is not trusted any more.
        file: String,
        /// The disk's words.
        why: String,
    },
    /// The disk failed twice in a row: nothing is written until a restart has verified everything.
    #[error("the journal is broken, nothing is kept until a restart: {why}")]
    Broken {
        /// The disk's words.
        why: String,
    },
    /// One delivery is larger than any segment should hold.
    #[error("the delivery has {bytes} bytes, the journal keeps at most {max}")]
    TooLarge {
        /// Its size when encoded.
        bytes: usize,
        /// [`super::RECORD_BYTES_MAX`].
        max: usize,
    },
    /// Bytes are not what was written, at a place where a torn write cannot be the cause.
    #[error("the journal is damaged in {file} at byte {offset}: {why}")]
    Damaged {
        /// The segment.
        file: String,
        /// Where the first bad frame begins, before compression.
        offset: u64,
        /// What is wrong there.
        why: String,
    },
    /// Whole segments are gone from between others.
    #[error("the journal has lost its entries {from} to {to}: a segment is missing")]
    Missing {
        /// The first sequence number that no segment holds.
        from: u64,
        /// The last one.
        to: u64,
    },
    /// A later version of this program wrote it.
    #[error("cannot read {file}: it has format {version}, this program knows {known}")]
    Newer {
        /// The segment.
        file: String,
        /// Its format.
        version: u8,
        /// The newest format that this program reads.
        known: u8,
    },
    /// It belongs to another brain.
    #[error(
        "the journal belongs to the brain `{found}`, not to `{expected}`: move its folder away"
    )]
    Foreign {
        /// As the newest segment says.
        found: String,
        /// As the configuration says.
        expected: String,
    },
    /// Another process has it open.
    #[error("cannot open the journal in {dir}: another process uses it (its id is in the file `lock`)", dir = dir.display())]
    InUse {
        /// The folder.
        dir: PathBuf,
    },
    /// It was closed.
    #[error("cannot keep the delivery: the journal is closed")]
    Closed,
    /// The operating system refused something else.
    #[error("cannot {doing}: {why}")]
    Io {
        /// What was being done.
        doing: String,
        /// The system's words.
        why: String,
    },
}

impl Error {
    /// An error of the operating system, with what was being done.
    pub(super) fn io(doing: impl Into<String>, error: &io::Error) -> Self {
        Self::Io { doing: doing.into(), why: error.to_string() }
    }

    /// Damage at a place.
    pub(super) fn damaged(file: &str, offset: u64, why: impl Into<String>) -> Self {
        Self::Damaged { file: file.to_owned(), offset, why: why.into() }
    }
}

/// Whether an error means that there may be room later.
pub(super) fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
