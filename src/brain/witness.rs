//! Who looks on while a brain is written to. It refuses to be asked: a witness changes nothing.

use std::fmt;

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
