//! The folder that keeps what is not delivered yet.
//!
//! One file a report, named so that the order of names is the order of time; written beside, synced
//! and renamed, so that a file is whole or not there. Only the owner may read them. What the server
//! refuses moves to `refused/`: move a file back to try it again. Both are bounded: the oldest go
//! first, and the caller says so aloud.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

/// Reports that wait at most: a day of a small Nagios.
const FILES: usize = 10_000;
/// Bytes that wait at most.
const BYTES: u64 = 64 * 1024 * 1024;
/// The folder of what the server refused.
const REFUSED: &str = "refused";

/// The folder.
#[derive(Debug, Clone)]
pub(super) struct Spool {
    folder: PathBuf,
}

impl Spool {
    /// Opens the folder, making it where it is missing.
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder.join(REFUSED))?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// Takes the lock that makes one caller at a time the one that drains; `None` while another
    /// holds it.
    pub(super) fn lock(&self) -> io::Result<Option<File>> {
        let path = self.folder.join(".lock");
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(fs::TryLockError::WouldBlock) => Ok(None),
            Err(fs::TryLockError::Error(error)) => Err(error),
        }
    }

    /// Keeps one report; gives its name.
    pub(super) fn keep(&self, body: &[u8], now: DateTime<Utc>) -> io::Result<String> {
        let nanos = now.timestamp_nanos_opt().unwrap_or(i64::MAX).max(0);
        let name = format!("{nanos:020}-{:010}.json", std::process::id());
        let beside = self.folder.join(format!(".{name}.new"));
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
        let written = file.write_all(body).and_then(|()| file.sync_all());
        let kept = written.and_then(|()| fs::rename(&beside, self.folder.join(&name)));
        if let Err(error) = kept {
            fs::remove_file(&beside).ok();
            return Err(error);
        }
        File::open(&self.folder)?.sync_all()?;
        Ok(name)
    }

    /// The names of the reports that wait, the oldest first.
    pub(super) fn waiting(&self) -> io::Result<Vec<String>> {
        names(&self.folder)
    }

    pub(super) fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        fs::read(self.folder.join(name))
    }

    /// Forgets a report that was delivered.
    pub(super) fn done(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.folder.join(name))
    }

    /// Puts a report aside that the server will never take; gives where it is now.
    pub(super) fn refuse(&self, name: &str) -> io::Result<PathBuf> {
        let aside = self.folder.join(REFUSED);
        fs::rename(self.folder.join(name), aside.join(name))?;
        trim(&aside, FILES, BYTES)?;
        Ok(aside.join(name))
    }

    /// Drops the oldest reports over the bounds; gives how many went.
    pub(super) fn trim(&self) -> io::Result<usize> {
        trim(&self.folder, FILES, BYTES)
    }
}

fn names(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        match entry?.file_name().into_string() {
            Ok(name) if name.ends_with(".json") && !name.starts_with('.') => names.push(name),
            Ok(_) | Err(_) => {}
        }
    }
    names.sort_unstable();
    Ok(names)
}

fn trim(folder: &Path, most_files: usize, most_bytes: u64) -> io::Result<usize> {
    let mut files = 0;
    let mut bytes = 0;
    let mut dropped = 0;
    for name in names(folder)?.iter().rev() {
        let path = folder.join(name);
        files += 1;
        bytes += fs::metadata(&path).map_or(0, |data| data.len());
        if files > most_files || bytes > most_bytes {
            fs::remove_file(&path)?;
            dropped += 1;
        }
    }
    Ok(dropped)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn what_is_kept_waits_in_order_and_only_for_the_owner() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::open(&folder.path().join("deep/spool")).unwrap();
        let second = spool.keep(b"2", at(20)).unwrap();
        let first = spool.keep(b"1", at(3)).unwrap();
        assert_eq!(spool.waiting().unwrap(), [first.clone(), second.clone()]);
        assert_eq!(spool.read(&first).unwrap(), b"1");
        let path = spool.folder.join(&first);
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(&spool.folder).unwrap().permissions().mode() & 0o777, 0o700);
        spool.done(&first).unwrap();
        let aside = spool.refuse(&second).unwrap();
        assert_eq!(fs::read(aside).unwrap(), b"2");
        assert!(spool.waiting().unwrap().is_empty());
    }

    #[test]
    fn one_caller_at_a_time_drains() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::open(folder.path()).unwrap();
        let lock = spool.lock().unwrap();
        assert!(lock.is_some());
        assert!(spool.lock().unwrap().is_none());
        drop(lock);
        assert!(spool.lock().unwrap().is_some());
    }

    #[test]
    fn over_the_bounds_the_oldest_go() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::open(folder.path()).unwrap();
        let names: Vec<String> = (1..=5).map(|s| spool.keep(b"1234", at(s)).unwrap()).collect();
        assert_eq!(trim(folder.path(), 4, 100).unwrap(), 1);
        assert_eq!(trim(folder.path(), 4, 8).unwrap(), 2);
        assert_eq!(spool.waiting().unwrap(), names[3..]);
        assert_eq!(spool.trim().unwrap(), 0);
    }
}
