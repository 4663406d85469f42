//! Carries out what stands on the agenda: effects go outside, timers come back as inputs.
//!
//! An effect is worked on under a lease; only the holder's outcome counts. It refuses to wait for
//! one kind of effect before another: each has a lane of its own.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use super::Engine;
use super::handle::Job;
use super::holds::Holds;
use super::sweep::Look;
use super::turns::{Turn, Turns};
use crate::brain::{Change, Claimed, Error, Item, RowId, Rows};
use crate::domain::ids::EffectId;
use crate::domain::incident::{Effect, Input, Timer};
use crate::domain::run::Work;

/// So many rows may be claimed and not yet settled; more wait in the brain, for any replica.
pub(super) const LEASED_MAX: usize = 512;
/// How many rows with panics are remembered: as many as this process can hold at once. Without the
/// oldest, its count begins anew.
const PANICKED_MAX: usize = LEASED_MAX;
/// How long changes of the agenda gather before it is looked at: a look asks every shard, and under
/// load each commit sets a timer. What must not wait is claimed by the commit that orders it.
const GATHER: Duration = Duration::from_millis(20);

/// How many effects of each kind may be under way at once.
#[derive(Debug)]
pub(super) struct Lanes {
    pages: Arc<Semaphore>,
    rooms: Arc<Semaphore>,
    posts: Arc<Semaphore>,
    graphs: Arc<Semaphore>,
    runs: Arc<Semaphore>,
    looks: Arc<Semaphore>,
    inner: Arc<Semaphore>,
    leased: Arc<Semaphore>,
    /// How often adapters have panicked over rows that are not settled.
    panics: Mutex<BTreeMap<RowId, u32>>,
    /// The rows that are worked on.
    pub(super) holds: Holds,
    /// The order inside each room.
    pub(super) turns: Turns,
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
            looks: lane(16),
            inner: lane(64),
            leased: lane(LEASED_MAX),
            panics: Mutex::default(),
            holds: Holds::default(),
            turns: Turns::default(),
        }
    }
}

impl Lanes {
    /// How many rows this process holds now.
    pub(super) fn in_flight(&self) -> usize {
        LEASED_MAX.saturating_sub(self.leased.available_permits())
    }

    /// Counts a panic over this row in this process: how often it was tried does not tell, since most
    /// tries fail for other reasons.
    pub(super) fn panicked(&self, row: RowId) -> u32 {
        let mut panics = self.panics.lock().unwrap_or_else(PoisonError::into_inner);
        if panics.len() >= PANICKED_MAX && !panics.contains_key(&row) {
            panics.pop_first();
        }
        let count = panics.entry(row).or_default();
        *count = count.saturating_add(1);
        *count
    }

    /// Forgets what is known of a row that has ended, or that somebody else has by now.
    pub(super) fn settled(&self, claimed: &Claimed) {
        self.panics.lock().unwrap_or_else(PoisonError::into_inner).remove(&claimed.row);
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
            Effect::Work { work } => match work {
                Work::Start { .. } | Work::Stop { .. } => &self.runs,
                Work::Follow { .. } | Work::Look { .. } | Work::Claim {} => &self.looks,
                Work::Show {} => &self.posts,
                Work::Release { .. } | Work::Note {} => &self.inner,
            },
        }
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
                () = self.agenda_moved(&mut changes) => self.clock.sleep(wait.min(GATHER)).await,
            }
        }
    }

    /// Waits for word, from here or from elsewhere, that rows may be due which nobody holds.
    async fn agenda_moved(&self, changes: &mut tokio::sync::broadcast::Receiver<Change>) {
        tokio::select! {
            biased;
            () = self.wake.notified() => {}
            () = agenda_changed(changes) => {}
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
            let lease_ends = leased_at + self.options.lease;
            let Some(held) = self.lanes.holds.begin(&claimed, lease_ends) else { continue };
            let engine = self.clone();
            // Before the task starts: tasks begin in no certain order.
            let turn = self.lanes.turns.take(&claimed);
            let work = async move {
                engine.carry_out(claimed, turn).await;
                drop((held, permit));
            };
            self.tasks.finish("effect", work);
        }
    }

    async fn carry_out(self: Arc<Self>, claimed: Claimed, mut turn: Option<Turn>) {
        let Some(_lane) = self.enter_lane(&claimed, &mut turn).await else { return };
        // A process that slept no longer holds the row.
        let is_over = self.lanes.holds.is_over(&claimed, self.clock.uptime());
        if is_over || self.tasks.stopping().is_cancelled() {
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

    /// Waits for its turn and a place in the row's lane, and keeps its lease alive meanwhile: a row
    /// that only waited must not look like one that somebody may have started.
    async fn enter_lane(
        &self,
        claimed: &Claimed,
        turn: &mut Option<Turn>,
    ) -> Option<SemaphorePermit<'_>> {
        let lane = async {
            Turn::comes(turn).await;
            self.lanes.of(&claimed.item).acquire().await
        };
        let mut lane = std::pin::pin!(lane);
        loop {
            tokio::select! {
                biased;
                permit = &mut lane => return permit.ok(),
                () = self.clock.sleep(self.options.lease / 3) => {
                    self.renew(claimed).await?.ok()?;
                }
            }
        }
    }

    /// Asks for another lease; none where this process takes none any more.
    pub(super) async fn renew(&self, claimed: &Claimed) -> Option<Result<(), Error>> {
        let renewed_at = self.clock.uptime();
        let lease = self.lease(self.clock.now())?;
        let token = self.lanes.holds.token(claimed);
        let renewed = self.brain.renew(claimed.row, token, lease).await;
        if renewed.is_ok() {
            self.lanes.holds.renewed(claimed, renewed_at + self.options.lease);
        }
        Some(renewed)
    }

    /// Rings a timer: its case decides.
    async fn ring(self: &Arc<Self>, claimed: &Claimed, timer: Timer) -> Result<(), Error> {
        let case = claimed.row.case();
        let settles = Some((claimed.row, self.lanes.holds.token(claimed)));
        let rows = match timer {
            Timer::Reconsider => return self.reconsider(case, Look::Waiting, settles).await,
            Timer::Expiry | Timer::Calm | Timer::Forget => Rows::All,
            Timer::Escalate | Timer::Close | Timer::Card | Timer::Run => Rows::Some(Vec::new()),
        };
        let job = Job { settles, ..Job::on(case, rows, Input::Due { timer }) };
        self.handle(job).await.map(|_| ())
    }
}

/// Waits for word that rows may be due which nobody holds.
async fn agenda_changed(changes: &mut tokio::sync::broadcast::Receiver<Change>) {
    use tokio::sync::broadcast::error::RecvError;
    loop {
        match changes.recv().await {
            Ok(Change::Agenda | Change::Lagged) | Err(RecvError::Lagged(_)) => return,
            Ok(Change::Case(..) | Change::Document(_) | Change::Log(..)) => {}
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}
