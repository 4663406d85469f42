//! Keeps what is heard on a platform before the platform may forget it, and does it once.
//!
//! What is heard goes into a log in the brain, by the day on the platform's clock, once for each event.
//! Any process may hear; the one that leads the platform does what was said, from a cursor. What it
//! was doing when it died is done again, with the same key, and the room's log knows what was answered.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use compact_str::{CompactString, format_compact};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::lead::Office;
use super::{Engine, Site};
use crate::adapters::chat::{Call, Ears, Heard, Reply};
use crate::adapters::failure::Failure;
use crate::brain::{Error, Kind};

/// Events that are read at once.
const BATCH: usize = 50;
/// Bytes of an event's id that stand in keys; a longer one is its digest.
const ID_BYTES_MAX: usize = 96;
/// How much of a text is kept: platforms take no more, and a log has its limits.
const TEXT_MAX: usize = 40_000;
/// The status by which a platform says that it does not know who sent a request.
const STRANGER: u16 = 403;

/// How far a platform's events were done, and where its stream is.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Done {
    /// The last event that was done, by day.
    #[serde(default)]
    days: BTreeMap<NaiveDate, u64>,
}

/// Hears for one platform.
pub(super) struct Listener {
    engine: Arc<Engine>,
    site: Arc<Site>,
}

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Listener").field(&self.site.name).finish()
    }
}

/// The log of a day.
fn inbox(site: &str, day: NaiveDate) -> CompactString {
    format_compact!("heard/{site}/{day}")
}

/// Whether this log is an inbox of this platform.
pub(super) fn is_inbox(site: &str, log: &str) -> bool {
    let rest = log.strip_prefix("heard/").and_then(|rest| rest.strip_prefix(site));
    rest.is_some_and(|rest| rest.starts_with('/'))
}

