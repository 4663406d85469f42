//! Gives the chain out again, byte for byte.

use chrono::{DateTime, Utc};

use super::LOG;
use crate::domain::trail::Link;
use crate::engine::Engine;
use crate::engine::queries::away;
use crate::engine::views::Refusal;

/// Links in one answer at most: with a line of 4,000 characters each they are some 4 MiB.
const LINKS_MAX: usize = 1000;

impl Engine {
    /// Up to `max` links as their exact bytes, from this place of the log on. What stands there need
    /// not be a link: whoever checks the chain finds out.
    ///
    /// # Errors
    /// When the brain is away.
    pub async fn trail_from(&self, from: u64, max: usize) -> Result<Vec<Vec<u8>>, Refusal> {
        let logged = self.brain.read(LOG, from.max(1), max.min(LINKS_MAX)).await.map_err(away)?;
        Ok(logged.into_iter().map(|it| it.body).collect())
    }

    /// The place of the first link that is not older than this. Links stand in the order of their
    /// times, as far as the clocks of the processes agree.
    ///
    /// # Errors
    /// When the brain is away.
    pub async fn trail_since(&self, since: DateTime<Utc>) -> Result<u64, Refusal> {
        let (mut low, mut high) = (1, self.brain.length(LOG).await.map_err(away)? + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            let found = self.brain.read(LOG, middle, 1).await.map_err(away)?;
            let link = found.first().and_then(|it| serde_json::from_slice::<Link>(&it.body).ok());
            // What cannot be read is shown rather than left out.
            if link.is_some_and(|link| link.at < since) { low = middle + 1 } else { high = middle }
        }
        Ok(low)
    }
}
