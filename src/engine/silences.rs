//! Silences as documents of the brain: added, updated, expired; held alerts follow at once.

use std::sync::Arc;
use std::time::Duration;

use compact_str::CompactString;

use super::Engine;
use super::queries::away;
use super::said::Said;
use super::views::Refusal;
use crate::brain::{Error, Kind};
use crate::domain::noise::silence::api::PostableSilence;
use crate::domain::noise::silence::{Silence, State, Update, plan_update};

/// How often a write is tried again when another replica was quicker.
const TRIES_MAX: usize = 5;
/// How long after a look that failed the next one is tried.
const AGAIN: Duration = Duration::from_secs(1);

impl Engine {
    /// All silences, expired ones included until they are forgotten.
    ///
    /// # Errors
    /// When the brain is away.
    pub async fn silences(&self) -> Result<Vec<Silence>, Refusal> {
        self.refresh_silences().await.map_err(away)?;
        Ok(self.known_silences().iter().cloned().collect())
    }

    /// Adds a silence, or updates the one whose id it has, as Alertmanager does: gives its id.
    ///
    /// # Errors
    /// When it is not valid, its id is unknown, or the brain is away.
    pub async fn put_silence(
        self: &Arc<Self>,
        wanted: PostableSilence,
    ) -> Result<CompactString, Refusal> {
        let now = self.clock.now();
        let old_id = wanted.id.clone().filter(|id| !id.is_empty());
        let new = wanted.into_silence(now).map_err(|bad| Refusal::Invalid(bad.to_string()))?;
        let id = match old_id {
            None => {
                let new = new.created(now, self.new_silence_id());
                self.write_silence(&new, 0).await?;
                new.id
            }
            Some(old_id) => self.update_silence(&old_id, new).await?,
        };
        self.after_change();
        Ok(id)
    }

    async fn update_silence(&self, old_id: &str, new: Silence) -> Result<CompactString, Refusal> {
        let now = self.clock.now();
        let (old, version) = self.stored_silence(old_id).await?;
        match plan_update(&old, new, now, self.new_silence_id()) {
            Update::InPlace(silence) => {
                self.write_silence(&silence, version).await?;
                Ok(silence.id)
            }
            Update::Replace { old, new } => {
                self.write_silence(&new, 0).await?;
                if let Some(old) = old {
                    self.write_silence(&old, version).await?;
                }
                Ok(new.id)
            }
        }
    }

    /// Ends a silence now.
    ///
    /// # Errors
    /// When there is none with this id, it has ended already, or the brain is away.
    pub async fn expire_silence(self: &Arc<Self>, id: &str) -> Result<(), Refusal> {
        for _ in 0..TRIES_MAX {
            let (silence, version) = self.stored_silence(id).await?;
            let now = self.clock.now();
            if silence.state(now) == State::Expired {
                return Err(Refusal::Conflict(format!("silence {id} already expired")));
            }
            let expired = silence.expired(now);
            match self.write_silence(&expired, version).await {
                Err(Refusal::Conflict(_)) => {}
                Err(error) => return Err(error),
                Ok(()) => {
                    self.after_change();
                    return Ok(());
                }
            }
        }
        Err(Refusal::Conflict(format!("silence {id} is being changed by others")))
    }

    async fn stored_silence(&self, id: &str) -> Result<(Silence, u64), Refusal> {
        let documents = self.brain.documents(Kind::Silence).await.map_err(away)?;
        let document = documents
            .into_iter()
            .find(|document| document.id == id)
            .ok_or_else(|| Refusal::NotFound(format!("silence {id} not found")))?;
        let silence = serde_json::from_value(document.body).map_err(|error| {
            Refusal::Unavailable(format!("silence {id} cannot be read: {error}"))
        })?;
        Ok((silence, document.version))
    }

    async fn write_silence(&self, silence: &Silence, version: u64) -> Result<(), Refusal> {
        let body =
            serde_json::to_value(silence).map_err(|error| Refusal::Invalid(error.to_string()))?;
        match self.brain.put(Kind::Silence, silence.id.clone(), version, Some(body)).await {
            Ok(_) => {
                let said = Said::Silenced { silence: silence.clone() };
                self.keep_said(self.clock.now(), said).await;
                Ok(())
            }
            Err(Error::Conflict) => Err(Refusal::Conflict(format!(
                "silence {} was changed by somebody else",
                silence.id
            ))),
            Err(error) => Err(away(error)),
        }
    }

    /// Alerts that a changed silence held, or holds now, are looked at without waiting.
    pub(super) fn after_change(&self) {
        self.changed.notify_one();
    }

    /// Looks at all alerts after each change, until that has succeeded: new rules may have no other
    /// reason to look at an alert that nobody wanted.
    pub(super) async fn look_after_changes(self: Arc<Self>) {
        loop {
            self.changed.notified().await;
            while let Err(error) = self.look_after_change().await {
                tracing::debug!(%error, "held alerts will be looked at later");
                self.clock.sleep(AGAIN).await;
            }
        }
    }

    async fn look_after_change(self: &Arc<Self>) -> Result<(), Error> {
        self.refresh_silences().await?;
        self.reconsider_all().await
    }

    /// A random id in the shape of a UUID, which Alertmanager's clients expect.
    fn new_silence_id(&self) -> CompactString {
        let mut bytes = self.clock.random().to_be_bytes();
        // Version 4, variant 1: RFC 9562 §5.4.
        let [_, _, _, _, _, _, version, _, variant, ..] = &mut bytes;
        *version = (*version & 0x0f) | 0x40;
        *variant = (*variant & 0x3f) | 0x80;
        let hex = hex::encode(bytes);
        let mut id = CompactString::default();
        for (place, digit) in hex.chars().enumerate() {
            if matches!(place, 8 | 12 | 16 | 20) {
                id.push('-');
            }
            id.push(digit);
        }
        id
    }
}
