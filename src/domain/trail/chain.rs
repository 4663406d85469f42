//! Links of the chain, and whether each follows the one before.

use chrono::{DateTime, Utc};
use compact_str::CompactString;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::record::Record;

/// What stands for the hash before the first link.
pub const NO_HASH: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// A record in its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Counts from 1 without gaps, whatever process writes.
    pub seq: u64,
    /// The hash of the link before, over its bytes as they are stored.
    pub prev: CompactString,
    /// When it was written.
    pub at: DateTime<Utc>,
    /// The process that wrote it.
    pub node: CompactString,
    /// What it says.
    #[serde(flatten)]
    pub record: Record,
}

/// The hash of a link's bytes, without a line end.
#[must_use]
pub fn digest(line: &[u8]) -> CompactString {
    hex::encode(Sha256::digest(line)).into()
}

/// Follows a chain, link by link. It may begin in the middle, as an export does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chain {
    /// The first link's number; 0 before the first.
    pub first: u64,
    /// The last good link's number; 0 before the first.
    pub last: u64,
    /// The last good link's hash.
    pub hash: CompactString,
}

/// Why a link does not follow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It is no link at all.
    #[error("what follows record {after} cannot be read: {why}")]
    Unreadable {
        /// The last good link.
        after: u64,
        /// What is wrong with it.
        why: String,
    },
    /// Numbers are missing, or stand twice.
    #[error("record {expected} is missing: record {found} stands in its place")]
    Missing {
        /// The number that should have come.
        expected: u64,
        /// The number that came.
        found: u64,
    },
    /// The bytes of the link before are not those that this one was written after.
    #[error(
        "record {before} was changed, or record {seq} was put in its place later: the hash of \
             record {before} is not the one that record {seq} was written after"
    )]
    Changed {
        /// The link before.
        before: u64,
        /// The link that names another hash.
        seq: u64,
    },
}

impl Chain {
    /// Takes the next link, or says why it does not follow.
    ///
    /// # Errors
    /// When it does not follow; the chain stays as it was.
    pub fn follow(&mut self, line: &[u8]) -> Result<Link, Fault> {
        let link: Link = serde_json::from_slice(line)
            .map_err(|error| Fault::Unreadable { after: self.last, why: error.to_string() })?;
        let is_first = self.last == 0;
        if !is_first && link.seq != self.last + 1 {
            return Err(Fault::Missing { expected: self.last + 1, found: link.seq });
        }
        let is_after =
            if is_first { link.seq != 1 || link.prev == NO_HASH } else { link.prev == self.hash };
        if !is_after {
            return Err(Fault::Changed { before: link.seq.saturating_sub(1), seq: link.seq });
        }
        if is_first {
            self.first = link.seq;
        }
        (self.last, self.hash) = (link.seq, digest(line));
        Ok(link)
    }

    /// How many links were followed.
    #[must_use]
    pub fn count(&self) -> u64 {
        if self.last == 0 { 0 } else { self.last - self.first + 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::trail::Checkpoint;

    /// A chain of so many links, each as its bytes.
    fn chain(count: u64) -> Vec<Vec<u8>> {
        let mut lines: Vec<Vec<u8>> = Vec::new();
        for seq in 1..=count {
            let prev = lines.last().map_or(NO_HASH.into(), |line| digest(line));
            let record = Record { line: format!("ack {seq}"), ..Record::by_itself("chat", "ack") };
            let link = Link { seq, prev, at: DateTime::UNIX_EPOCH, node: "a".into(), record };
            lines.push(serde_json::to_vec(&link).unwrap());
        }
        lines
    }

    fn check(lines: &[Vec<u8>]) -> Result<Chain, Fault> {
        let mut chain = Chain::default();
        lines.iter().try_for_each(|line| chain.follow(line).map(drop))?;
        Ok(chain)
    }

    #[test]
    fn a_chain_that_nobody_touched_is_whole() {
        let lines = chain(5);
        let whole = check(&lines).unwrap();
        assert_eq!((whole.first, whole.last, whole.count()), (1, 5, 5));
        assert_eq!(check(&lines[2..]).unwrap().count(), 3);
        assert_eq!(check(&[]).unwrap().count(), 0);
    }

    #[test]
    fn the_first_broken_link_is_named() {
        let mut changed = chain(5);
        changed[2] =
            String::from_utf8(changed[2].clone()).unwrap().replace("ack 3", "ack 9").into();
        assert_eq!(check(&changed).unwrap_err(), Fault::Changed { before: 3, seq: 4 });
        let mut removed = chain(5);
        removed.remove(2);
        assert_eq!(check(&removed).unwrap_err(), Fault::Missing { expected: 3, found: 4 });
        let mut swapped = chain(5);
        swapped.swap(1, 2);
        assert_eq!(check(&swapped).unwrap_err(), Fault::Missing { expected: 2, found: 3 });
        let mut garbled = chain(3);
        garbled[1] = b"{}".to_vec();
        assert!(matches!(check(&garbled).unwrap_err(), Fault::Unreadable { after: 1, .. }));
        let mut begun = chain(2);
        begun[0] = String::from_utf8(begun[0].clone()).unwrap().replace("\"0000", "\"1000").into();
        assert_eq!(check(&begun).unwrap_err(), Fault::Changed { before: 0, seq: 1 });
    }

    #[test]
    fn a_checkpoint_finds_a_truncated_tail_and_a_rewritten_chain() {
        let lines = chain(5);
        let whole = check(&lines).unwrap();
        let mark =
            Checkpoint { seq: 5, hash: whole.hash.clone(), at: DateTime::UNIX_EPOCH, count: 5 };
        assert_eq!(mark.check(&whole, Some(&whole.hash)), Ok(()));
        let short = check(&lines[..3]).unwrap();
        let why = mark.check(&short, None).unwrap_err();
        assert!(why.contains("records 4 to 5 are missing"), "{why}");
        let why = mark.check(&whole, Some(NO_HASH)).unwrap_err();
        assert!(why.contains("record 5 is not the one"), "{why}");
    }
}
