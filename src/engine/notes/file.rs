//! Small files that are replaced as a whole, durably.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

/// Why a note was not read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot {doing}: {why}")]
pub struct Error {
    /// What was being done.
    pub doing: String,
    /// What the system said.
    pub why: String,
}

impl Error {
    pub(super) fn of(doing: &str, path: &Path) -> impl Fn(io::Error) -> Self {
        let doing = format!("{doing} {}", path.display());
        move |error| Self { doing: doing.clone(), why: error.to_string() }
    }
}

pub(super) fn make(dir: &Path) -> Result<(), Error> {
    fs::create_dir_all(dir).map_err(Error::of("make the folder", dir))
}

/// The whole file; empty when there is none.
pub(super) fn read(path: &Path) -> Result<String, Error> {
    match fs::read(path) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(Error::of("read", path)(error)),
    }
}

/// Replaces the file: afterwards it is durable, and no crash leaves half of it.
pub(super) fn replace(path: &Path, text: &str) -> Result<(), Error> {
    let draft = path.with_extension("new");
    let write = || -> io::Result<()> {
        let mut file = File::create(&draft)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&draft, path)?;
        path.parent().map_or(Ok(()), |dir| File::open(dir)?.sync_all())
    };
    write().map_err(Error::of("write", path))
}
