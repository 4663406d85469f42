//! Notices a shared brain that has forgotten something, and heals it from this node's journal.
//!
//! Every node does this for what it has acknowledged itself. It refuses to write into a store that
//! is not the one it knows, and to start an effect of class C that may have been started before.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::Engine;
use super::journal::Journal;
use super::meters::Kind as Meter;
use super::notes::{Start, Verdict};
use crate::brain::{Claimed, Position};
use crate::domain::ids::EffectId;
use crate::domain::incident::{Class, Effect, Outcome};
use crate::domain::messages;

/// How often the brain is asked where it stands.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How much further back is replayed than what is known to be lost: a replica may have lagged, and
/// a brain that takes new writes looks younger than its rollback.
const MARGIN: TimeDelta = TimeDelta::minutes(10);
/// Longer than any call that was still under way to the old master when the new one was seen.
const SETTLE: Duration = Duration::from_secs(3);
/// Deliveries that were being answered at that time were received no earlier than this.
const UNDER_WAY: TimeDelta = TimeDelta::seconds(60);
/// So many reports are replayed in one go.
const BATCH: usize = 1024;

/// What this process knows of the brain's state; in memory, as every start looks anew.
#[derive(Debug, Default)]
pub(super) struct Vital {
    is_away: AtomicBool,
    is_strange: AtomicBool,
    /// Since when it is away.
    away_since: Mutex<Option<DateTime<Utc>>>,
    /// What was written after this time has to be replayed.
    pending: Mutex<Option<DateTime<Utc>>>,
    /// Orders of this span may be repetitions of orders that the brain has forgotten.
    doubted: Mutex<Option<(DateTime<Utc>, DateTime<Utc>)>>,
}

impl Vital {
    /// Whether the last look at a shared brain failed, or it is not the one that is known.
    pub(super) fn is_away(&self) -> bool {
        self.is_away.load(Ordering::Relaxed)
    }

