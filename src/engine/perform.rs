//! Carries one effect out under its lease, and tells its case how it ended.
//!
//! It refuses to start anything of class C twice, and to close what is open again.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use chrono::TimeDelta;
use futures_util::FutureExt;

use super::Engine;
use super::handle::{Handled, Job};
use super::meters::Ending;
use super::outside::{CALL_MAX, Failure, Order};
use super::pages::Turn;
use super::patience::{backoff, patience};
use super::turns::PUT_OFFS_MAX;
use crate::brain::{At, Claimed, Error, RowId, Rows};
use crate::domain::ids::EffectId;
use crate::domain::incident::{Class, Effect, Input, Outcome, Phase, Receipt};
use crate::domain::messages;

/// A row that makes its adapter panic so often is put aside: the incident shows it, others go on.
const PANICS_MAX: u32 = 5;

impl Engine {
    pub(super) async fn perform(
        self: &Arc<Self>,
        claimed: &Claimed,
        id: EffectId,
        effect: Effect,
    ) -> Result<(), Error> {
        if let Some(outcome) = self.forbidden(claimed, id, &effect).await {
            return self.settle(claimed, effect, outcome).await;
        }
        if let Effect::Work { work } = &effect {
            return Box::pin(self.work(claimed, id, work.clone())).await;
        }
        if let Some(why) = self.overtaken(claimed, &effect).await? {
            let is_untouched = claimed.attempt <= 1;
            let outcome =
                if is_untouched { Outcome::Failed { why } } else { Outcome::Unknown { why } };
            return self.settle(claimed, effect, outcome).await;
        }
        let is_too_early = self.lanes.turns.is_too_early(claimed, self.clock.uptime());
        if is_too_early && claimed.attempt <= PUT_OFFS_MAX {
            let why = "something is still to be said in the room".to_owned();
            return self.failed(claimed, effect, Failure::Retry { why, after: None }).await;
        }
        let wanted = match self.turn(id, &effect).await? {
            Turn::Out(wanted) => wanted,
            Turn::Later(due) => {
                let token = self.lanes.holds.token(claimed);
                return self.brain.postpone(claimed.row, token, due).await;
            }
            Turn::Told(id) => {
                let receipt = Receipt { id, at: None };
                return self.settle(claimed, effect, Outcome::Done { receipt }).await;
            }
        };
        let result = if let Effect::Tell { case, input } = &effect {
            self.tell(*case, (**input).clone()).await
        } else {
            let order = Order { id, effect: wanted, attempt: claimed.attempt };
            self.call(claimed, self.carry(order)).await
        };
        if matches!(effect, Effect::Page { to: Some(_), .. }) {
            self.turned(id, matches!(result, Some(Ok(_))));
        }
        match result {
            None => self.undone(claimed, &effect, "the lease was lost during the call").await,
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
            | Effect::Tell { .. }
            | Effect::Work { .. } => return Ok(None),
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
            | Input::Moved { .. }
            | Input::Due { .. }
            | Input::Ended { .. }
            | Input::Asked { .. }
            | Input::StormBegan { .. }
            | Input::ParentResolved {}
            | Input::RunTold { .. }
            | Input::Run { .. } => Rows::Some(Vec::new()),
        };
        Some(match self.handle(Job::on(case, rows, input)).await {
            Ok(Handled::Missing) => {
                Err(Failure::Refused { why: format!("case {case} no longer exists") })
            }
            Ok(
                Handled::Done { .. }
                | Handled::Superseded { .. }
                | Handled::Misplaced { .. }
                | Handled::LeaseLost,
            ) => Ok(Receipt::default()),
            Err(error) => Err(Failure::Retry { why: error.to_string(), after: None }),
        })
    }

    /// Hands an order to whoever carries it out: graphs are made here, all else outside.
    async fn carry(self: &Arc<Self>, order: Order) -> Result<Receipt, Failure> {
        match (&order.effect, self.graphs()) {
            (Effect::StartRun { .. }, _) if self.runs_itself(&order.effect) => {
                self.begin_for_incident(order).await
            }
            (Effect::Graph { room, query }, Some(graphs)) => {
                let wanted = (room.clone(), query.clone());
                self.post_graph(graphs, order, wanted).await
            }
            (Effect::OpenRoom { number, .. }, _) => {
                let number = *number;
                let opened = self.outside.perform(order).await;
                if opened.is_ok() {
                    self.tasks.spawn("alike", self.clone().show_alike(number));
                }
                opened
            }
            _ => self.outside.perform(order).await,
        }
    }

