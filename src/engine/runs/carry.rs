//! Carries out what runs order: each order ends in an input of its run.

use std::sync::Arc;
use std::time::Duration;

use crate::brain::{At, Claimed, Error, Rows};
use crate::domain::ids::{CaseId, EffectId};
use crate::domain::incident::{Effect, Input, Outcome, Receipt};
use crate::domain::run::{self, Assignment, Report, Run, Work};
use crate::engine::Engine;
use crate::engine::handle::{Handled, Job};
use crate::engine::outside::Failure;
use crate::engine::views::Refusal;

use super::executors::Executors;

/// How long a step that has certainly not begun is tried again: one try more must still fit into
/// the time of a call.
const START_FOR: Duration = Duration::from_secs(8);
/// The time between two tries.
const START_AGAIN: Duration = Duration::from_secs(1);

impl Engine {
    /// Takes an executor's word of an assignment. The same word again changes nothing.
    ///
    /// # Errors
    /// When the brain is away: the executor says it again.
    pub async fn report_step(self: &Arc<Self>, report: Report) -> Result<(), Refusal> {
        let heard = run::Input::Heard { key: report.key, known: report.known };
        self.tell_run(report.run, heard).await.map(drop)
    }

    /// Carries one order of a run out under its lease.
    pub(in crate::engine) async fn work(
        self: &Arc<Self>,
        claimed: &Claimed,
        id: EffectId,
        work: Work,
    ) -> Result<(), Error> {
        let case = claimed.row.case();
        let Some(run) = self.run_at(case).await? else {
            let outcome = Outcome::Failed { why: "the run no longer exists".to_owned() };
            return self.settle(claimed, Effect::Work { work }, outcome).await;
        };
        match &work {
            Work::Claim {} => {
                let heard = match self.claim_target(case, &run).await? {
                    Ok(fence) => run::Input::Claimed { fence },
                    Err(why) => run::Input::Held { why },
                };
                self.settle_with(claimed, heard).await
            }
            Work::Release { .. } => {
                self.release_target(case, &run).await?;
                self.settle_done(claimed, work).await
            }
            Work::Start { label, assignment, .. } => {
                self.hand_over(claimed, &run, (label, assignment), work.clone()).await
            }
            Work::Follow { .. } => self.follow(claimed, &run, work).await,
            Work::Stop { label, key } => {
                if let Ok(executors) = self.executors() {
                    drop(self.call(claimed, executors.stop(label, *key)).await);
                }
                self.settle_done(claimed, work).await
            }
            Work::Look { step, watch } => self.look(claimed, (*step, watch.clone()), work).await,
            Work::Show {} => self.show(claimed, id, &run).await,
            Work::Note {} => self.settle_done(claimed, work).await,
        }
    }

    /// Hands an assignment over, unless a brake holds it.
    async fn hand_over(
        self: &Arc<Self>,
        claimed: &Claimed,
        run: &Run,
        (label, assignment): (&str, &Assignment),
        work: Work,
    ) -> Result<(), Error> {
        let effect = Effect::Work { work };
        if let Some(why) = self.braked(run).await? {
            return self.settle(claimed, effect, Outcome::Failed { why }).await;
        }
        let executors = match self.executors() {
            Ok(executors) => executors,
            Err(failure) => return self.failed(claimed, effect, failure).await,
        };
        match self.call(claimed, self.start_soon(&*executors, label, assignment)).await {
            None => {
                self.outdated(claimed, effect.kind(), "the lease was lost during the call");
                Ok(())
            }
            Some(Ok(())) => {
                let receipt = Receipt::default();
                self.settle(claimed, effect, Outcome::Done { receipt }).await
            }
            Some(Err(failure)) => self.failed(claimed, effect, failure).await,
        }
    }

    /// Starts it, and tries again for a moment where it certainly has not begun: an executor may be
    /// between two connections.
    async fn start_soon(
        &self,
        executors: &dyn Executors,
        label: &str,
        assignment: &Assignment,
    ) -> Result<(), Failure> {
        let first = self.clock.uptime();
        loop {
            let started = executors.start(label, assignment).await;
            let is_late = self.clock.uptime() - first >= START_FOR;
            match started {
                Err(Failure::Retry { .. }) if !is_late => self.clock.sleep(START_AGAIN).await,
                started => return started,
            }
        }
    }

    pub(super) fn executors(&self) -> Result<Arc<dyn Executors>, Failure> {
        let known = self.equipment.load();
        let missing = || Failure::missing("there is no executor: nobody can carry this step out");
        known.executors.clone().ok_or_else(missing)
    }

    /// The run that a case is.
    pub(super) async fn run_at(&self, case: CaseId) -> Result<Option<Arc<Run>>, Error> {
        let question = (At::Case(case), Rows::Some(Vec::new()));
        let loaded = self.brain.load(vec![question]).await?.pop().flatten();
        Ok(loaded.and_then(|loaded| loaded.incident.head.run.clone()))
    }

    /// Tells the run what came of its order, and removes the row, in one commit.
    pub(super) async fn settle_with(
        self: &Arc<Self>,
        claimed: &Claimed,
        heard: run::Input,
    ) -> Result<(), Error> {
        let rows = Rows::Some(Vec::new());
        let mut job = Job::on(claimed.row.case(), rows, Input::Run { heard });
        job.settles = Some((claimed.row, self.lanes.holds.token(claimed)));
        if let Handled::LeaseLost = self.handle(job).await? {
            self.outdated(claimed, "run", "somebody else answered");
        }
        Ok(())
    }

    pub(super) async fn settle_done(
        self: &Arc<Self>,
        claimed: &Claimed,
        work: Work,
    ) -> Result<(), Error> {
        let receipt = Receipt::default();
        self.settle(claimed, Effect::Work { work }, Outcome::Done { receipt }).await
    }
}
