//! The runbooks of a folder.

use anyhow::{Context as _, bail};

use super::folder;
use crate::config::Config;
use crate::domain::diagnostic::Diagnostics;
use crate::domain::runbook::Book;

/// The runbooks of a configuration, with warnings. A folder that is not there holds none.
///
/// # Errors
/// When the folder cannot be read, or everything that is wrong in its files.
pub fn runbooks(config: &Config) -> anyhow::Result<(Book, Diagnostics)> {
    let dir = &config.runbooks_dir;
    if !dir.try_exists().with_context(|| format!("cannot look at {}", dir.display()))? {
        return Ok((Book::default(), Diagnostics::default()));
    }
    let (book, found) = Book::parse(&folder::read(dir, "runbooks", &["toml"])?);
    if found.has_errors() {
        bail!("the runbooks cannot be used:\n{found}");
    }
    Ok((book, found))
}
