//! Why there is no recording.

use crate::adapters::metrics::Trouble;
use crate::engine::journal;

/// Why there is no recording.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It holds more than a replay can keep.
    #[error("there are more than {most} {what}: take a shorter time with --since and --until")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How much a replay takes.
        most: usize,
    },
    /// More alerts fired at one time than an answer may hold.
    #[error("{most} or more alerts fired at once at {at}: narrow them with --matching")]
    TooManyAtOnce {
        /// How many an answer holds.
        most: usize,
        /// When.
        at: chrono::DateTime<chrono::Utc>,
    },
    /// The journal cannot be read.
    #[error("cannot read the journal in {dir}: {why}")]
    Journal {
        /// Its folder.
        dir: String,
        /// What is wrong with it.
        why: journal::Error,
    },
    /// A line of a file is no alert.
    #[error("{name}:{number}: {why}")]
    Line {
        /// The file.
        name: String,
        /// Counts from 1.
        number: usize,
        /// What is wrong with it.
        why: String,
    },
    /// The Prometheus does not answer as it should.
    #[error(transparent)]
    Source(#[from] Trouble),
    /// The program itself broke while it played.
    #[error("{0}")]
    Broken(String),
}
