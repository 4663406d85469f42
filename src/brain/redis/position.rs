//! Where the store stands, for the detector of rollbacks.

use super::scripts::Step;
use super::session::Link;
use super::store::Redis;
use super::value::{all_text, fields, read};
use crate::brain::{Error, Position};

impl Redis {
    pub(super) async fn look_where(&self) -> Result<Position, Error> {
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
