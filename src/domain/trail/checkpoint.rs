//! What is told to the outside, so that an end that was cut off is missed.

use chrono::{DateTime, Utc};
use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::chain::Chain;

/// How far the chain had come at some moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The last link's number.
    pub seq: u64,
    /// Its hash.
    pub hash: CompactString,
    /// When.
    pub at: DateTime<Utc>,
    /// How many links there were.
    pub count: u64,
}

impl Checkpoint {
    /// Whether a chain that was followed to its end still holds what this one saw. `hash` is the
    /// chain's own hash of the link with this number; none: it was not among those followed.
    ///
    /// # Errors
    /// What is missing, in words.
    pub fn check(&self, chain: &Chain, hash: Option<&str>) -> Result<(), String> {
        let Self { seq, at, count, .. } = self;
        let when = at.format("%Y-%m-%d %H:%M:%S UTC");
        if chain.last < *seq {
            let from = chain.last + 1;
            return Err(format!(
                "records {from} to {seq} are missing: the checkpoint of {when} counted {count} of them"
            ));
        }
        match hash {
            Some(hash) if hash == self.hash => Ok(()),
            Some(_) => {
                Err(format!("record {seq} is not the one that the checkpoint of {when} saw"))
            }
            None => {
                Err(format!("record {seq}, which the checkpoint of {when} saw, is not among them"))
            }
        }
    }
}
