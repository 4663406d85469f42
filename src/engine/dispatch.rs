//! Carries out what stands on the agenda: effects go outside, timers come back as inputs.
//!
//! An effect is worked on under a lease; only the holder's outcome counts. It refuses to wait for
//! one kind of effect before another: each has a lane of its own.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use futures_util::FutureExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

use super::Engine;
use super::handle::{Handled, Job};
use super::meters::Ending;
use super::outside::{CALL_MAX, Failure, Order};
use super::sweep::Look;
use crate::brain::{At, Change, Claimed, Error, Item, RowId, Rows};
use crate::domain::ids::EffectId;
use crate::domain::incident::{Class, Effect, Input, Outcome, Phase, Receipt, Timer};
use crate::domain::messages;

/// So many rows may be claimed and not yet settled; more wait in the brain, for any replica.
pub(super) const LEASED_MAX: usize = 512;
/// A row that makes its adapter panic so often is put aside: the incident shows it, others go on.
const PANICS_MAX: u32 = 5;
/// The first wait before another try; each further one is twice as long.
const BACKOFF_FIRST: Duration = Duration::from_secs(1);
/// The longest wait between two tries: an outage of hours must not become a storm of retries, and
/// its end must be seen soon.
const BACKOFF_MAX: Duration = Duration::from_secs(120);

/// How many effects of each kind may be under way at once.
#[derive(Debug)]
pub(super) struct Lanes {
    pages: Arc<Semaphore>,
    rooms: Arc<Semaphore>,
    posts: Arc<Semaphore>,
    graphs: Arc<Semaphore>,
    runs: Arc<Semaphore>,
    inner: Arc<Semaphore>,
    leased: Arc<Semaphore>,
}

impl Default for Lanes {
    fn default() -> Self {
        let lane = |permits| Arc::new(Semaphore::new(permits));
        Self {
            pages: lane(64),
            rooms: lane(32),
            posts: lane(32),
            graphs: lane(4),
            runs: lane(16),
            inner: lane(64),
            leased: lane(LEASED_MAX),
        }
    }
}

impl Lanes {
    /// How many rows this process holds now.
    pub(super) fn in_flight(&self) -> usize {
        LEASED_MAX.saturating_sub(self.leased.available_permits())
    }

    fn of(&self, item: &Item) -> &Arc<Semaphore> {
        let Item::Effect { effect } = item else { return &self.inner };
        match effect {
            Effect::Page { .. } | Effect::StopPage { .. } => &self.pages,
            Effect::OpenRoom { .. }
            | Effect::CloseRoom { .. }
            | Effect::ReopenRoom { .. }
            | Effect::OpenTicket { .. }
            | Effect::CloseTicket { .. }
            | Effect::ReopenTicket { .. } => &self.rooms,
            Effect::Post { .. } => &self.posts,
            Effect::Graph { .. } => &self.graphs,
            Effect::StartRun { .. } => &self.runs,
            Effect::Tell { .. } => &self.inner,
        }
    }
}

/// How long an effect is tried before it counts as failed.
fn patience(effect: &Effect) -> TimeDelta {
    match effect {
        // The next step of the escalation is paged meanwhile.
        Effect::Page { .. } | Effect::StopPage { .. } => TimeDelta::hours(1),
        // A picture that comes later than this helps nobody.
        Effect::Graph { .. } => TimeDelta::minutes(2),
        Effect::StartRun { .. } => TimeDelta::minutes(5),
        // Chat and trackers may be down for hours: the room and the ticket still come.
        Effect::OpenRoom { .. }
        | Effect::CloseRoom { .. }
        | Effect::ReopenRoom { .. }
        | Effect::Post { .. }
        | Effect::OpenTicket { .. }
        | Effect::CloseTicket { .. }
        | Effect::ReopenTicket { .. }
        | Effect::Tell { .. } => TimeDelta::hours(24),
    }
}

