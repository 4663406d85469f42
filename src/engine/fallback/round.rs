//! The round that watches the journal while the brain is away.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::FutureExt;
use futures_util::future::join_all;

use super::picture::Picture;
use super::plan::Plan;
use super::{AWAY_MIN, LOOK_BACK, LOOK_EVERY};
use crate::domain::incident::Receipt;
use crate::engine::Engine;
use crate::engine::journal::Journal;
use crate::engine::meters::Kind as Meter;
use crate::engine::outside::{CALL_MAX, Failure, Order};

/// How long a delivery may take from its arrival to its place in the journal.
const UNDER_WAY: TimeDelta = TimeDelta::seconds(60);

/// What is known of the outage that goes on.
#[derive(Debug)]
struct Outage {
    began: Duration,
    picture: Picture,
    plan: Plan,
    /// The journal was read up to this entry, which was received then.
    read: (u64, DateTime<Utc>),
}

impl Engine {
    /// Pages by itself while a shared brain is away.
    pub(in crate::engine) async fn page_without_brain(self: Arc<Self>) {
        let Some(journal) = self.journal.clone() else { return };
        let mut outage: Option<Outage> = None;
        loop {
            if !self.vital.is_away() {
                outage = None;
            } else if let Err(why) = self.look_without_brain(&journal, &mut outage).await {
                tracing::warn!(why, "the brain is away, and the journal cannot be read for pages");
            }
            self.clock.sleep(LOOK_EVERY).await;
        }
    }

    async fn look_without_brain(
        &self,
        journal: &Journal,
        outage: &mut Option<Outage>,
    ) -> Result<(), String> {
        let uptime = self.clock.uptime();
        let outage = outage.get_or_insert_with(|| Outage {
            began: uptime,
            picture: Picture::default(),
            plan: Plan::default(),
            read: (0, self.clock.now() - LOOK_BACK),
        });
        if uptime.saturating_sub(outage.began) < AWAY_MIN {
            return Ok(());
        }
        if journal.stats().durable > outage.read.0 {
            read_on(journal, outage, self.clock.now()).await?;
        }
        let (book, silences) = (self.book.load_full(), self.known_silences());
        let times = (self.clock.now(), self.options.settings.grace());
        outage.plan.note(outage.picture.wanting(&book, &silences, times), uptime);
        let due = outage.plan.due(uptime);
        let tries = due.iter().map(|(_, order)| self.page_now(order.clone()));
        for ((group, order), answer) in due.iter().zip(join_all(tries).await) {
            let key = order.id;
            let kind = match answer {
                Ok(_) => {
                    tracing::warn!(%group, %key, "the brain is away: paged without it");
                    outage.plan.over(group);
                    "sent"
                }
                Err(Failure::Retry { why, .. } | Failure::Unknown { why })
                    if outage.plan.again(group, self.clock.uptime()) =>
                {
                    tracing::warn!(%group, %key, why, "a page without the brain will be tried again");
                    "retried"
                }
                Err(failure) => {
                    tracing::error!(%group, %key, ?failure, "a page without the brain reached nobody");
                    outage.plan.over(group);
                    "failed"
                }
            };
            self.meters.fallback.get_or_create(&Meter { kind }).inc();
        }
        Ok(())
    }

    /// Pages whoever is on call by the last known schedule; whoever stands behind the pagers where
    /// that names nobody. One person who hears of it is enough.
    async fn page_now(&self, order: Order) -> Result<Receipt, Failure> {
        let addressed = self.addressed(&order);
        if addressed.is_empty() {
            return self.page_once(order).await;
        }
        let mut answers = join_all(addressed.into_iter().map(|order| self.page_once(order))).await;
        let heard = answers.iter().position(Result::is_ok).unwrap_or_default();
        answers.swap_remove(heard)
    }

    async fn page_once(&self, order: Order) -> Result<Receipt, Failure> {
        let call = AssertUnwindSafe(async { self.outside.perform(order).await }).catch_unwind();
        tokio::select! {
            biased;
            answer = call => answer.unwrap_or_else(|_| {
                Err(Failure::Unknown { why: "the pager's adapter panicked".to_owned() })
            }),
            () = self.clock.sleep(CALL_MAX) => {
                Err(Failure::Unknown { why: format!("no answer within {} s", CALL_MAX.as_secs()) })
            }
        }
    }
}

/// Takes what the journal has got since the last look into the picture.
async fn read_on(journal: &Journal, outage: &mut Outage, now: DateTime<Utc>) -> Result<(), String> {
    let (last, at) = outage.read;
    // Deliveries may enter the journal in another order than they were received.
    let from = if last == 0 { at } else { at - UNDER_WAY };
    let mut entries = journal.read(from, now).map_err(|error| error.to_string())?;
    while let Some(entry) = entries.next().await {
        let entry = entry.map_err(|error| error.to_string())?;
        if entry.sequence <= last {
            continue;
        }
        outage.picture.add(&entry, journal.is_applied(entry.sequence));
        outage.read.0 = outage.read.0.max(entry.sequence);
        outage.read.1 = outage.read.1.max(entry.received_at);
    }
    Ok(())
}
