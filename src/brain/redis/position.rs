//! Where the store stands, for the detector of rollbacks.

use super::scripts::Step;
use super::session::Link;
use super::store::Redis;
use super::value::{all_text, fields, read};
use crate::brain::Error;

/// Where the store stood at one time. A later one with a lower `sequence` or another `id` means
/// that acknowledged writes are gone; another `replid`, that a different server is the master.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The brain's id as it is stored now; empty when it is gone.
    pub id: String,
    /// Redis' replication id; in a cluster those of all masters.
    pub replid: String,
    /// How many commits the store has seen, all shards together: it never goes back.
    pub sequence: u64,
}

impl Redis {
    /// Looks where the store stands.
    ///
    /// # Errors
    /// [`Error::Away`] when it cannot be asked.
    pub async fn position(&self) -> Result<Position, Error> {
        let mut steps = vec![Step::plain("HGET", self.keys.meta()).arg("id")];
        let sequence = |shard| Step::plain("HGET", self.keys.shard(shard)).arg("sequence");
        steps.extend(self.all_shards().map(sequence));
        let mut replies = self.session.all(steps).await.into_iter();
        let id: Option<String> = match replies.next() {
            Some(reply) => read("the brain's id", reply)?,
            None => None,
        };
        let mut total = 0;
        for reply in replies {
            total += read::<Option<u64>>("a sequence", reply)?.unwrap_or(0);
        }
        Ok(Position { id: id.unwrap_or_default(), replid: self.replid().await?, sequence: total })
    }

    async fn replid(&self) -> Result<String, Error> {
        let text = match &*self.session.link {
            Link::One(_) => {
                let step = Step::plain("INFO", "replication".to_owned());
                all_text(&self.session.one(step).await?)
            }
            Link::Cluster(cluster) => {
                let mut info = redis::cmd("INFO");
                info.arg("replication");
                let asked = cluster.ask_masters(info).await;
                asked.map_err(|error| Error::Away(error.to_string()))?
            }
        };
        let mut ids: Vec<&str> = fields(&text, "master_replid").collect();
        ids.sort_unstable();
        Ok(ids.join(","))
    }
}