impl Engine {
    /// Claims what is due and starts it, until everything stops.
    pub(super) async fn dispatch(self: Arc<Self>) {
        let mut changes = self.brain.watch();
        loop {
            // With every place taken there is nothing to claim for.
            let Ok(place) = self.lanes.leased.acquire().await else { return };
            drop(place);
            let claimed = match self.claim_due().await {
                Ok(claimed) => claimed,
                Err(error) => {
                    tracing::debug!(%error, "cannot claim from the agenda");
                    self.clock.sleep(self.options.poll).await;
                    continue;
                }
            };
            if claimed > 0 {
                continue;
            }
            let wait = self.until_next().await;
            tokio::select! {
                biased;
                () = self.clock.sleep(wait) => {}
                () = self.wake.notified() => {}
                () = agenda_changed(&mut changes) => {}
            }
        }
    }

    async fn claim_due(self: &Arc<Self>) -> Result<usize, Error> {
        let free = LEASED_MAX.saturating_sub(self.lanes.in_flight());
        let now = self.clock.now();
        let Some(lease) = self.lease(now).filter(|_| free > 0) else { return Ok(0) };
        let leased_at = self.clock.uptime();
        let claimed = self.brain.claim(now, free, lease).await?;
        self.meters.brain_up.set(1);
        if let Some(first) = claimed.first() {
            let late = (now - first.due).num_milliseconds().max(0);
            #[expect(clippy::cast_precision_loss, reason = "a gauge needs no more")]
            self.meters.agenda_lag.set(late as f64 / 1000.0);
        }
        let count = claimed.len();
        self.start_all(claimed, leased_at);
        Ok(count)
    }

    async fn until_next(&self) -> Duration {
        let Ok(Some(due)) = self.brain.next_due().await else { return self.options.poll };
        (due - self.clock.now()).to_std().unwrap_or(Duration::from_millis(1)).min(self.options.poll)
    }

    /// Starts rows that this process has just claimed; `leased_at` is the uptime before the claim.
    pub(super) fn start_all(self: &Arc<Self>, claimed: Vec<Claimed>, leased_at: Duration) {
        for claimed in claimed {
            // More than the lanes hold is left alone: its lease ends and it is claimed again.
            let Ok(permit) = self.lanes.leased.clone().try_acquire_owned() else { continue };
            let engine = self.clone();
            let lease_ends = leased_at + self.options.lease;
            self.tasks.finish("effect", engine.carry_out(claimed, lease_ends, permit));
        }
    }

    async fn carry_out(
        self: Arc<Self>,
        claimed: Claimed,
        lease_ends: Duration,
        _permit: OwnedSemaphorePermit,
    ) {
        let Some((_lane, lease_ends)) = self.enter_lane(&claimed, lease_ends).await else { return };
        // A process that slept no longer holds the row.
        if self.clock.uptime() >= lease_ends || self.tasks.stopping().is_cancelled() {
            return;
        }
        let row = claimed.row;
        let ended = match claimed.item.clone() {
            Item::Timer { timer } => self.ring(&claimed, timer).await,
            Item::Effect { effect } => {
                let id = match row {
                    RowId::Effect(id) => id,
                    RowId::Timer(case, _) => EffectId { case, event: 0, index: 0 },
                };
                self.perform(&claimed, id, effect).await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%row, %error, "an agenda row was not settled; it will be claimed again");
        }
    }

    /// Waits for a place in the row's lane, and keeps its lease alive meanwhile: a row that only
    /// waited must not look like one that somebody may have started. Gives the end of the lease.
    async fn enter_lane(
        &self,
        claimed: &Claimed,
        mut lease_ends: Duration,
    ) -> Option<(SemaphorePermit<'_>, Duration)> {
        let lane = self.lanes.of(&claimed.item).acquire();
        let mut lane = std::pin::pin!(lane);
        loop {
            tokio::select! {
                biased;
                permit = &mut lane => return Some((permit.ok()?, lease_ends)),
                () = self.clock.sleep(self.options.lease / 3) => {
                    let renewed_at = self.clock.uptime();
                    let lease = self.lease(self.clock.now())?;
                    self.brain.renew(claimed.row, claimed.token, lease).await.ok()?;
                    lease_ends = renewed_at + self.options.lease;
                }
            }
        }
    }

