//! Logs in memory: lists that only grow, one entry an id.

use std::collections::BTreeMap;

use compact_str::CompactString;

use crate::brain::logged::{check_entry, check_name};
use crate::brain::{Error, Logged, READ_BYTES_MAX};

/// All logs, by name.
#[derive(Debug, Default)]
pub(super) struct Logs(BTreeMap<CompactString, Log>);

/// One log.
#[derive(Debug, Default)]
struct Log {
    entries: Vec<(CompactString, Vec<u8>)>,
    /// The number of each id.
    numbers: BTreeMap<CompactString, u64>,
}

impl Logs {
    /// The entry's number, and whether it is new.
    pub(super) fn append(
        &mut self,
        log: &CompactString,
        id: CompactString,
        body: Vec<u8>,
    ) -> Result<(u64, bool), Error> {
        check_entry(log, &id, &body)?;
        let log = self.0.entry(log.clone()).or_default();
        if let Some(number) = log.numbers.get(&id) {
            return Ok((*number, false));
        }
        log.entries.push((id.clone(), body));
        let number = log.length();
        log.numbers.insert(id, number);
        Ok((number, true))
    }

    pub(super) fn read(&self, log: &str, from: u64, max: usize) -> Result<Vec<Logged>, Error> {
        check_name(log)?;
        let skipped = usize::try_from(from.saturating_sub(1)).unwrap_or(usize::MAX);
        let entries = self.0.get(log).map(|log| log.entries.as_slice()).unwrap_or_default();
        let entries = (1u64..).zip(entries).skip(skipped).take(max);
        let mut read: Vec<Logged> = Vec::new();
        let mut bytes = 0;
        for (number, (id, body)) in entries {
            bytes += body.len();
            if bytes > READ_BYTES_MAX && !read.is_empty() {
                break;
            }
            read.push(Logged { number, id: id.clone(), body: body.clone() });
        }
        Ok(read)
    }

    pub(super) fn length(&self, log: &str) -> u64 {
        self.0.get(log).map_or(0, Log::length)
    }

    pub(super) fn discard(&mut self, log: &str) {
        self.0.remove(log);
    }
}

impl Log {
    fn length(&self) -> u64 {
        u64::try_from(self.entries.len()).unwrap_or(u64::MAX)
    }
}
