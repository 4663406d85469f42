//! The local stop switch: a file on this machine, which needs no server, no brain and no network.
//!
//! While the file is there, nothing begins; what goes on is stopped by whoever put it there. It
//! refuses to guess: a file that cannot be looked at counts as there.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Bytes of a reason.
const REASON_BYTES_MAX: usize = 500;

/// The switch.
#[derive(Debug, Clone)]
pub struct Halt {
    file: PathBuf,
}

impl Halt {
    /// The switch of the executor whose ledger is in this folder.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        Self { file: folder.join("HALT") }
    }

    /// The file.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Why everything is halted; none: it is not.
    #[must_use]
    pub fn reason(&self) -> Option<String> {
        match fs::read(&self.file) {
            Ok(reason) => {
                let reason = String::from_utf8_lossy(&reason);
                let reason: String = reason.trim().chars().take(REASON_BYTES_MAX).collect();
                Some(if reason.is_empty() { "no reason was given".to_owned() } else { reason })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => Some(format!("{} cannot be read: {error}", self.file.display())),
        }
    }

    /// Halts.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn set(&self, reason: &str) -> io::Result<()> {
        let file = fs::File::create(&self.file)?;
        io::Write::write_all(&mut &file, reason.as_bytes())?;
        file.sync_all()
    }

    /// Ends the halt; whether there was one.
    ///
    /// # Errors
    /// When the file cannot be removed.
    pub fn end(&self) -> io::Result<bool> {
        match fs::remove_file(&self.file) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
}
