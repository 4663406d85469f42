//! The ledger: what was started on this machine, on its own disk, before it was started.
//!
//! One file of frames that only grows, and is written anew when it has grown too large. Each record
//! is fsynced before its caller goes on. A torn end, which a crash leaves, never belonged to something
//! that began, and is cut off; damage before the end is an error, because a forgotten key could start
//! twice. What may be forgotten is decided by time: a key whose assignment could no longer begin.

mod file;
mod frame;
mod state;
#[cfg(test)]
mod tests;

pub use file::Bad;
pub(super) use state::{Entry, Fence, State};

use std::path::Path;

use chrono::{DateTime, Utc};

use crate::domain::ids::{CaseId, EffectId};
use crate::domain::run::{Assignment, Ending};
use file::File;
use state::Record;

/// An open ledger. One process has it at a time.
#[derive(Debug)]
pub struct Ledger {
    file: File,
    state: State,
    /// The latest time that was written: the clock does not go back behind it.
    latest: DateTime<Utc>,
}

impl Ledger {
    /// Opens the ledger of a folder, or begins one. What was under way is lost from now on, and is
    /// given back.
    ///
    /// # Errors
    /// When it is damaged, written by a newer version, open elsewhere, or cannot be read.
    pub fn open(folder: &Path, now: DateTime<Utc>) -> Result<(Self, Vec<(EffectId, CaseId)>), Bad> {
        let (file, records) = File::open(folder)?;
        let mut state = State::default();
        let mut latest = now;
        for record in &records {
            latest = latest.max(record.at());
            state.apply(record);
        }
        let mut ledger = Self { file, state, latest };
        let lost = ledger.state.under_way();
        for (key, _) in &lost {
            ledger.write(&Record::Lost { key: *key, at: latest })?;
        }
        ledger.tidy()?;
        Ok((ledger, lost))
    }

    /// The time, never before what was written.
    #[must_use]
    pub fn time(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now.max(self.latest)
    }

    pub(super) fn state(&self) -> &State {
        &self.state
    }

    /// Writes that an assignment begins. Only when this has returned may it begin.
    pub(super) fn begin(&mut self, assignment: &Assignment, now: DateTime<Utc>) -> Result<(), Bad> {
        let at = self.time(now);
        self.write(&Record::Started {
            key: assignment.key,
            run: assignment.run,
            runbook: assignment.runbook.clone(),
            step: assignment.name.clone(),
            actor: assignment.actor.clone(),
            target: assignment.target.clone(),
            fence: assignment.fence,
            plan: assignment.plan.clone(),
            not_after: assignment.not_after,
            at,
        })?;
        self.tidy()
    }

    /// Writes how an assignment ended; none: nobody knows.
    pub(super) fn end(
        &mut self,
        key: EffectId,
        ending: Option<&Ending>,
        now: DateTime<Utc>,
    ) -> Result<(), Bad> {
        let at = self.time(now);
        self.write(&match ending {
            Some(ending) => Record::Ended { key, ending: ending.clone(), at },
            None => Record::Lost { key, at },
        })
    }

    fn write(&mut self, record: &Record) -> Result<(), Bad> {
        self.file.append(record)?;
        self.latest = self.latest.max(record.at());
        self.state.apply(record);
        Ok(())
    }

    /// Writes the file anew when it has grown, without what may be forgotten.
    fn tidy(&mut self) -> Result<(), Bad> {
        if self.file.is_grown() {
            self.state.forget(self.latest);
            self.file.replace(&self.state.records())?;
        }
        Ok(())
    }
}
