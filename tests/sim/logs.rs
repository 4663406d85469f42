//! Logs in the simulated brain: lists that only grow, one entry an id.

use compact_str::CompactString;
use warroom::brain::Logged;

use crate::store::Store;

impl Store {
    pub(crate) fn append(&mut self, log: &CompactString, id: CompactString, body: Vec<u8>) -> u64 {
        let entries = self.logs.entry(log.clone()).or_default();
        let known = entries.iter().position(|(known, _)| *known == id);
        let place = known.unwrap_or_else(|| {
            entries.push((id, body));
            entries.len() - 1
        });
        place as u64 + 1
    }

    pub(crate) fn read(&self, log: &str, from: u64, max: usize) -> Vec<Logged> {
        let entries = self.logs.get(log).into_iter().flatten();
        (1u64..)
            .zip(entries)
            .filter(|(number, _)| *number >= from)
            .take(max)
            .map(|(number, (id, body))| Logged { number, id: id.clone(), body: body.clone() })
            .collect()
    }

    pub(crate) fn length(&self, log: &str) -> u64 {
        self.logs.get(log).map_or(0, |entries| entries.len() as u64)
    }
}
