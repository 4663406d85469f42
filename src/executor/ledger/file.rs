//! The ledger's file: opened by one process, appended to, replaced as a whole.

use std::fs::{self, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::frame;
use super::state::Record;

/// Counts up when the layout changes.
const VERSION: u32 = 1;
/// A file beyond this is written anew: some 50,000 steps.
const BYTES_MAX: u64 = 32 << 20;
/// It is written anew only when it has doubled since: else each record would do it.
const GROWTH: u64 = 2;

/// Why a ledger is of no use. Nothing may be started with it.
#[derive(Debug, thiserror::Error)]
pub enum Bad {
    /// The disk says no.
    #[error("cannot {what} the ledger {}: {error}", file.display())]
    Disk {
        /// What was being done.
        what: &'static str,
        /// The file.
        file: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// It is open elsewhere.
    #[error("the ledger {} is open in another executor", .0.display())]
    Taken(PathBuf),
    /// What stands before its end cannot be read.
    #[error(
        "the ledger {} is damaged at byte {at}: what it knew could start twice. Look at what ran, \
         then move the file away to begin a new one", file.display()
    )]
    Damaged {
        /// The file.
        file: PathBuf,
        /// Where.
        at: usize,
    },
    /// It was written by a newer version.
    #[error("the ledger {} has layout {version}, which this version cannot read", file.display())]
    Newer {
        /// The file.
        file: PathBuf,
        /// Its layout.
        version: u32,
    },
}

#[derive(Debug, Serialize, Deserialize)]
struct Head {
    warroom_ledger: u32,
}

/// An open file.
#[derive(Debug)]
pub(super) struct File {
    path: PathBuf,
    file: fs::File,
    bytes: u64,
    /// Bytes after it was last written anew.
    base: u64,
    /// Held as long as the ledger is open; the ledger itself is replaced now and then.
    _lock: fs::File,
    /// An append that failed leaves bytes that nobody may append to.
    is_broken: bool,
}

impl File {
    /// Opens the ledger of a folder and reads its records; a torn end is cut off.
    pub(super) fn open(folder: &Path) -> Result<(Self, Vec<Record>), Bad> {
        let path = folder.join("ledger");
        let bad = |what: &'static str, error: io::Error| disk(what, &path, error);
        fs::create_dir_all(folder).map_err(|error| bad("make a folder for", error))?;
        let lock = lock(folder, &path)?;
        let mut file = OpenOptions::new();
        let file = file.read(true).write(true).create(true).truncate(false);
        let mut file = file.open(&path).map_err(|error| bad("open", error))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(|error| bad("read", error))?;
        let (records, whole) = records(&path, &bytes)?;
        let end = u64::try_from(whole).unwrap_or(u64::MAX);
        file.set_len(end).map_err(|error| bad("cut", error))?;
        file.seek(SeekFrom::Start(end)).map_err(|error| bad("read", error))?;
        let mut file = Self { path, file, bytes: end, base: 0, _lock: lock, is_broken: false };
        if whole == 0 {
            file.append_bytes(&head())?;
        }
        file.base = file.bytes;
        sync_folder(folder).map_err(|error| disk("sync the folder of", &file.path, error))?;
        Ok((file, records))
    }

    /// Appends a record; when this returns, it is on the disk.
    pub(super) fn append(&mut self, record: &Record) -> Result<(), Bad> {
        let payload = serde_json::to_vec(record)
            .map_err(|error| disk("write", &self.path, io::Error::other(error)))?;
        if payload.len() > frame::BYTES_MAX {
            return Err(disk("write", &self.path, io::Error::other("the record is too large")));
        }
        self.append_bytes(&frame::write(&payload))
    }

    fn append_bytes(&mut self, bytes: &[u8]) -> Result<(), Bad> {
        if self.is_broken {
            return Err(disk("write", &self.path, io::Error::other("an earlier write failed")));
        }
        let written = self.file.write_all(bytes).and_then(|()| self.file.sync_data());
        // After a failed fsync nobody knows what is on the disk: https://lwn.net/Articles/752063/.
        self.is_broken = written.is_err();
        written.map_err(|error| disk("write", &self.path, error))?;
        self.bytes += u64::try_from(bytes.len()).unwrap_or_default();
        Ok(())
    }

    /// Whether it should be written anew.
    pub(super) fn is_grown(&self) -> bool {
        self.bytes > BYTES_MAX && self.bytes > self.base.saturating_mul(GROWTH)
    }

    /// Puts a file with these records in place of this one, at once or not at all.
    pub(super) fn replace(&mut self, records: &[Record]) -> Result<(), Bad> {
        let fresh = self.path.with_extension("new");
        let mut bytes = head();
        for record in records {
            let payload = serde_json::to_vec(record)
                .map_err(|error| disk("write", &fresh, io::Error::other(error)))?;
            bytes.extend(frame::write(&payload));
        }
        let replaced = (|| {
            let mut file = fs::File::create(&fresh)?;
            file.write_all(&bytes)?;
            file.sync_all()?;
            fs::rename(&fresh, &self.path)?;
            sync_folder(self.path.parent().unwrap_or(Path::new(".")))?;
            Ok(file)
        })();
        self.file = replaced.map_err(|error| disk("replace", &self.path, error))?;
        self.bytes = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.base = self.bytes;
        Ok(())
    }
}

fn disk(what: &'static str, file: &Path, error: io::Error) -> Bad {
    Bad::Disk { what, file: file.to_owned(), error }
}

fn head() -> Vec<u8> {
    frame::write(&serde_json::to_vec(&Head { warroom_ledger: VERSION }).unwrap_or_default())
}

fn lock(folder: &Path, path: &Path) -> Result<fs::File, Bad> {
    let lock =
        fs::File::create(folder.join("ledger.lock")).map_err(|error| disk("lock", path, error))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(Bad::Taken(path.to_owned())),
        Err(TryLockError::Error(error)) => Err(disk("lock", path, error)),
    }
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

/// The records of a file, and how many of its bytes are whole frames.
fn records(path: &Path, bytes: &[u8]) -> Result<(Vec<Record>, usize), Bad> {
    let mut records = Vec::new();
    let mut rest = bytes;
    let mut is_first = true;
    while let Some((payload, after)) = frame::read(rest) {
        let at = bytes.len() - rest.len();
        let damaged = || Bad::Damaged { file: path.to_owned(), at };
        if is_first {
            let head: Head = serde_json::from_slice(payload).map_err(|_| damaged())?;
            if head.warroom_ledger != VERSION {
                let version = head.warroom_ledger;
                return Err(Bad::Newer { file: path.to_owned(), version });
            }
        } else {
            records.push(serde_json::from_slice(payload).map_err(|_| damaged())?);
        }
        is_first = false;
        rest = after;
    }
    let at = bytes.len() - rest.len();
    if frame::is_anywhere(rest) {
        return Err(Bad::Damaged { file: path.to_owned(), at });
    }
    Ok((records, at))
}
