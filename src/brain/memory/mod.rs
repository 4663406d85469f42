//! A brain in memory only: for rehearsals, where a crash loses nothing that anybody waits for.
//!
//! It keeps the contract of every brain, without a disk, a wait or a stored form on any path, so that
//! a rehearsal is as quick as its decisions. It refuses to be shared, and to outlive its process.
//!
//! A [`Witness`] sees everything that is written, once, in the order in which it is written.

mod agenda;
mod handle;
mod logs;
mod store;
mod writing;

use std::fmt;

pub use handle::Memory;

use super::{Commit, Document, Kind};

/// Sees everything that is written, once, in the order in which it is written.
pub trait Witness: Send + Sync + fmt::Debug {
    /// A decision was written.
    fn committed(&self, commit: &Commit);

    /// A document was written. Deletions are not told.
    fn put(&self, kind: Kind, document: &Document);

    /// An entry was appended to a log.
    fn appended(&self, log: &str, body: &[u8]);
}
