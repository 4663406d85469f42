//! The few file operations that the journal needs, so that tests can put a disk that lies under it.
//!
//! It refuses paths: everything is a name in one folder.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::Error;

/// The file whose lock says that a process has the folder open.
const LOCK: &str = "lock";

/// A folder of files.
pub trait Disk: Send + Sync + 'static {
    /// The names of all files with their sizes, in no order.
    fn list(&self) -> io::Result<Vec<(String, u64)>>;
    /// Opens a file for reading from its beginning.
    fn read(&self, name: &str) -> io::Result<Box<dyn Read + Send>>;
    /// Makes a new empty file, in place of an old one.
    fn create(&self, name: &str) -> io::Result<Box<dyn Output>>;
    /// Cuts a file to this length, durably.
    fn cut(&self, name: &str, length: u64) -> io::Result<()>;
    /// Renames a file, in place of the one that has the name. Durable after [`Disk::sync`].
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    /// Removes a file. Durable after [`Disk::sync`].
    fn remove(&self, name: &str) -> io::Result<()>;
    /// Makes the names durable.
    fn sync(&self) -> io::Result<()>;
}

/// A file that is written at its end.
pub trait Output: Write + Send {
    /// Makes everything written durable.
    fn sync(&mut self) -> io::Result<()>;
    /// Takes back what was written beyond this length; the next write goes there.
    fn cut(&mut self, length: u64) -> io::Result<()>;
}

/// A real folder.
#[derive(Debug)]
pub struct Folder {
    dir: PathBuf,
    /// Held while the folder is open for writing; the system lets it go when the process dies.
    _lock: Option<File>,
}

impl Folder {
    /// Opens a folder for the one process that may write to it, and makes it when it is missing.
    pub fn open(dir: &Path) -> Result<Self, Error> {
        let failed = |error: &io::Error| {
            Error::io(format!("open the journal's folder {}", dir.display()), error)
        };
        std::fs::create_dir_all(dir).map_err(|error| failed(&error))?;
        let mut lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(dir.join(LOCK))
            .map_err(|error| failed(&error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Error::InUse { dir: dir.to_owned() }),
            Err(TryLockError::Error(error)) => return Err(failed(&error)),
        }
        // Only for people to read: a full disk must not keep a reader of old entries out.
        lock.set_len(0).and_then(|()| writeln!(lock, "{}", std::process::id())).ok();
        Ok(Self { dir: dir.to_owned(), _lock: Some(lock) })
    }

    /// Opens a folder for reading beside the process that writes to it.
    #[must_use]
    pub fn to_read(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), _lock: None }
    }
}

impl Disk for Folder {
    fn list(&self) -> io::Result<Vec<(String, u64)>> {
        let mut files = Vec::new();
        for file in std::fs::read_dir(&self.dir)? {
            let file = file?;
            let meta = match file.metadata() {
                Ok(meta) => meta,
                // Compressed or removed between the listing and the look.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            if let (true, Ok(name)) = (meta.is_file(), file.file_name().into_string()) {
                files.push((name, meta.len()));
            }
        }
        Ok(files)
    }

    fn read(&self, name: &str) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(io::BufReader::with_capacity(1 << 16, File::open(self.dir.join(name))?)))
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn Output>> {
        Ok(Box::new(File::create(self.dir.join(name))?))
    }

    fn cut(&self, name: &str, length: u64) -> io::Result<()> {
        let file = OpenOptions::new().write(true).open(self.dir.join(name))?;
        file.set_len(length)?;
        file.sync_all()
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        std::fs::rename(self.dir.join(from), self.dir.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        std::fs::remove_file(self.dir.join(name))
    }

    fn sync(&self) -> io::Result<()> {
        File::open(&self.dir)?.sync_all()
    }
}

impl Output for File {
    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)?;
        self.seek(SeekFrom::Start(length)).map(|_| ())
    }
}
