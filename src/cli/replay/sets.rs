//! The sets of files that are compared.

use std::path::Path;

use anyhow::{anyhow, bail};

use super::git;
use super::run::Arguments;
use crate::cli::files;
use crate::config::Config;
use crate::engine::Book;
use crate::wiring;

/// The files as they are, and those that they are compared with.
pub(super) struct Sets {
    pub(super) before: Option<Book>,
    pub(super) after: Book,
}

impl Sets {
    /// Reads both. The configuration, with its people, is the same for both.
    pub(super) fn read(arguments: &Arguments, config: &Config) -> anyhow::Result<Self> {
        let before = match (&arguments.against, &arguments.against_git) {
            (Some(dir), _) => Some(read(&dir.display().to_string(), &wiring::read_rules(dir)?)?),
            (None, Some(revision)) => {
                let dir = whole(&config.rules_dir)?;
                Some(read(revision, &git::rules_at(&dir, revision)?)?)
            }
            (None, None) => None,
        };
        Ok(Self { before, after: files::book(config)? })
    }
}

fn read(name: &str, texts: &[(String, String)]) -> anyhow::Result<Book> {
    if texts.is_empty() {
        bail!("there are no rule files in {name}");
    }
    let read = wiring::read_book(texts);
    Ok(read.map_err(|wrong| anyhow!("the rules of {name} cannot be used:\n{wrong}"))?.0)
}

/// Names in messages come from the folder's own name, which `.` has not.
fn whole(dir: &Path) -> anyhow::Result<std::path::PathBuf> {
    use anyhow::Context as _;
    dir.canonicalize().with_context(|| format!("cannot find {}", dir.display()))
}
