//! Finds the files of the rules folder.

use std::io;
use std::path::Path;

use super::load::read;

/// Files of one folder: more are some other folder.
const FILES_MAX: usize = 10_000;

/// The names and texts of all `*.toml` files of a folder, as a ruleset wants them. Hidden files and
/// folders below are left alone: editors and `ConfigMap`s keep their copies there.
///
/// # Errors
/// When the folder or one of its files cannot be read; the message names it.
pub fn rule_files(folder: &Path) -> io::Result<Vec<(String, String)>> {
    let named = |path: &Path, error: io::Error| {
        io::Error::new(error.kind(), format!("cannot read {}: {error}", path.display()))
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| named(folder, error))? {
        let path = entry?.path();
        let is_hidden =
            path.file_name().is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
        let is_toml = path.extension().is_some_and(|ending| ending == "toml");
        if is_hidden || !is_toml || path.is_dir() {
            continue;
        }
        if files.len() == FILES_MAX {
            let fault = format!("{} has more than {FILES_MAX} files", folder.display());
            return Err(io::Error::other(fault));
        }
        let text = read(&path).map_err(|error| named(&path, error))?;
        files.push((path.display().to_string(), text));
    }
    files.sort();
    Ok(files)
}
