//! The one segment that is being written.

use std::io;

use compact_str::CompactString;

use super::catalog::{DRAFT, raw};
use super::record::Header;
use super::{Disk, Output};

/// The current segment.
pub(super) struct Current {
    file: Box<dyn Output>,
    /// The first sequence number, which names it.
    pub first: u64,
    /// What is durable. Bytes beyond it belong to a write that has not succeeded.
    pub length: u64,
}

impl Current {
    /// Begins a segment with what it must hold from the start. It gets its name only when all of
    /// that is durable, and then takes the place of a segment that began with the same entry.
    pub(super) fn begin(
        disk: &dyn Disk,
        brain_id: &CompactString,
        first: u64,
        frame: &[u8],
    ) -> io::Result<Self> {
        let name = raw(first);
        let draft = format!("{name}{DRAFT}");
        let bytes =
            [Header { brain_id: brain_id.clone(), first }.encode(), frame.to_vec()].concat();
        let begun = Self::written(disk, &draft, &bytes).and_then(|file| {
            disk.rename(&draft, &name)?;
            disk.sync()?;
            Ok(file)
        });
        match begun {
            Ok(file) => Ok(Self { file, first, length: bytes.len() as u64 }),
            Err(error) => {
                // It takes room that others may need; the next start removes it otherwise.
                disk.remove(&draft).ok();
                Err(error)
            }
        }
    }

    fn written(disk: &dyn Disk, name: &str, bytes: &[u8]) -> io::Result<Box<dyn Output>> {
        let mut file = disk.create(name)?;
        file.write_all(bytes)?;
        file.sync()?;
        Ok(file)
    }

    /// Writes one frame and makes it durable.
    pub(super) fn append(&mut self, frame: &[u8]) -> Result<(), Failed> {
        self.file.write_all(frame).map_err(Failed::Write)?;
        self.file.sync().map_err(Failed::Sync)?;
        self.length += frame.len() as u64;
        Ok(())
    }

    /// Takes back what a failed write left behind.
    pub(super) fn take_back(&mut self) -> io::Result<()> {
        self.file.cut(self.length)
    }
}

/// Where an append failed.
pub(super) enum Failed {
    /// The frame may be there in part; nothing was made durable.
    Write(io::Error),
    /// What is on disk is not known, and no later fsync of this file can tell.
    Sync(io::Error),
}
