//! Which entries the brain is known to have.
//!
//! A mark may be lost and never wrong: an entry without one is replayed, which deduplication makes
//! harmless.

use std::collections::BTreeMap;
use std::io::Read;

use serde::{Deserialize, Serialize};

use super::Disk;
use super::record::{checked, checksummed};

/// The file that keeps the marks.
pub(super) const FILE: &str = "applied";
/// Where they are written before they take that name.
const DRAFT: &str = "applied.new";
/// Holes between marks that are remembered; beyond it, further marks out of order are forgotten.
const RANGES_MAX: usize = 16_384;
/// What is read of the file: that many ranges of two numbers of 20 digits.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// The marks: everything below one number, and ranges above it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Marks {
    /// Every sequence number below is applied.
    below: u64,
    /// First and last sequence number of each further run that is applied.
    ranges: BTreeMap<u64, u64>,
}

impl Default for Marks {
    fn default() -> Self {
        Self { below: 1, ranges: BTreeMap::new() }
    }
}

impl Marks {
    /// Marks a run of entries. Gives whether anything changed.
    pub(super) fn mark(&mut self, first: u64, last: u64) -> bool {
        let first = first.max(self.below);
        if last < first || self.has_all(first, last) {
            return false;
        }
        let (mut from, mut to) = (first, last);
        let near = self.ranges.range(..=last.saturating_add(1)).rev();
        let joined: Vec<(u64, u64)> = near
            .take_while(|(_, end)| end.saturating_add(1) >= first)
            .map(|(start, end)| (*start, *end))
            .collect();
        for (start, end) in joined {
            self.ranges.remove(&start);
            (from, to) = (from.min(start), to.max(end));
        }
        if from == self.below {
            self.below = to.saturating_add(1);
        } else if self.ranges.len() < RANGES_MAX {
            self.ranges.insert(from, to);
        }
        true
    }

    /// Whether this entry is applied.
    pub(super) fn has(&self, sequence: u64) -> bool {
        self.has_all(sequence, sequence)
    }

    /// Whether all entries of a run are.
    pub(super) fn has_all(&self, first: u64, last: u64) -> bool {
        let from = first.max(self.below);
        last < from || self.ranges.range(..=from).next_back().is_some_and(|(_, end)| *end >= last)
    }

    /// How many entries up to `durable` are not applied.
    pub(super) fn missing(&self, durable: u64) -> u64 {
        let above = durable.saturating_add(1).saturating_sub(self.below);
        let marked: u64 = self.ranges.iter().map(|(first, last)| last - first + 1).sum();
        above.saturating_sub(marked)
    }

    /// Keeps only what can be true of a journal that holds the entries from `first` to `durable`:
    /// what is no longer kept was applied, and what does not exist was not.
    pub(super) fn fit(&mut self, first: u64, durable: u64) {
        let next = durable.saturating_add(1);
        self.below = self.below.min(next);
        self.ranges.retain(|start, end| start <= end && *end < next);
        if first > 1 {
            self.mark(1, first - 1);
        }
    }

    /// Reads the marks; none where there are none that can be trusted.
    pub(super) fn load(disk: &dyn Disk) -> Option<Self> {
        let mut bytes = Vec::new();
        disk.read(FILE).ok()?.take(FILE_BYTES_MAX).read_to_end(&mut bytes).ok()?;
        serde_json::from_slice(checked(&bytes, bytes.len()).ok()?).ok()
    }

    /// Writes the marks in place of the older ones.
    pub(super) fn save(&self, disk: &dyn Disk) -> std::io::Result<()> {
        let mut file = disk.create(DRAFT)?;
        file.write_all(&checksummed(serde_json::to_vec(self)?))?;
        file.sync()?;
        disk.rename(DRAFT, FILE)
    }
}
