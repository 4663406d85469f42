//! A disk in memory that can lose, tear and refuse, as real ones do.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Cursor, Read, Write};
use std::sync::{Arc, Mutex, MutexGuard};

use super::super::{Disk, Output};

/// What the system writes back on its own, in pieces of this size.
const PAGE: usize = 4096;

/// A small generator (splitmix64), so that a seed gives the same faults for ever.
#[derive(Debug, Clone)]
pub(super) struct Dice(pub u64);

impl Dice {
    pub(super) fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % sides
    }
}

/// One file: what a reader sees, and what is on the platter.
#[derive(Debug, Clone, Default)]
struct Inode {
    seen: Vec<u8>,
    durable: Vec<u8>,
    /// An fsync failed: the pages were thrown away, and later fsyncs say nothing about it.
    is_lost: bool,
}

#[derive(Debug, Default)]
pub(super) struct Inner {
    inodes: BTreeMap<u64, Inode>,
    names: BTreeMap<String, u64>,
    durable_names: BTreeMap<String, u64>,
    made: u64,
    pub syncs: u64,
    /// Which fsyncs fail, counted from the start.
    pub failing_syncs: BTreeSet<u64>,
    /// Bytes that all files may hold together.
    pub capacity: Option<usize>,
    /// No file can be made.
    pub refuses_files: bool,
}

/// The disk; clones are the same disk.
#[derive(Debug, Clone, Default)]
pub(super) struct Sim(Arc<Mutex<Inner>>);

impl Sim {
    pub(super) fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap()
    }

    /// The content of every file, as a reader sees it.
    pub(super) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let inner = self.inner();
        let seen =
            |(name, inode): (&String, &u64)| (name.clone(), inner.inodes[inode].seen.clone());
        inner.names.iter().map(seen).collect()
    }

    /// A disk with exactly these files, all durable.
    pub(super) fn with(files: &BTreeMap<String, Vec<u8>>) -> Self {
        let mut inner = Inner::default();
        for (inode, (name, bytes)) in (0_u64..).zip(files) {
            let file = Inode { seen: bytes.clone(), durable: bytes.clone(), is_lost: false };
            inner.inodes.insert(inode, file);
            inner.names.insert(name.clone(), inode);
        }
        inner.made = inner.names.len() as u64;
        inner.durable_names = inner.names.clone();
        Self(Arc::new(Mutex::new(inner)))
    }

    /// What is left after the power failed: names as of their last sync; of what was not synced,
    /// any pages and any length.
    pub(super) fn after_power_loss(&self, dice: &mut Dice) -> Self {
        let inner = self.inner();
        let names = if dice.roll(2) == 0 { &inner.durable_names } else { &inner.names };
        let mut files = BTreeMap::new();
        for (name, inode) in names {
            files.insert(name.clone(), survivor(&inner.inodes[inode], dice));
        }
        Self::with(&files)
    }
}

fn survivor(file: &Inode, dice: &mut Dice) -> Vec<u8> {
    let mut bytes = file.durable.clone();
    let longer = file.seen.len().saturating_sub(bytes.len()) as u64;
    if longer == 0 || file.is_lost {
        return bytes;
    }
    bytes.resize(bytes.len() + usize::try_from(dice.roll(longer + 1)).unwrap(), 0);
    let from = file.durable.len();
    for (page, (kept, seen)) in bytes.chunks_mut(PAGE).zip(file.seen.chunks(PAGE)).enumerate() {
        let is_new = (page + 1) * PAGE > from;
        if is_new && dice.roll(2) == 0 {
            kept.copy_from_slice(&seen[..kept.len()]);
        }
    }
    bytes
}

impl Disk for Sim {
    fn list(&self) -> io::Result<Vec<(String, u64)>> {
        Ok(self.files().into_iter().map(|(name, bytes)| (name, bytes.len() as u64)).collect())
    }

    fn read(&self, name: &str) -> io::Result<Box<dyn Read + Send>> {
        let bytes = self.files().remove(name).ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(Cursor::new(bytes)))
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn Output>> {
        let mut inner = self.inner();
        if inner.refuses_files {
            return Err(io::Error::other("input/output error"));
        }
        inner.made += 1;
        let inode = inner.made;
        inner.inodes.insert(inode, Inode::default());
        inner.names.insert(name.to_owned(), inode);
        Ok(Box::new(SimFile { disk: self.clone(), inode }))
    }

    fn cut(&self, name: &str, length: u64) -> io::Result<()> {
        let inode = *self.inner().names.get(name).ok_or(io::ErrorKind::NotFound)?;
        let mut file = SimFile { disk: self.clone(), inode };
        file.cut(length)?;
        file.sync()
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut inner = self.inner();
        let inode = inner.names.remove(from).ok_or(io::ErrorKind::NotFound)?;
        inner.names.insert(to.to_owned(), inode);
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let removed = self.inner().names.remove(name);
        removed.map(|_| ()).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn sync(&self) -> io::Result<()> {
        let mut inner = self.inner();
        inner.durable_names = inner.names.clone();
        Ok(())
    }
}

struct SimFile {
    disk: Sim,
    inode: u64,
}

impl Write for SimFile {
    /// Writes at most a part, as `write(2)` may, and nothing when there is no room.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut inner = self.disk.inner();
        let linked: BTreeSet<u64> = inner.names.values().copied().collect();
        let used: usize = linked.iter().map(|inode| inner.inodes[inode].seen.len()).sum();
        let room = inner.capacity.map_or(usize::MAX, |all| all.saturating_sub(used));
        let taken = bytes.len().min(room).min(1500);
        if taken == 0 && !bytes.is_empty() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let file = inner.inodes.get_mut(&self.inode).unwrap();
        file.seen.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Output for SimFile {
    fn sync(&mut self) -> io::Result<()> {
        let mut inner = self.disk.inner();
        inner.syncs += 1;
        let fails = inner.syncs;
        let fails = inner.failing_syncs.contains(&fails);
        let file = inner.inodes.get_mut(&self.inode).unwrap();
        file.is_lost |= fails;
        if fails {
            return Err(io::Error::other("input/output error"));
        }
        if !file.is_lost {
            file.durable = file.seen.clone();
        }
        Ok(())
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        let mut inner = self.disk.inner();
        let file = inner.inodes.get_mut(&self.inode).unwrap();
        file.seen.truncate(usize::try_from(length).unwrap());
        Ok(())
    }
}
