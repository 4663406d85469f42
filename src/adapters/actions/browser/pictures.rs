//! Keeps screenshots in a folder of the executor's, and the folder small.

use std::fs;
use std::path::{Path, PathBuf};

/// Screenshots that are kept: some hundred megabytes at most, and weeks of suites.
const KEPT_MAX: usize = 200;
/// Bytes of one: a page of a full screen is a tenth of it.
const BYTES_MAX: usize = 8 << 20;

/// Writes one under a name, and deletes the oldest when there are too many.
pub(super) fn keep(folder: &Path, name: &str, png: &[u8]) -> std::io::Result<PathBuf> {
    if png.len() > BYTES_MAX {
        return Err(std::io::Error::other("the screenshot is too large"));
    }
    fs::create_dir_all(folder)?;
    let file = folder.join(format!("{name}.png"));
    fs::write(&file, png)?;
    let mut all = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        all.push((entry.metadata()?.modified()?, entry.path()));
    }
    all.sort();
    let many = all.len().saturating_sub(KEPT_MAX);
    all.iter().take(many).try_for_each(|(_, old)| fs::remove_file(old))?;
    Ok(file)
}
