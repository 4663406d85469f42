//! The runbooks of a folder.

use std::path::Path;

use anyhow::{Context as _, bail};

use super::folder;
pub use crate::adapters::actions::KINDS;
use crate::config::Config;
use crate::domain::diagnostic::Diagnostics;
use crate::domain::runbook::Book;

/// The runbooks of a configuration, with warnings. A folder that is not there holds none.
///
/// # Errors
/// When the folder cannot be read, or everything that is wrong in its files.
pub fn runbooks(config: &Config) -> anyhow::Result<(Book, Diagnostics)> {
    read_runbooks(&runbook_texts(&config.runbooks_dir)?)
}

/// Reads every runbook of a folder. A folder that is not there holds none.
///
/// # Errors
/// When the folder or a file cannot be read.
pub fn runbook_texts(dir: &Path) -> anyhow::Result<Vec<(String, String)>> {
    if !dir.try_exists().with_context(|| format!("cannot look at {}", dir.display()))? {
        return Ok(Vec::new());
    }
    folder::read(dir, "runbooks", &["toml"])
}

pub(super) fn read_runbooks(texts: &[(String, String)]) -> anyhow::Result<(Book, Diagnostics)> {
    let (book, found) = Book::parse(texts, KINDS);
    if found.has_errors() {
        bail!("the runbooks cannot be used:\n{found}");
    }
    Ok((book, found))
}
