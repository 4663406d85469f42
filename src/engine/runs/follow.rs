//! Asks an executor's ledger what became of an assignment, until it has ended.
//!
//! Executors say it by themselves; this is for the word that was lost.

use std::sync::Arc;

use chrono::TimeDelta;

use crate::brain::{Claimed, Error};
use crate::domain::run::{self, Known, Run, Work};
use crate::engine::Engine;

/// How often a ledger is asked: a lost word may cost a run so much.
const EVERY: TimeDelta = TimeDelta::seconds(2);

impl Engine {
    pub(super) async fn follow(
        self: &Arc<Self>,
        claimed: &Claimed,
        run: &Run,
        work: Work,
    ) -> Result<(), Error> {
        let Work::Follow { label, key, from, until } = &work else { return Ok(()) };
        let key = *key;
        // Its end was heard of by now.
        if run.key != Some(key) {
            return self.settle_done(claimed, work).await;
        }
        let now = self.clock.now();
        let asked = match self.executors() {
            Ok(executors) => match self.call(claimed, executors.ask(label, key)).await {
                None => return Ok(()),
                Some(asked) => asked,
            },
            Err(failure) => Err(failure),
        };
        let is_late = now > *until;
        let known = match asked {
            // An order that is still on its way may reach a ledger that does not know it yet.
            Ok(Known::Nothing) if now < *from => None,
            Ok(Known::Running { .. }) | Err(_) if !is_late => None,
            Ok(Known::Running { .. }) | Err(_) => {
                Some(Known::Lost { why: "its executor has not said how it ended".to_owned() })
            }
            Ok(known) => Some(known),
        };
        match known {
            None => {
                self.brain.postpone(claimed.row, self.lanes.holds.token(claimed), now + EVERY).await
            }
            Some(known) => self.settle_with(claimed, run::Input::Heard { key, known }).await,
        }
    }
}
