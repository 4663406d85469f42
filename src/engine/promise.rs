//! What a 2xx means now, in words: for `warroom doctor`, the API and the docs.

use schemars::JsonSchema;
use serde::Serialize;

use super::Engine;
use super::fallback::AWAY_MIN;
use crate::brain::Health;

/// What a 2xx means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Nothing that was answered with 2xx is lost by the failure of one machine's process or disk
    /// cache, nor by a failover of Redis.
    Strict,
    /// The brain is away or not believed: the journal alone keeps what comes, and answers 202.
    Degraded,
    /// Nobody waits for replicas or the journal: what is lost is stated.
    Fast,
}

/// How the promise stands, for those who ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Condition {
    /// Which mode holds now.
    pub promise: Mode,
    /// What a 2xx means in this mode, and what can be lost.
    pub meaning: String,
    /// What the brain says of itself; nothing while it is away.
    #[serde(flatten)]
    pub health: Option<Health>,
    /// Why the brain is not used now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
}

impl Mode {
    /// What a 2xx means in this mode, and what can be lost; `health` as far as it is known.
    #[must_use]
    pub fn meaning(self, health: Option<&Health>) -> String {
        let shared = health.filter(|health| health.is_shared);
        match (self, shared.map(|health| health.replicas)) {
            (Self::Degraded, _) => {
                let wait = AWAY_MIN.as_secs();
                format!(
                    "the brain is away: 202 means fsynced in this machine's journal only; what \
                     begins to fire is paged after {wait} s, once for each group, straight from \
                     the journal; incidents, rooms and further pages wait for the brain, and no \
                     runbook starts before; the loss of this machine's disk loses what the brain \
                     has not got by then"
                )
            }
            (Self::Fast, _) => {
                "a 2xx means in Redis' memory; a failover or a crash of Redis loses what it had \
                 neither replicated nor written (seconds), unless this machine's journal still \
                 has it: that is written within a second"
                    .to_owned()
            }
            (Self::Strict, None) => "a 2xx means written and fsynced on this machine".to_owned(),
            (Self::Strict, Some(0)) => {
                "a 2xx means in Redis and fsynced in this machine's journal; there is no replica \
                 to wait for"
                    .to_owned()
            }
            (Self::Strict, Some(count)) => format!(
                "a 2xx means in Redis, on {count} replica(s), and fsynced in this machine's journal"
            ),
        }
    }
}

impl Engine {
    /// Which mode holds now, by the last look at the brain.
    #[must_use]
    pub fn mode(&self) -> Mode {
        if self.vital.is_away() {
            Mode::Degraded
        } else if self.options.is_fast {
            Mode::Fast
        } else {
            Mode::Strict
        }
    }

    /// How the promise stands now, asked of the brain itself.
    pub async fn condition(&self) -> Condition {
        match self.brain.health().await {
            Ok(health) => {
                let promise = if self.options.is_fast { Mode::Fast } else { Mode::Strict };
                let meaning = promise.meaning(Some(&health));
                Condition { promise, meaning, health: Some(health), missing: None }
            }
            Err(error) => Condition {
                promise: Mode::Degraded,
                meaning: Mode::Degraded.meaning(None),
                health: None,
                missing: Some(error.to_string()),
            },
        }
    }
}