    /// Rings a timer: its case decides.
    async fn ring(self: &Arc<Self>, claimed: &Claimed, timer: Timer) -> Result<(), Error> {
        let case = claimed.row.case();
        let (rows, input) = match timer {
            Timer::Reconsider => self.reconsider(case, Look::Waiting).await?,
            Timer::Expiry | Timer::Calm | Timer::Forget => (Rows::All, Input::Due { timer }),
            Timer::Escalate | Timer::Close | Timer::Card => {
                (Rows::Some(Vec::new()), Input::Due { timer })
            }
        };
        let settles = Some((claimed.row, claimed.token));
        let job = Job { at: At::Case(case), rows, input, settles, begins_anew: false };
        self.handle(job).await.map(|_| ())
    }

    async fn perform(
        self: &Arc<Self>,
        claimed: &Claimed,
        id: EffectId,
        effect: Effect,
    ) -> Result<(), Error> {
        if let Some(outcome) = self.forbidden(claimed, id, &effect).await {
            return self.settle(claimed, effect, outcome).await;
        }
        if let Some(why) = self.overtaken(claimed, &effect).await? {
            return self.settle(claimed, effect, Outcome::Failed { why }).await;
        }
        let result = if let Effect::Tell { case, input } = &effect {
            self.tell(*case, (**input).clone()).await
        } else {
            self.call(claimed, Order { id, effect: effect.clone(), attempt: claimed.attempt }).await
        };
        match result {
            None => Ok(()),
            Some(Ok(receipt)) => self.settle(claimed, effect, Outcome::Done { receipt }).await,
            Some(Err(failure)) => self.failed(claimed, effect, failure).await,
        }
    }

    /// Why an order that opens or closes something is no longer wanted: it waited, and the incident
    /// has moved on. Without this look, a late closing would close the room of an open incident.
    async fn overtaken(&self, claimed: &Claimed, effect: &Effect) -> Result<Option<String>, Error> {
        let wants_open = match effect {
            Effect::CloseRoom { .. } | Effect::CloseTicket { .. } => false,
            Effect::ReopenRoom { .. } | Effect::ReopenTicket { .. } => true,
            Effect::OpenRoom { .. }
            | Effect::Post { .. }
            | Effect::OpenTicket { .. }
            | Effect::Page { .. }
            | Effect::StopPage { .. }
            | Effect::Graph { .. }
            | Effect::StartRun { .. }
            | Effect::Tell { .. } => return Ok(None),
        };
        let question = (At::Case(claimed.row.case()), Rows::Some(Vec::new()));
        let loaded = self.brain.load(vec![question]).await?.pop().flatten();
        let Some(loaded) = loaded else { return Ok(None) };
        let is_over = matches!(loaded.incident.head.phase, Phase::Closed | Phase::Merged);
        Ok((wants_open == is_over).then(|| messages::overtaken(is_over).to_owned()))
    }

    /// Hands an input to another case.
    async fn tell(
        self: &Arc<Self>,
        case: crate::domain::ids::CaseId,
        input: Input,
    ) -> Option<Result<Receipt, Failure>> {
        let rows = match &input {
            Input::ChildJoins { child, .. } | Input::ChildLeaves { child } => {
                Rows::Some(vec![crate::domain::incident::child_key(*child)])
            }
            Input::Reported { .. }
            | Input::Reconsidered { .. }
            | Input::Due { .. }
            | Input::Ended { .. }
            | Input::Asked { .. }
            | Input::StormBegan { .. }
            | Input::ParentResolved {} => Rows::Some(Vec::new()),
        };
        Some(match self.handle(Job::on(case, rows, input)).await {
            Ok(Handled::Missing) => {
                Err(Failure::Refused { why: format!("case {case} no longer exists") })
            }
            Ok(
                Handled::Done { .. }
                | Handled::Superseded
                | Handled::Misplaced { .. }
                | Handled::LeaseLost,
            ) => Ok(Receipt::default()),
            Err(error) => Err(Failure::Retry { why: error.to_string(), after: None }),
        })
    }

