//! What this node remembers by itself, because the brain may forget it: where the brain stood, and
//! which effects of class C were started here.
//!
//! Two small files beside the journal. They refuse to hold anything that can be found elsewhere:
//! without them, less is noticed, and nothing is lost.

mod file;
mod ledger;
mod trace;

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};

pub use self::file::Error;
pub use self::ledger::{Ledger, Start};
pub use self::trace::{Trace, Verdict};

/// The notes of one node.
#[derive(Debug, Clone, Default)]
pub struct Notes {
    /// Which effects of class C were started here.
    pub ledger: Arc<Ledger>,
    /// Where the brain stood, and when.
    pub trace: Arc<Trace>,
}

impl Notes {
    /// Opens the notes in a folder that only this process uses; makes it when it is missing. The
    /// default notes are in memory only. Blocks.
    ///
    /// # Errors
    /// When the folder cannot be used. A damaged note counts as missing.
    pub fn open(dir: &Path, now: DateTime<Utc>) -> Result<Self, Error> {
        file::make(dir)?;
        let ledger = Arc::new(Ledger::open(&dir.join("ledger"), now)?);
        Ok(Self { ledger, trace: Arc::new(Trace::open(&dir.join("trace.json"))?) })
    }
}
