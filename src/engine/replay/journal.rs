//! Reads a recording from the journal of a node, beside its writer.

use std::path::Path;

use super::Error;
use super::recording::{Recording, Span};
use crate::domain::alert::{Report, What};
use crate::engine::journal;

/// Whether a journal holds what said nothing new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repetitions {
    /// Beside a shared brain: everything that was received.
    Kept,
    /// Beside the embedded brain: only deliveries with news. That an alert still fired is not in it.
    Dropped,
}

/// Reads what a node received. What people asked for is in its journal, too, and is left out.
///
/// # Errors
/// When the folder cannot be read, or is damaged.
pub fn from_journal(dir: &Path, span: Span, repetitions: Repetitions) -> Result<Recording, Error> {
    let broken = |why| Error::Journal { dir: dir.display().to_string(), why };
    let mut recording = Recording::default();
    for entry in journal::read_folder(dir, span.from, span.until).map_err(broken)? {
        let mut entry = entry.map_err(broken)?;
        if repetitions == Repetitions::Dropped {
            entry.reports.iter_mut().for_each(until_its_end);
        }
        recording.push(entry.received_at, &entry.source, entry.reports)?;
    }
    if repetitions == Repetitions::Dropped {
        recording.notes.push(
            "This journal keeps no repetitions: an alert is taken to fire until its end was \
             reported, also where its source went silent."
                .to_owned(),
        );
    }
    Ok(recording)
}

/// The repetitions that kept the alert alive are not there: without this it would go stale.
fn until_its_end(report: &mut Report) {
    if let What::Firing { expires_at } = &mut report.what {
        *expires_at = None;
    }
}
