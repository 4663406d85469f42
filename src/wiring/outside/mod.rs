//! The adapters that are configured, behind the engine's one door.
//!
//! Each kind is built in a file of its own here; this one only hands orders over.

mod chat;
mod pagers;
mod runs;
mod tickets;

use std::sync::Arc;

use anyhow::anyhow;
use compact_str::CompactString;
use futures_util::future::BoxFuture;

use self::pagers::Pagers;
use self::runs::Runs;
use self::tickets::Trackers;
use crate::adapters::chat::{Chat, Message, Wanted};
use crate::adapters::failure::Failure;
use crate::adapters::{http, tickets as tracker};
use crate::brain::Brain;
use crate::config::Config;
use crate::domain::ids::EffectId;
use crate::domain::incident::{Effect, Receipt};
use crate::engine::clock::Clock;
use crate::engine::outside::{Order, Outside, Seen};

/// What every kind of adapter is built from.
struct Parts<'a> {
    config: &'a Config,
    brain: &'a Arc<dyn Brain>,
    clock: &'a Arc<dyn Clock>,
    client: reqwest::Client,
}

/// Every adapter that is configured, behind the engine's one door.
#[derive(Debug)]
pub struct Adapters {
    chat: Arc<dyn Chat>,
    trackers: Trackers,
    pagers: Pagers,
    runs: Runs,
}

impl Adapters {
    /// Builds the adapters that are configured.
    ///
    /// # Errors
    /// When a secret cannot be read or the HTTP client cannot be built.
    pub fn build(
        config: &Config,
        brain: &Arc<dyn Brain>,
        clock: &Arc<dyn Clock>,
    ) -> anyhow::Result<Self> {
        let client =
            http::client().map_err(|error| anyhow!("cannot build the HTTP client: {error}"))?;
        let parts = Parts { config, brain, clock, client };
        Ok(Self {
            chat: chat::build(&parts),
            trackers: Trackers::build(&parts)?,
            pagers: Pagers::build(&parts)?,
            runs: Runs::build(&parts)?,
        })
    }

    async fn carry_out(&self, order: Order) -> Result<Receipt, Failure> {
        let Order { id, effect, attempt } = order;
        match &effect {
            Effect::OpenRoom { number, name, topic, invite } => {
                let number = *number;
                self.chat.open(Wanted { id, attempt, number, name, topic, invite }).await
            }
            Effect::CloseRoom { room } => self.chat.close(id, room).await,
            Effect::ReopenRoom { room } => self.chat.reopen(id, room).await,
            Effect::Post { to, key, post } => {
                self.chat.post(Message { id, to, key: *key, post }).await
            }
            Effect::OpenTicket { number, tracker, title, body, labels } => {
                let number = *number;
                let wanted = tracker::Wanted { id, attempt, number, title, body, labels };
                self.trackers.named(tracker)?.open(wanted).await
            }
            Effect::CloseTicket { ticket, comment } => {
                self.trackers.of(ticket)?.close(id, ticket, comment).await
            }
            Effect::ReopenTicket { ticket, comment } => {
                self.trackers.of(ticket)?.reopen(id, ticket, comment).await
            }
            Effect::Page { .. } | Effect::StopPage { .. } => {
                self.pagers.page(id, attempt, &effect).await
            }
            Effect::Graph { .. } => {
                Err(Failure::missing("no metrics source is configured: graphs cannot be drawn yet"))
            }
            Effect::StartRun { .. } => self.runs.start(id, &effect).await,
            Effect::Tell { .. } | Effect::Work { .. } => {
                Err(Failure::missing("cases hear from each other inside the engine"))
            }
        }
    }
}

impl Outside for Adapters {
    fn perform(&self, order: Order) -> BoxFuture<'_, Result<Receipt, Failure>> {
        Box::pin(self.carry_out(order))
    }

    fn look<'a>(&'a self, ticket: &'a str) -> BoxFuture<'a, Result<Seen, Failure>> {
        Box::pin(async move { self.trackers.of(ticket)?.look(ticket).await })
    }

    fn comment<'a>(
        &'a self,
        id: EffectId,
        ticket: &'a CompactString,
        text: &'a str,
    ) -> BoxFuture<'a, Result<Receipt, Failure>> {
        Box::pin(async move { self.trackers.of(ticket)?.comment(id, ticket, text).await })
    }
}
