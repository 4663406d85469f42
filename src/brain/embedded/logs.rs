//! Logs in the file: a table of entries by log and number, and one that finds an id's number.
//!
//! Nothing of them is mirrored in memory, and nothing is read of them at the start.

use redb::{ReadOnlyTable, ReadableTable, Table};

use super::disk::Doing;
use super::reader::Shared;
use crate::brain::logged::{self, READ_BYTES_MAX};
use crate::brain::{Error, Logged};

/// Log and number to an entry.
pub(super) type Entries<'t> = Table<'t, (&'static str, u64), &'static [u8]>;
/// Log and id to a number.
pub(super) type Ids<'t> = Table<'t, (&'static str, &'static str), u64>;
/// The entries as readers see them.
pub(super) type Snapshot = ReadOnlyTable<(&'static str, u64), &'static [u8]>;

/// The log tables of one write transaction.
pub(super) struct Logs<'t> {
    pub entries: Entries<'t>,
    pub ids: Ids<'t>,
}

impl Logs<'_> {
    /// Appends an entry in its stored form, unless its id is there; gives the id's number.
    pub(super) fn append(&mut self, log: &str, id: &str, row: &[u8]) -> Result<Appended, Error> {
        let doing = "append to a log";
        let known = self.ids.get((log, id)).doing(doing)?.map(|number| number.value());
        if let Some(number) = known {
            return Ok(Appended { number, is_new: false });
        }
        let number = last(&self.entries, log)? + 1;
        self.entries.insert((log, number), row).doing(doing)?;
        self.ids.insert((log, id), number).doing(doing)?;
        Ok(Appended { number, is_new: true })
    }

    pub(super) fn discard(&mut self, log: &str) -> Result<(), Error> {
        let doing = "discard a log";
        self.entries.retain_in((log, 0)..=(log, u64::MAX), |_, _| false).doing(doing)?;
        // The least text behind this log's name is the name with the least character behind it.
        let next = format!("{log}\0");
        self.ids.retain_in((log, "")..(next.as_str(), ""), |_, _| false).doing(doing)?;
        Ok(())
    }
}

/// What has become of an entry.
pub(super) struct Appended {
    pub number: u64,
    /// False: its id was there already.
    pub is_new: bool,
}

impl Shared {
    pub(super) fn read_log(&self, log: &str, from: u64, max: usize) -> Result<Vec<Logged>, Error> {
        let ((), snapshot) = self.look(|_| ())?;
        let doing = "read a log";
        let mut entries = Vec::new();
        let mut bytes = 0;
        for row in snapshot.logs.range((log, from)..=(log, u64::MAX)).doing(doing)?.take(max) {
            let (key, row) = row.doing(doing)?;
            bytes += row.value().len();
            if bytes > READ_BYTES_MAX && !entries.is_empty() {
                break;
            }
            entries.push(logged::entry(key.value().1, row.value())?);
        }
        Ok(entries)
    }

    pub(super) fn log_length(&self, log: &str) -> Result<u64, Error> {
        let ((), snapshot) = self.look(|_| ())?;
        last(&snapshot.logs, log)
    }
}

/// The number of a log's last entry; 0 when there is none.
fn last(
    entries: &impl ReadableTable<(&'static str, u64), &'static [u8]>,
    log: &str,
) -> Result<u64, Error> {
    let doing = "read the end of a log";
    let last = entries.range((log, 0)..=(log, u64::MAX)).doing(doing)?.next_back();
    Ok(last.transpose().doing(doing)?.map_or(0, |(key, _)| key.value().1))
}