    fn pending(&self) -> Option<DateTime<Utc>> {
        *self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a loss; says whether it was not known yet.
    fn forgot(&self, since: DateTime<Utc>) -> bool {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = pending.is_none();
        *pending = Some(pending.map_or(since, |known| known.min(since)));
        let mut doubted = self.doubted.lock().unwrap_or_else(PoisonError::into_inner);
        let from = doubted.map_or(since, |(from, _)| from.min(since));
        *doubted = Some((from, DateTime::<Utc>::MAX_UTC));
        is_news
    }

    /// The brain went away.
    fn left(&self, now: DateTime<Utc>) {
        *self.away_since.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
    }

    /// When the brain, which is back, went away.
    fn returned(&self) -> Option<DateTime<Utc>> {
        self.away_since.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn healed(&self, now: DateTime<Utc>) {
        *self.pending.lock().unwrap_or_else(PoisonError::into_inner) = None;
        let mut doubted = self.doubted.lock().unwrap_or_else(PoisonError::into_inner);
        *doubted = doubted.map(|(from, _)| (from, now));
    }

    fn doubts(&self, due: DateTime<Utc>) -> bool {
        let doubted = self.doubted.lock().unwrap_or_else(PoisonError::into_inner);
        doubted.is_some_and(|(from, to)| from <= due && due <= to)
    }
}

impl Engine {
    /// Looks at a shared brain again and again.
    pub(super) async fn watch_brain(self: Arc<Self>) {
        loop {
            self.look_at_brain().await;
            self.clock.sleep(LOOK_EVERY).await;
        }
    }

    async fn look_at_brain(self: &Arc<Self>) {
        let seen = match self.brain.position().await {
            Ok(seen) => seen,
            Err(error) => {
                if !self.vital.is_away.swap(true, Ordering::Relaxed) {
                    self.vital.left(self.clock.now());
                    tracing::warn!(%error, "the brain is away: alerts go into the journal");
                }
                self.meters.brain_up.set(0);
                return;
            }
        };
        let verdict = self.notes.trace.judge(&seen);
        if verdict == Verdict::Stranger {
            return self.refuse_stranger(&seen);
        }
        if self.vital.is_strange.swap(false, Ordering::Relaxed) {
            self.guard.believe();
        }
        if self.vital.is_away.swap(false, Ordering::Relaxed) {
            tracing::info!("the brain is back");
            if let Some(since) = self.vital.returned() {
                let text = messages::brain_was_away(self.name(), since);
                self.tell_ops(&self.new_id("brain"), text).await;
            }
        }
        self.meters.brain_up.set(1);
        self.note_loss(verdict, &seen);
        match self.vital.pending() {
            None => self.accept(seen).await,
            Some(since) => self.heal(since, seen).await,
        }
    }

    /// Neither reads nor writes a store that is not the one that is known.
    fn refuse_stranger(&self, seen: &Position) {
        self.vital.is_away.store(true, Ordering::Relaxed);
        self.meters.brain_up.set(0);
        if self.vital.is_strange.swap(true, Ordering::Relaxed) {
            return;
        }
        self.rolled_back("lost");
        let found = if seen.id.is_empty() { "an empty store" } else { &seen.id };
        let why = format!(
            "this is not the brain that this node knows, but {found}: restore it, or see `warroom doctor`"
        );
        tracing::error!(found, "the brain is gone; alerts go into the journal: {why}");
        self.guard.doubt(why);
    }

    fn note_loss(&self, verdict: Verdict, seen: &Position) {
        let (since, kind) = match verdict {
            Verdict::Sound | Verdict::Stranger => return,
            Verdict::Forgot(since) => (since, "certain"),
            Verdict::MayHaveForgotten(since) => (since, "possible"),
        };
        if !self.vital.forgot(since) {
            return;
        }
        self.rolled_back(kind);
        let sequence = seen.sequence;
        if kind == "certain" {
            tracing::error!(%since, sequence, "the brain has forgotten what it acknowledged: replaying the journal; aliases and tickets changed since then may have to be changed again");
        } else {
            tracing::warn!(%since, sequence, "another server holds the brain, which may lack its last writes: replaying the journal");
        }
    }

    fn rolled_back(&self, kind: &'static str) {
        self.meters.rollbacks.get_or_create(&Meter { kind }).inc();
    }

    async fn accept(&self, seen: Position) {
        let (trace, now) = (self.notes.trace.clone(), self.clock.now());
        let accepted = tokio::task::spawn_blocking(move || trace.accept(&seen, now)).await;
        if let Ok(Err(error)) = accepted {
            tracing::warn!(%error, "a brain that forgets while this process is down may go unnoticed");
        }
    }

    /// Replays what may be lost; what fails is tried again at the next look.
    async fn heal(self: &Arc<Self>, since: DateTime<Utc>, seen: Position) {
        match self.replay_since(since).await {
            Ok(deliveries) => {
                self.accept(seen).await;
                self.vital.healed(self.clock.now());
                tracing::info!(deliveries, "the journal was replayed: the brain is whole again");
            }
            Err(why) => tracing::warn!(why, "the journal could not be replayed; trying again"),
        }
        if let Err(error) = self.refresh_silences().await {
            tracing::debug!(%error, "cannot read the silences");
        }
    }

    async fn replay_since(self: &Arc<Self>, since: DateTime<Utc>) -> Result<u64, String> {
        let Some(journal) = self.journal.clone() else { return Ok(0) };
        let begun = self.clock.now();
        let first = self.replay_span(&journal, since - MARGIN, begun).await?;
        self.clock.sleep(SETTLE).await;
        let second = self.replay_span(&journal, begun - UNDER_WAY, self.clock.now()).await?;
        Ok(first + second)
    }

    /// Gives the brain what was received between two times. What it has changes nothing.
    async fn replay_span(
        self: &Arc<Self>,
        journal: &Journal,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Result<u64, String> {
        let mut entries = journal.read(from, to).map_err(|error| error.to_string())?;
        let (mut batch, mut known, mut count) = (Vec::new(), BTreeSet::new(), 0);
        while let Some(entry) = entries.next().await {
            let entry = entry.map_err(|error| error.to_string())?;
            let reports = entry.reports;
            let prints: Vec<_> = reports.iter().map(|report| report.alert.fingerprint()).collect();
            // Two reports about one alert keep their order.
            let is_repeated = prints.iter().any(|print| known.contains(print));
            let is_full = batch.len() >= BATCH || is_repeated || entry.said.is_some();
            if is_full && !batch.is_empty() {
                let full = std::mem::take(&mut batch);
                self.take(full).await.map_err(|error| error.to_string())?;
                known.clear();
            }
            if let Some(said) = entry.said {
                let again = self.say_again(entry.received_at, said).await;
                again.map_err(|error| error.to_string())?;
            }
            known.extend(prints);
            batch.extend(reports);
            count += 1;
        }
        if !batch.is_empty() {
            self.take(batch).await.map_err(|error| error.to_string())?;
        }
        self.meters.replayed.inc_by(count);
        Ok(count)
    }

    /// Why an effect must not be started now, as its outcome. Class C only: nobody starts it twice.
    pub(super) async fn forbidden(
        &self,
        claimed: &Claimed,
        id: EffectId,
        effect: &Effect,
    ) -> Option<Outcome> {
        if effect.class() != Class::AtMostOnce {
            return None;
        }
        let unknown = |why: &str| Some(Outcome::Unknown { why: why.to_owned() });
        let failed = |why: String| Some(Outcome::Failed { why });
        if claimed.attempt > 1 {
            return unknown("the process that was to start it died or lost touch");
        }
        if self.options.is_shared {
            match self.brain.position().await.map(|seen| self.notes.trace.judge(&seen)) {
                Err(error) => return failed(format!("it was not started: {error}")),
                Ok(Verdict::Sound) if !self.vital.doubts(claimed.due) => {}
                Ok(_) => return unknown("the brain has forgotten whether it was started before"),
            }
        }
        match self.notes.ledger.start(id, self.clock.now()).await {
            Ok(Start::First) => None,
            Ok(Start::Again(at)) => {
                let why = format!("this node started it at {at}, and the brain has forgotten");
                Some(Outcome::Unknown { why })
            }
            Err(error) => failed(format!("it was not started: {error}")),
        }
    }
}