    /// Waits for a call while the lease is kept alive. `None`: the lease was lost meanwhile, and
    /// with it the right to say how it ended; or it was over before, after slow looks at the brain,
    /// and the call was not begun.
    pub(super) async fn call<T>(
        self: &Arc<Self>,
        claimed: &Claimed,
        call: impl Future<Output = Result<T, Failure>>,
    ) -> Option<Result<T, Failure>> {
        if self.lanes.holds.is_over(claimed, self.clock.uptime()) {
            return None;
        }
        // Inside: an adapter may panic before it has even made its future.
        let call = AssertUnwindSafe(call).catch_unwind();
        let mut call = std::pin::pin!(call);
        let deadline = self.clock.sleep(CALL_MAX);
        let mut deadline = std::pin::pin!(deadline);
        loop {
            tokio::select! {
                biased;
                result = &mut call => return Some(result.unwrap_or_else(|_| Err(self.panicked(claimed)))),
                () = &mut deadline => {
                    let why = format!("no answer within {} s", CALL_MAX.as_secs());
                    return Some(Err(Failure::Unknown { why }));
                }
                () = self.clock.sleep(self.options.lease / 3) => {
                    if self.renew(claimed).await? == Err(Error::LeaseLost) {
                        return None;
                    }
                }
            }
        }
    }

    pub(super) async fn failed(
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
        // Whoever claims it when it is due works on it for a lease at least.
        let until = self.clock.uptime() + wait + self.options.lease;
        self.lanes.turns.put_off(claimed, until);
        self.brain.postpone(claimed.row, self.lanes.holds.token(claimed), due).await
    }

    /// Tells the case how its effect ended, and removes the row, in one commit.
    pub(super) async fn settle(
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
        if let (RowId::Effect(id), Outcome::Failed { .. }) = (claimed.row, &outcome) {
            self.pages.forget(id);
        }
        self.lanes.settled(claimed);
        if let Outcome::Failed { why } | Outcome::Unknown { why } = &outcome {
            tracing::warn!(row = %claimed.row, effect = effect.kind(), ending, why, "an effect was not done");
        }
        let kept = effect.clone();
        let input = Input::Ended { effect: Box::new(effect), outcome };
        let mut job = Job::on(claimed.row.case(), Rows::Some(Vec::new()), input);
        job.settles = Some((claimed.row, self.lanes.holds.token(claimed)));
        if let Handled::LeaseLost = self.handle(job).await? {
            return self.undone(claimed, &kept, ending).await;
        }
        Ok(())
    }

    /// Keeps the outcome of an old holder as evidence: the newest holder's word is the one that
    /// counts.
    pub(super) fn outdated(&self, claimed: &Claimed, effect: &'static str, ending: &str) {
        self.count(effect, "outdated");
        self.lanes.settled(claimed);
        tracing::warn!(
            row = %claimed.row, effect, ending, attempt = claimed.attempt,
            "somebody else holds this effect by now: what came of this try does not count"
        );
    }

    /// As [`Self::outdated`]; a room or ticket that this try may have closed or opened against what
    /// is wanted now is set right by its case.
    async fn undone(
        self: &Arc<Self>,
        claimed: &Claimed,
        effect: &Effect,
        ending: &str,
    ) -> Result<(), Error> {
        self.outdated(claimed, effect.kind(), ending);
        let Some(why) = self.overtaken(claimed, effect).await? else { return Ok(()) };
        let input =
            Input::Ended { effect: Box::new(effect.clone()), outcome: Outcome::Unknown { why } };
        let job = Job::on(claimed.row.case(), Rows::Some(Vec::new()), input);
        self.handle(job).await.map(|_| ())
    }

    /// Nobody knows what an adapter did before it panicked, so that it is tried again; not for ever.
    fn panicked(&self, claimed: &Claimed) -> Failure {
        let why = "the adapter panicked".to_owned();
        let panics = self.lanes.panicked(claimed.row);
        if panics >= PANICS_MAX { Failure::Refused { why } } else { Failure::Unknown { why } }
    }

    fn count(&self, effect: &'static str, outcome: &'static str) {
        self.meters.effects.get_or_create(&Ending { effect, outcome }).inc();
    }
}
