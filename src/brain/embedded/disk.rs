//! The file below the store: how it is opened, what its errors mean.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io;
use std::ops::Bound;
use std::path::{Path, PathBuf};

use redb::backends::FileBackend;
use redb::{BackendError, Builder, Database, StorageBackend};

use crate::brain::Error;

/// The store's file, in the brain's folder.
const FILE: &str = "brain.redb";

/// Opens what the store lies on, again after it was full.
pub trait Disk: fmt::Debug + Send {
    /// Opens it, empty the first time.
    ///
    /// # Errors
    /// Whatever the operating system says.
    fn open(&self) -> io::Result<Box<dyn StorageBackend>>;

    /// Where it is, for people.
    fn place(&self) -> String;
}

/// A file in a folder of this machine.
#[derive(Debug)]
pub(super) struct Folder(pub PathBuf);

impl Disk for Folder {
    fn open(&self) -> io::Result<Box<dyn StorageBackend>> {
        std::fs::create_dir_all(&self.0)?;
        let path = self.0.join(FILE);
        let is_new = !path.exists();
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(false).open(path)?;
        if is_new {
            sync_folder(&self.0)?;
        }
        FileBackend::new(file)
            .map(|backend| Box::new(backend) as Box<dyn StorageBackend>)
            .map_err(io::Error::other)
    }

    fn place(&self) -> String {
        self.0.display().to_string()
    }
}

/// A new file survives a power cut only when its folder was synced too.
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Opens the store.
pub(super) fn open(disk: &dyn Disk, cache_bytes: usize) -> Result<Database, Error> {
    let failed = |error: io::Error| {
        let place = disk.place();
        if is_full(&error) {
            return Error::Full(format!("cannot open the brain in {place}: {error}"));
        }
        Error::Unusable(format!("cannot open the brain in {place}: {error}"))
    };
    let backend = Backend(disk.open().map_err(failed)?);
    let mut builder = Builder::new();
    builder.set_cache_size(cache_bytes);
    builder.create_with_backend(backend).map_err(|error| match error {
        redb::DatabaseError::DatabaseAlreadyOpen => Error::Unusable(format!(
            "the brain in {} is in use by another process; one at a time",
            disk.place()
        )),
        redb::DatabaseError::Storage(redb::StorageError::Io(error)) => failed(error),
        error => Error::Unusable(format!("cannot open the brain in {}: {error}", disk.place())),
    })
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// Says what was being done when the store failed.
pub(super) trait Doing<T> {
    fn doing(self, what: &str) -> Result<T, Error>;
}

impl<T, E: Into<redb::Error>> Doing<T> for Result<T, E> {
    fn doing(self, what: &str) -> Result<T, Error> {
        self.map_err(|error| match error.into() {
            redb::Error::Io(error) if is_full(&error) => {
                Error::Full(format!("cannot {what}: {error}"))
            }
            // Another thread met the error and is opening the file again, or has given it up.
            redb::Error::PreviousIo | redb::Error::DatabaseClosed => {
                Error::Away(format!("cannot {what}: the store is being opened again"))
            }
            error => Error::Unusable(format!("cannot {what}: {error}")),
        })
    }
}

/// Lets the store stand on any backend.
#[derive(Debug)]
struct Backend(Box<dyn StorageBackend>);

impl StorageBackend for Backend {
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.0.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.try_lock_range(start, end)
    }
    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.unlock_range(start, end)
    }
}
