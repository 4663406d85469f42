//! What this Redis could lose, in words.

use super::birth::setting;
use super::session::Link;
use super::store::Redis;
use crate::brain::{Error, Health};

impl Redis {
    pub(super) async fn look(&self) -> Result<Health, Error> {
        let replicas = match &*self.session.link {
            Link::One(follower) => follower.live().await.map(|live| live.replicas),
            Link::Cluster(cluster) => cluster.replicas().await,
        };
        let replicas = replicas.map_err(|error| Error::Away(error.to_string()))?;
        Ok(Health {
            brain: self.place.clone(),
            id: self.id.clone(),
            is_shared: true,
            shards: self.shards,
            replicas,
            warnings: self.warnings(replicas).await?,
        })
    }

    async fn warnings(&self, replicas: u16) -> Result<Vec<String>, Error> {
        let mut warnings = Vec::new();
        if setting(&self.session, "maxmemory-policy").await?.is_none() {
            warnings.push("redis hides its settings: whether it may throw keys away (maxmemory-policy) is unknown".to_owned());
        }
        let appends = setting(&self.session, "appendonly").await?;
        let syncs = setting(&self.session, "appendfsync").await?;
        match (appends.as_deref(), syncs.as_deref()) {
            (Some("no"), _) => warnings.push(
                "appendonly is off: a crash of redis loses everything since its last snapshot"
                    .to_owned(),
            ),
            (Some("yes"), Some("everysec")) => warnings.push(
                "appendfsync is everysec: a crash of redis' machine loses up to two seconds"
                    .to_owned(),
            ),
            (Some("yes"), Some("no")) => warnings.push(
                "appendfsync is no: a crash of redis' machine loses up to half a minute".to_owned(),
            ),
            _ => {}
        }
        if replicas == 0 {
            warnings.push(
                "no replica acknowledges writes: the loss of this redis is the loss of the brain"
                    .to_owned(),
            );
        }
        Ok(warnings)
    }
}
