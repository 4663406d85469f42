//! Heartbeats: a beat that stays away becomes an alert.
//!
//! The last beat is a document; whether it is late follows from it and the clock, so any replica
//! may look, and looking twice is harmless: the alert is the same.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Engine;
use super::queries::away;
use super::views::Refusal;
use crate::adapters::ingest::heartbeat::{beat_resolves, due, missing_alert};
use crate::brain::{Error, Kind};

/// A heartbeat as stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Beat {
    /// The last beat; before the first one, when it was first expected.
    last: DateTime<Utc>,
    /// Whether the alert has been raised since.
    is_missing: bool,
}

impl Engine {
    /// Notes a beat, and resolves the alert that its absence had raised.
    ///
    /// # Errors
    /// When no heartbeat has this name, or the brain is away.
    pub async fn beat(self: &Arc<Self>, name: &str) -> Result<(), Refusal> {
        let config = self
            .options
            .heartbeats
            .get(name)
            .ok_or_else(|| Refusal::NotFound(format!("no heartbeat is called {name}")))?
            .clone();
        let now = self.clock.now();
        let (stored, version) = self.stored_beat(name).await.map_err(away)?;
        if stored.as_ref().is_some_and(|beat| beat.is_missing) {
            self.take(vec![beat_resolves(&config, now)]).await.map_err(away)?;
        }
        self.write_beat(name, version, &Beat { last: now, is_missing: false }).await.map_err(away)
    }

    /// Raises an alert for each heartbeat that is late.
    pub(super) async fn look_at_beats(self: &Arc<Self>) -> Result<(), Error> {
        let now = self.clock.now();
        for (name, config) in &self.options.heartbeats {
            let (stored, version) = self.stored_beat(name).await?;
            let Some(beat) = stored else {
                // The first beat is expected one interval from now, not in the past.
                self.write_beat(name, version, &Beat { last: now, is_missing: false }).await?;
                continue;
            };
            if beat.is_missing || now <= due(config, beat.last) {
                continue;
            }
            self.take(vec![missing_alert(config, beat.last, now)]).await?;
            self.write_beat(name, version, &Beat { is_missing: true, ..beat }).await?;
        }
        Ok(())
    }

    async fn stored_beat(&self, name: &str) -> Result<(Option<Beat>, u64), Error> {
        let documents = self.brain.documents(Kind::Heartbeat).await?;
        let Some(document) = documents.into_iter().find(|document| document.id == name) else {
            return Ok((None, 0));
        };
        Ok((serde_json::from_value(document.body).ok(), document.version))
    }

    async fn write_beat(&self, name: &str, version: u64, beat: &Beat) -> Result<(), Error> {
        let body =
            serde_json::to_value(beat).map_err(|error| Error::Unusable(error.to_string()))?;
        match self.brain.put(Kind::Heartbeat, name.into(), version, Some(body)).await {
            // Another replica has noted a beat or its absence at the same moment.
            Ok(_) | Err(Error::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
