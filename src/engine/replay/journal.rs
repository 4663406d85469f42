//! Reads a recording from the journal of a node, beside its writer.

use std::path::Path;

use super::Error;
use super::recording::{Recording, Span};
use crate::engine::journal;

/// Reads what a node received. What people asked for is in its journal, too, and is left out.
///
/// # Errors
/// When the folder cannot be read, or is damaged.
pub fn from_journal(dir: &Path, span: Span) -> Result<Recording, Error> {
    let broken = |why| Error::Journal { dir: dir.display().to_string(), why };
    let mut recording = Recording::default();
    for entry in journal::read_folder(dir, span.from, span.until).map_err(broken)? {
        let entry = entry.map_err(broken)?;
        recording.push(entry.received_at, &entry.source, entry.reports)?;
    }
    Ok(recording)
}