    /// Calls the outside while the lease is kept alive. `None`: the lease was lost meanwhile, and
    /// with it the right to say how it ended.
    async fn call(
        self: &Arc<Self>,
        claimed: &Claimed,
        order: Order,
    ) -> Option<Result<Receipt, Failure>> {
        let attempt = order.attempt;
        // Inside: an adapter may panic before it has even made its future.
        let call = async { self.outside.perform(order).await };
        let call = AssertUnwindSafe(call).catch_unwind();
        let mut call = std::pin::pin!(call);
        let deadline = self.clock.sleep(CALL_MAX);
        let mut deadline = std::pin::pin!(deadline);
        loop {
            tokio::select! {
                biased;
                result = &mut call => return Some(result.unwrap_or_else(|_| Err(panicked(attempt)))),
                () = &mut deadline => {
                    let why = format!("no answer within {} s", CALL_MAX.as_secs());
                    return Some(Err(Failure::Unknown { why }));
                }
                () = self.clock.sleep(self.options.lease / 3) => {
                    let lease = self.lease(self.clock.now())?;
                    if self.brain.renew(claimed.row, claimed.token, lease).await == Err(Error::LeaseLost) {
                        return None;
                    }
                }
            }
        }
    }

    async fn failed(
        self: &Arc<Self>,
        claimed: &Claimed,
        effect: Effect,
        failure: Failure,
    ) -> Result<(), Error> {
        let is_at_most_once = effect.class() == Class::AtMostOnce;
        let is_out_of_time = self.clock.now() - claimed.due > patience(&effect);
        let (why, after) = match failure {
            Failure::Refused { why } | Failure::Broken { why } => {
                return self.settle(claimed, effect, Outcome::Failed { why }).await;
            }
            Failure::Unknown { why } if is_at_most_once => {
                return self.settle(claimed, effect, Outcome::Unknown { why }).await;
            }
            // A row of class C that is claimed again counts as started: it is not postponed.
            Failure::Retry { why, .. } if is_at_most_once || is_out_of_time => {
                return self.settle(claimed, effect, Outcome::Failed { why }).await;
            }
            Failure::Unknown { why } if is_out_of_time => {
                return self.settle(claimed, effect, Outcome::Failed { why }).await;
            }
            Failure::Retry { why, after } => (why, after),
            Failure::Unknown { why } => (why, None),
        };
        self.count(effect.kind(), "retried");
        let wait = after.unwrap_or_default().max(backoff(claimed.attempt));
        tracing::info!(row = %claimed.row, effect = effect.kind(), attempt = claimed.attempt, why, "will be tried again");
        let due = self.clock.now() + TimeDelta::from_std(wait).unwrap_or(TimeDelta::minutes(2));
        self.brain.postpone(claimed.row, claimed.token, due).await
    }

    /// Tells the case how its effect ended, and removes the row, in one commit.
    async fn settle(
        self: &Arc<Self>,
        claimed: &Claimed,
        effect: Effect,
        outcome: Outcome,
    ) -> Result<(), Error> {
        let ending = match &outcome {
            Outcome::Done { .. } => "done",
            Outcome::Failed { .. } => "failed",
            Outcome::Unknown { .. } => "unknown",
        };
        self.count(effect.kind(), ending);
        if let Outcome::Failed { why } | Outcome::Unknown { why } = &outcome {
            tracing::warn!(row = %claimed.row, effect = effect.kind(), ending, why, "an effect was not done");
        }
        let input = Input::Ended { effect: Box::new(effect), outcome };
        let mut job = Job::on(claimed.row.case(), Rows::Some(Vec::new()), input);
        job.settles = Some((claimed.row, claimed.token));
        self.handle(job).await.map(|_| ())
    }

    fn count(&self, effect: &'static str, outcome: &'static str) {
        self.meters.effects.get_or_create(&Ending { effect, outcome }).inc();
    }
}

fn panicked(attempt: u32) -> Failure {
    let why = "the adapter panicked".to_owned();
    if attempt >= PANICS_MAX { Failure::Refused { why } } else { Failure::Unknown { why } }
}

fn backoff(attempt: u32) -> Duration {
    let doubled = BACKOFF_FIRST.saturating_mul(1_u32 << attempt.saturating_sub(1).min(16));
    doubled.min(BACKOFF_MAX)
}

/// Waits for word that rows may be due which nobody holds.
async fn agenda_changed(changes: &mut tokio::sync::broadcast::Receiver<Change>) {
    use tokio::sync::broadcast::error::RecvError;
    loop {
        match changes.recv().await {
            Ok(Change::Agenda | Change::Lagged) | Err(RecvError::Lagged(_)) => return,
            Ok(Change::Case(..) | Change::Document(_)) => {}
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}
