//! What the files of authors held when they were last read: what runs, what ran before, and what was
//! refused. `config diff` tells it.
//!
//! It is known to this process alone, from its start on. It refuses to read files: whoever follows
//! them reports here.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};

use super::Engine;

/// The files of one kind at one time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// When they were read.
    pub at: DateTime<Utc>,
    /// Their names and texts; secrets are taken out before they come here.
    pub texts: BTreeMap<String, String>,
    /// Who changed a file last, as far as anybody knows.
    pub by: BTreeMap<String, String>,
}

/// One kind of files: `rules`, `runbooks`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileSet {
    /// What runs.
    pub running: Reading,
    /// What ran before the last change. None: nothing has changed since the start.
    pub before: Option<Reading>,
    /// What lies on disk and cannot be used, and why. None: what lies there runs.
    pub refused: Option<(Reading, String)>,
}

/// Every kind of files.
#[derive(Debug, Default)]
pub(super) struct Written(Mutex<BTreeMap<&'static str, FileSet>>);

impl Written {
    fn sets(&self) -> MutexGuard<'_, BTreeMap<&'static str, FileSet>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine {
    /// Notes what is used from now on.
    pub fn files_taken(&self, what: &'static str, reading: Reading) {
        let mut sets = self.written.sets();
        let Some(set) = sets.get_mut(what) else {
            sets.insert(what, FileSet { running: reading, ..FileSet::default() });
            return;
        };
        set.refused = None;
        if set.running.texts != reading.texts {
            set.before = Some(std::mem::replace(&mut set.running, reading));
        }
    }

    /// Notes what lies on disk and cannot be used.
    pub fn files_refused(&self, what: &'static str, reading: Reading, why: String) {
        self.written.sets().entry(what).or_default().refused = Some((reading, why));
    }

    /// Every kind of files that is followed, by its name.
    #[must_use]
    pub fn files(&self) -> BTreeMap<&'static str, FileSet> {
        self.written.sets().clone()
    }
}