/// An id that fits into keys, whatever the platform calls its events.
pub(super) fn short(id: &str) -> CompactString {
    let is_plain = id.len() <= ID_BYTES_MAX && id.chars().all(|c| c.is_ascii_graphic());
    if is_plain { id.into() } else { hex::encode(Sha256::digest(id)).into() }
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in map_err")]
fn failure(error: Error) -> Failure {
    Failure::Retry { why: error.to_string(), after: None }
}

impl Listener {
    /// The day on the platform's clock, so that an event that comes twice goes to one log; a clock
    /// that is far from ours counts as ours.
    fn day(&self, at: DateTime<Utc>) -> NaiveDate {
        let now = self.engine.clock.now();
        let is_near = (now - at).abs() < TimeDelta::hours(24);
        if is_near { at.date_naive() } else { now.date_naive() }
    }

    async fn keep(&self, mut heard: Heard) -> Result<(), Failure> {
        if let crate::adapters::chat::What::Line { text, .. } = &mut heard.what
            && text.len() > TEXT_MAX
        {
            *text = text.chars().take(TEXT_MAX / 4).collect();
        }
        let body = crate::brain::encode("an event of a platform", &heard).map_err(failure)?;
        let log = inbox(&self.site.name, self.day(heard.at));
        self.engine.brain.append(log, short(&heard.id), body).await.map(drop).map_err(failure)
    }

    async fn read_mark(&self) -> Result<Option<(u64, String)>, Error> {
        let id = bookmark(&self.site);
        let documents = self.engine.brain.documents(Kind::Lease).await?;
        let found = documents.into_iter().find(|document| document.id == id);
        Ok(found.map(|it| (it.version, written(&it.body))))
    }

    async fn write_mark(&self, at: &str) -> Result<(), Error> {
        let version = self.read_mark().await?.map_or(0, |(version, _)| version);
        let body = serde_json::json!({ "at": at });
        let put = self.engine.brain.put(Kind::Lease, bookmark(&self.site), version, Some(body));
        match put.await {
            // Somebody else's word about the same stream is as good.
            Ok(_) | Err(Error::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

fn written(body: &serde_json::Value) -> String {
    body.get("at").and_then(|at| at.as_str()).unwrap_or_default().to_owned()
}

fn bookmark(site: &Site) -> CompactString {
    format_compact!("bookmark/{}", site.name)
}

impl Ears for Listener {
    fn hear(&self, heard: Heard) -> BoxFuture<'_, Result<(), Failure>> {
        self.keep(heard).boxed()
    }

    fn bookmark(&self) -> BoxFuture<'_, Result<Option<String>, Failure>> {
        async { Ok(self.read_mark().await.map_err(failure)?.map(|(_, at)| at)) }.boxed()
    }

    fn mark<'a>(&'a self, bookmark: &'a str) -> BoxFuture<'a, Result<(), Failure>> {
        async move { self.write_mark(bookmark).await.map_err(failure) }.boxed()
    }
}

impl Engine {
    /// Hands a request on that came to `/hooks/chat/NAME`; none: there is no such platform.
    pub async fn chat_hook(self: &Arc<Self>, name: &str, call: Call<'_>) -> Option<Reply> {
        let site = self.site(name)?;
        let listener = Listener { engine: self.clone(), site: site.clone() };
        Some(site.platform.hook(call, &listener).await)
    }

    /// Hands a request on that names no platform but only its kind: to the one that knows who sent it.
    /// None: there is no platform of this kind.
    pub async fn chat_door(self: &Arc<Self>, kind: &str, call: Call<'_>) -> Option<Reply> {
        let mut refused = None;
        for site in self.mirror.sites() {
            if site.platform.abilities().kind != kind {
                continue;
            }
            let reply = self.chat_hook(&site.name, call).await?;
            if reply.status != STRANGER {
                return Some(reply);
            }
            refused = Some(reply);
        }
        refused
    }

    /// Listens to a platform, and does what is heard, until the office closes.
    pub(super) fn listen(self: &Arc<Self>, office: &Arc<Office>) {
        let ears = Arc::new(Listener { engine: self.clone(), site: office.site.clone() });
        let (site, stop) = (office.site.clone(), office.stop.clone());
        self.tasks.spawn("listen", async move { site.platform.listen(ears, stop).await });
        let (engine, office) = (self.clone(), office.clone());
        self.tasks.spawn("heard", async move {
            let stop = office.stop.clone();
            tokio::select! {
                biased;
                () = stop.cancelled() => {}
                () = engine.do_what_is_heard(&office) => {}
            }
        });
    }

    async fn do_what_is_heard(self: &Arc<Self>, office: &Arc<Office>) {
        loop {
            office.heard.notified().await;
            while let Err(error) = self.do_some(office).await {
                tracing::debug!(%error, "what was heard cannot be done now");
                self.clock.sleep(crate::engine::patience::backoff(3)).await;
            }
        }
    }

    async fn do_some(self: &Arc<Self>, office: &Arc<Office>) -> Result<(), Error> {
        let site = &office.site.name;
        let id = format_compact!("heard/{site}");
        let documents = self.brain.documents(Kind::Lease).await?;
        let known = documents.into_iter().find(|document| document.id == id);
        let mut version = known.as_ref().map_or(0, |known| known.version);
        let mut done: Done =
            known.and_then(|known| serde_json::from_value(known.body).ok()).unwrap_or_default();
        let today = self.clock.now().date_naive();
        for day in [today.pred_opt(), Some(today), today.succ_opt()].into_iter().flatten() {
            loop {
                let from = done.days.get(&day).copied().unwrap_or_default() + 1;
                let heard = self.brain.read(inbox(site, day), from, BATCH).await?;
                let Some(last) = heard.last().map(|last| last.number) else { break };
                self.do_batch(office, heard).await;
                done.days.insert(day, last);
                let body = serde_json::to_value(&done).unwrap_or_default();
                version = self.brain.put(Kind::Lease, id.clone(), version, Some(body)).await?;
            }
        }
        self.forget_days(site, &mut done, today).await
    }

    /// Each room in its own order; no room waits for another's slow command.
    async fn do_batch(self: &Arc<Self>, office: &Arc<Office>, batch: Vec<crate::brain::Logged>) {
        let mut rooms: BTreeMap<Option<CompactString>, Vec<Heard>> = BTreeMap::new();
        for logged in batch {
            match serde_json::from_slice::<Heard>(&logged.body) {
                Ok(heard) => rooms.entry(heard.room.clone()).or_default().push(heard),
                Err(error) => tracing::error!(%error, "what was heard cannot be read"),
            }
        }
        let work = rooms.into_values().map(|heard| async {
            for one in heard {
                self.do_one(office, one).await;
            }
        });
        futures_util::future::join_all(work).await;
    }

    /// What is two days old was done, and is not delivered again.
    async fn forget_days(
        &self,
        site: &str,
        done: &mut Done,
        today: NaiveDate,
    ) -> Result<(), Error> {
        let old: Vec<NaiveDate> =
            done.days.keys().copied().filter(|day| (today - *day).num_days() > 2).collect();
        for day in old {
            self.brain.discard(inbox(site, day)).await?;
            done.days.remove(&day);
        }
        Ok(())
    }
}
