//! Logs in the simulated brain: lists that only grow, one entry an id, within the contract's limits.

use compact_str::CompactString;
use warroom::brain::{Error, LOGGED_BYTES_MAX, Logged, NAME_BYTES_MAX, READ_BYTES_MAX};

use crate::store::Store;

impl Store {
    pub(crate) fn append(
        &mut self,
        log: &CompactString,
        id: CompactString,
        body: Vec<u8>,
    ) -> Result<u64, Error> {
        let is_name = |name: &str| (1..=NAME_BYTES_MAX).contains(&name.len());
        if !is_name(log) || !is_name(&id) || body.len() > LOGGED_BYTES_MAX {
            return Err(Error::Invalid(format!("the log {log} does not take this entry")));
        }
        let entries = self.logs.entry(log.clone()).or_default();
        let known = entries.iter().position(|(known, _)| *known == id);
        let place = known.unwrap_or_else(|| {
            entries.push((id, body));
            entries.len() - 1
        });
        Ok(place as u64 + 1)
    }

    pub(crate) fn read(&self, log: &str, from: u64, max: usize) -> Vec<Logged> {
        let entries = (1u64..).zip(self.logs.get(log).into_iter().flatten());
        let mut read: Vec<Logged> = Vec::new();
        let mut bytes = 0;
        for (number, (id, body)) in entries.filter(|(number, _)| *number >= from).take(max) {
            bytes += body.len();
            if bytes > READ_BYTES_MAX && !read.is_empty() {
                break;
            }
            read.push(Logged { number, id: id.clone(), body: body.clone() });
        }
        read
    }

    pub(crate) fn length(&self, log: &str) -> u64 {
        self.logs.get(log).map_or(0, |entries| entries.len() as u64)
    }
}
