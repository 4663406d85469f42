//! Brings the one message about a run up to date, in the room that it is about.
//!
//! It is drawn when it is posted, so that a late try never shows an older state.

use std::sync::Arc;

use chrono::TimeDelta;

use crate::brain::{At, Claimed, Error, Rows};
use crate::domain::ids::EffectId;
use crate::domain::incident::{Effect, PostKey, Slot, Target};
use crate::domain::messages;
use crate::domain::room::OPS;
use crate::domain::run::{Run, Work};
use crate::engine::Engine;
use crate::engine::outside::{Failure, Order};

/// How long a run waits for its incident's room before it speaks in the ops room.
const ROOM_WITHIN: TimeDelta = TimeDelta::minutes(2);
/// How often it looks whether the room is there.
const ROOM_EVERY: TimeDelta = TimeDelta::milliseconds(500);

impl Engine {
    pub(super) async fn show(
        self: &Arc<Self>,
        claimed: &Claimed,
        id: EffectId,
        run: &Run,
    ) -> Result<(), Error> {
        let now = self.clock.now();
        let Some(to) = self.room_of(run).await? else {
            if now - claimed.due < ROOM_WITHIN {
                return self
                    .brain
                    .postpone(claimed.row, self.lanes.holds.token(claimed), now + ROOM_EVERY)
                    .await;
            }
            return self.show_in(claimed, id, (run, Target::Named(OPS.to_owned()))).await;
        };
        self.show_in(claimed, id, (run, to)).await
    }

    async fn show_in(
        self: &Arc<Self>,
        claimed: &Claimed,
        id: EffectId,
        (run, to): (&Run, Target),
    ) -> Result<(), Error> {
        let post = messages::run::card(run, self.clock.now());
        // One message for the run: every later word takes its place.
        let key = PostKey::Slot(EffectId { case: id.case, event: 1, index: 0 });
        let effect = Effect::Post { to, key, post };
        let order = Order { id, effect, attempt: claimed.attempt };
        let shown = Effect::Work { work: Work::Show {} };
        match self.call(claimed, self.outside.perform(order)).await {
            None => Ok(()),
            Some(Ok(_)) => self.settle_done(claimed, Work::Show {}).await,
            Some(Err(Failure::Unknown { why })) => {
                self.failed(claimed, shown, Failure::Retry { why, after: None }).await
            }
            Some(Err(failure)) => self.failed(claimed, shown, failure).await,
        }
    }

    /// Where a run is spoken of; none: its incident's room is still being opened.
    async fn room_of(&self, run: &Run) -> Result<Option<Target>, Error> {
        let ops = || Target::Named(OPS.to_owned());
        let Some(patient) = run.request.incident else {
            let room = run.request.room.as_ref();
            return Ok(Some(room.map_or_else(ops, |room| Target::Named(room.to_string()))));
        };
        let question = (At::Case(patient.case), Rows::Some(Vec::new()));
        let loaded = self.brain.load(vec![question]).await?.pop().flatten();
        Ok(match loaded.map(|loaded| loaded.incident.head.room) {
            Some(Slot::There(room)) => Some(Target::Room(room)),
            Some(Slot::Pending) => None,
            Some(Slot::Empty | Slot::Failed) | None => Some(ops()),
        })
    }
}
