//! A disk that loses power, fills up, or fails to sync.

use std::collections::BTreeSet;
use std::io;
use std::ops::Bound;
use std::sync::{Arc, Mutex};

use redb::{BackendError, StorageBackend};
use warroom::brain::embedded::Disk;

const BLOCK: u64 = 4096;

/// The state of the disk; clones are the same disk.
#[derive(Debug, Clone, Default)]
pub(super) struct Sim(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    /// What the running program sees.
    now: Vec<u8>,
    /// What a power cut is sure to leave.
    durable: Vec<u8>,
    /// Writes since the last sync.
    unsynced: Vec<(u64, Vec<u8>)>,
    /// Blocks that have a place on the disk.
    placed: BTreeSet<u64>,
    /// So many more operations succeed; none: all.
    left: Option<u64>,
    is_full: bool,
    fails_to_sync: bool,
    pub written: u64,
}

impl Sim {
    fn with<T>(&self, act: impl FnOnce(&mut Inner) -> T) -> T {
        act(&mut self.0.lock().unwrap())
    }

    /// The power goes after so many more writes and syncs.
    pub(super) fn cut_after(&self, operations: u64) {
        self.with(|disk| disk.left = Some(operations));
    }

    pub(super) fn set_full(&self, is_full: bool) {
        self.with(|disk| disk.is_full = is_full);
    }

    pub(super) fn fail_to_sync(&self) {
        self.with(|disk| disk.fails_to_sync = true);
    }

    /// How many bytes were ever written.
    pub(super) fn written(&self) -> u64 {
        self.with(|disk| disk.written)
    }

    /// The disk after the power cut: each write since the last sync is there, or torn, or not.
    pub(super) fn after_power_cut(&self, mut dice: impl FnMut(u64) -> u64) -> Self {
        let survivor = self.with(|disk| {
            let mut image = disk.durable.clone();
            for (offset, data) in &disk.unsynced {
                let kept = match dice(4) {
                    0 | 1 => data.len(),
                    2 => usize::try_from(dice(data.len() as u64 + 1)).unwrap(),
                    _ => 0,
                };
                overwrite(&mut image, *offset, &data[..kept]);
            }
            Inner { now: image.clone(), durable: image, ..Inner::default() }
        });
        Self(Arc::new(Mutex::new(survivor)))
    }
}

fn overwrite(image: &mut Vec<u8>, offset: u64, data: &[u8]) {
    let (start, end) = (offset as usize, offset as usize + data.len());
    if image.len() < end {
        image.resize(end, 0);
    }
    image[start..end].copy_from_slice(data);
}

impl Inner {
    fn spend(&mut self) -> io::Result<()> {
        match &mut self.left {
            Some(0) => Err(io::Error::other("the power is gone")),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl StorageBackend for Sim {
    fn len(&self) -> io::Result<u64> {
        Ok(self.with(|disk| disk.now.len() as u64))
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.with(|disk| {
            let start = offset as usize;
            let data = disk.now.get(start..start + out.len());
            out.copy_from_slice(data.ok_or(io::ErrorKind::UnexpectedEof)?);
            Ok(())
        })
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.with(|disk| {
            disk.spend()?;
            // A file system journals its sizes in order with the data that it syncs.
            disk.now.resize(len as usize, 0);
            disk.durable.resize(len as usize, 0);
            disk.unsynced.retain(|(offset, data)| offset + data.len() as u64 <= len);
            Ok(())
        })
    }

    fn sync_data(&self) -> io::Result<()> {
        self.with(|disk| {
            disk.spend()?;
            if disk.fails_to_sync {
                return Err(io::Error::from_raw_os_error(5));
            }
            for (offset, data) in std::mem::take(&mut disk.unsynced) {
                overwrite(&mut disk.durable, offset, &data);
            }
            Ok(())
        })
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.with(|disk| {
            disk.spend()?;
            let blocks = offset / BLOCK..(offset + data.len() as u64).div_ceil(BLOCK);
            if disk.is_full && blocks.clone().any(|block| !disk.placed.contains(&block)) {
                return Err(io::ErrorKind::StorageFull.into());
            }
            disk.placed.extend(blocks);
            disk.written += data.len() as u64;
            overwrite(&mut disk.now, offset, data);
            disk.unsynced.push((offset, data.to_vec()));
            Ok(())
        })
    }

    fn try_lock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<bool, BackendError> {
        Ok(true)
    }

    fn unlock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }
}

impl Disk for Sim {
    fn open(&self) -> io::Result<Box<dyn StorageBackend>> {
        Ok(Box::new(self.clone()))
    }

    fn place(&self) -> String {
        "a simulated disk".to_owned()
    }
}
