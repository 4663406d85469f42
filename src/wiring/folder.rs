//! Reads the files that authors write, all of a folder.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

/// The largest file: a mistake, when it is larger.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// The names and texts of the files with these extensions, by name.
pub(super) fn read(
    dir: &Path,
    what: &str,
    extensions: &[&str],
) -> anyhow::Result<Vec<(String, String)>> {
    let mut texts = Vec::new();
    let entries = std::fs::read_dir(dir)
        .with_context(|| format!("cannot read the {what} folder {}", dir.display()))?;
    for entry in entries {
        let path = entry?.path();
        let extension = path.extension().and_then(|extension| extension.to_str());
        if !extension.is_some_and(|extension| extensions.contains(&extension)) {
            continue;
        }
        if std::fs::metadata(&path)?.len() > FILE_BYTES_MAX {
            bail!("{} is larger than {FILE_BYTES_MAX} bytes", path.display());
        }
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        texts.push((shown(dir, &path), text));
    }
    texts.sort();
    Ok(texts)
}

/// What the names of a folder's files are below.
pub(super) fn base(dir: &Path) -> PathBuf {
    dir.parent().unwrap_or(Path::new("")).to_owned()
}

/// A file as people name it: from the folder on, wherever that lies.
fn shown(dir: &Path, path: &Path) -> String {
    let folder = dir.file_name().unwrap_or(dir.as_os_str());
    let file = path.file_name().unwrap_or(path.as_os_str());
    Path::new(folder).join(file).display().to_string()
}
