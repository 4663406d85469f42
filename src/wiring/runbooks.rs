//! The runbooks of a folder.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};

use super::folder;
pub use crate::adapters::actions::KINDS;
use crate::config::Config;
use crate::domain::diagnostic::Diagnostics;
use crate::domain::files;
use crate::domain::runbook::{Book, Inventory};

/// The runbooks of a configuration, with warnings. A folder that is not there holds none.
///
/// # Errors
/// When the folder cannot be read, or everything that is wrong in its files.
pub fn runbooks(config: &Config) -> anyhow::Result<(Book, Diagnostics)> {
    let (inventory, mut found) = inventory(config)?;
    if found.has_errors() {
        bail!("the inventory cannot be used:\n{found}");
    }
    let (book, said) = read_runbooks(&runbook_texts(&config.runbooks_dir)?, &inventory)?;
    found.extend(said);
    Ok((book, found))
}

/// What runbooks may work on: what the configuration says, and what its file does.
///
/// # Errors
/// When the file cannot be read; what is wrong in it is among what was found.
pub fn inventory(config: &Config) -> anyhow::Result<(Arc<Inventory>, Diagnostics)> {
    let (mut known, mut found) = (config.inventory.names.clone(), Diagnostics::default());
    if let Some(path) = &config.inventory.file {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path);
        let text = text.with_context(|| format!("cannot read the inventory {name}"))?;
        let tree = files::parse(&name, &text, &mut found);
        if let Some(more) = Inventory::read(&tree, &mut found) {
            known.extend(more, &tree, &mut found);
        }
    }
    Ok((Arc::new(known), found))
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

pub(super) fn read_runbooks(
    texts: &[(String, String)],
    inventory: &Arc<Inventory>,
) -> anyhow::Result<(Book, Diagnostics)> {
    let (book, found) = Book::parse_with(texts, KINDS, inventory);
    if found.has_errors() {
        bail!("the runbooks cannot be used:\n{found}");
    }
    Ok((book, found))
}
