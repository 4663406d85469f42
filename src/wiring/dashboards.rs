//! The dashboards of a folder, as graphs.

use std::path::Path;

use anyhow::{Context as _, bail};

use super::folder;
use crate::config::Config;
use crate::domain::dashboard::{Library, Usual};
use crate::domain::diagnostic::Diagnostics;
use crate::engine::graphs::{self, DEADLINE};

/// Reads every dashboard of a folder. A folder that is not there holds none.
///
/// # Errors
/// When the folder or a file cannot be read.
pub fn read_dashboards(dir: &Path) -> anyhow::Result<Vec<(String, String)>> {
    if !dir.try_exists().with_context(|| format!("cannot look at {}", dir.display()))? {
        return Ok(Vec::new());
    }
    folder::read(dir, "dashboards", &["toml", "json"])
}

/// What dashboards say, with warnings, or what is wrong in them.
///
/// # Errors
/// Everything that is wrong, as authors should read it.
pub fn read_library(texts: &[(String, String)]) -> Result<(Library, Diagnostics), Diagnostics> {
    let (library, diagnostics) = Library::parse(texts);
    if diagnostics.has_errors() { Err(diagnostics) } else { Ok((library, diagnostics)) }
}

/// The dashboards of a configuration, with warnings.
///
/// # Errors
/// When the folder cannot be read, or everything that is wrong in its files.
pub fn library(config: &Config) -> anyhow::Result<(Library, Diagnostics)> {
    let texts = read_dashboards(&config.dashboards.dir)?;
    match read_library(&texts) {
        Ok(read) => Ok(read),
        Err(wrong) => bail!("the dashboards cannot be used:\n{wrong}"),
    }
}

/// What a configuration says about graphs.
#[must_use]
pub fn graph_options(config: &Config) -> graphs::Options {
    let zone = config.dashboards.zone;
    let usual = Usual { zone, scrape: config.dashboards.scrape_interval };
    graphs::Options { usual, deadline: DEADLINE }
}
