//! The adapters that are configured, behind the engine's one door.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use compact_str::CompactString;
use futures_util::future::BoxFuture;

use super::ledger::{Ledger, Register};
use super::read;
use crate::adapters::actions::{self, Runner};
use crate::adapters::chat::{self, Chat};
use crate::adapters::failure::Failure;
use crate::adapters::http;
use crate::adapters::pagers::{self, Call, Page, Pager};
use crate::adapters::signature::Signed;
use crate::adapters::tickets::{self, Tracker};
use crate::brain::Brain;
use crate::config::Config;
use crate::domain::incident::{Effect, Receipt, RunMode};
use crate::engine::clock::{self, Clock};
use crate::engine::outside::{Order, Outside};

/// Every adapter that is configured, behind the engine's one door.
#[derive(Debug)]
pub struct Adapters {
    chat: Arc<dyn Chat>,
    trackers: BTreeMap<CompactString, Arc<dyn Tracker>>,
    pagers: Vec<Arc<dyn Pager>>,
    runner: Option<Arc<dyn Runner>>,
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
        let now = clock::wall;
        let mut pagers: Vec<Arc<dyn Pager>> = Vec::new();
        for (name, pager) in &config.pagers {
            let secret = read(pager.secret.as_ref()).with_context(|| format!("pager {name}"))?;
            let post = Signed::new(client.clone(), pager.url.clone(), secret, now);
            pagers.push(Arc::new(pagers::webhook::Webhook::new(post)));
        }
        if pagers.is_empty() {
            pagers.push(Arc::new(pagers::log::Log));
        }
        let runner = match &config.runs {
            None => None,
            Some(runs) => {
                let secret = read(runs.secret.as_ref()).context("[runs]")?;
                let post = Signed::new(client, runs.url.clone(), secret, now);
                Some(Arc::new(actions::webhook::Webhook::new(post)) as Arc<dyn Runner>)
            }
        };
        let register = Register::new(brain.clone(), clock.clone());
        let local: Arc<dyn Tracker> = Arc::new(tickets::local::Local::new(register));
        let ledger = Ledger::new(brain.clone(), clock.clone());
        Ok(Self {
            chat: Arc::new(chat::console::Console::new(ledger)),
            trackers: [("local".into(), local)].into_iter().collect(),
            pagers,
            runner,
        })
    }

    fn tracker(&self, name: &str) -> Result<&Arc<dyn Tracker>, Failure> {
        self.trackers
            .get(name)
            .ok_or_else(|| Failure::missing(&format!("no ticket tracker is called {name}")))
    }

    /// The tracker that made a ticket: its id begins with the tracker's name.
    fn tracker_of(&self, _ticket: &str) -> Result<&Arc<dyn Tracker>, Failure> {
        self.tracker("local")
    }

    async fn page(&self, page: Page<'_>) -> Result<Receipt, Failure> {
        // One pager that takes it is enough; every one is tried.
        let mut receipt = Err(Failure::missing("no pager is configured"));
        for pager in &self.pagers {
            let answer = pager.page(page.clone()).await;
            if receipt.is_err() {
                receipt = answer;
            }
        }
        receipt
    }

    async fn carry_out(&self, order: Order) -> Result<Receipt, Failure> {
        let Order { id, effect, attempt } = order;
        match &effect {
            Effect::OpenRoom { number, name, topic, invite } => {
                let number = *number;
                self.chat.open(chat::Wanted { id, attempt, number, name, topic, invite }).await
            }
            Effect::CloseRoom { room } => self.chat.close(id, room).await,
            Effect::ReopenRoom { room } => self.chat.reopen(id, room).await,
            Effect::Post { to, key, post } => {
                self.chat.post(chat::Message { id, to, key: *key, post }).await
            }
            Effect::OpenTicket { number, tracker, title, body, labels } => {
                let number = *number;
                let wanted = tickets::Wanted { id, attempt, number, title, body, labels };
                self.tracker(tracker)?.open(wanted).await
            }
            Effect::CloseTicket { ticket, comment } => {
                self.tracker_of(ticket)?.close(id, ticket, comment).await
            }
            Effect::ReopenTicket { ticket, comment } => {
                self.tracker_of(ticket)?.reopen(id, ticket, comment).await
            }
            Effect::Page { number, policy, step, severity, text } => {
                let (number, step, call) = (*number, *step, Call::Page);
                self.page(Page { id, call, number, policy, step, severity, text }).await
            }
            Effect::StopPage { number, policy, text } => {
                let (number, step, call, severity) = (*number, 0, Call::Stop, "");
                self.page(Page { id, call, number, policy, step, severity, text }).await
            }
            Effect::Graph { .. } => {
                Err(Failure::missing("no metrics source is configured: graphs cannot be drawn yet"))
            }
            Effect::StartRun { number, runbook, mode, labels } => match (mode, &self.runner) {
                (RunMode::Auto, Some(runner)) => {
                    runner.start(actions::Start { id, number: *number, runbook, labels }).await
                }
                (RunMode::Auto, None) => {
                    Err(Failure::missing("nobody executes runbooks here: [runs] is not configured"))
                }
                (RunMode::Watch, _) => Ok(Receipt { id: "watched".into(), at: None }),
                (RunMode::Suggest | RunMode::Approve, _) => {
                    Err(Failure::missing("approvals are not built yet: start the runbook by hand"))
                }
            },
            Effect::Tell { .. } => {
                Err(Failure::missing("cases hear from each other inside the engine"))
            }
        }
    }
}

impl Outside for Adapters {
    fn perform(&self, order: Order) -> BoxFuture<'_, Result<Receipt, Failure>> {
        Box::pin(self.carry_out(order))
    }
}
