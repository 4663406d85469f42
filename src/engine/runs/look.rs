//! Looks at a metric for a check, until it has turned or its time is over.

use std::sync::Arc;

use chrono::TimeDelta;

use crate::brain::{Claimed, Error};
use crate::domain::run::{self, Look, Watch, Work};
use crate::domain::runbook::Is;
use crate::engine::Engine;

/// The longest time between two looks.
const EVERY_MAX: TimeDelta = TimeDelta::seconds(10);
/// The shortest: more often than that no source has new numbers.
const EVERY_MIN: TimeDelta = TimeDelta::milliseconds(500);
/// A check of more series than this is no check of one fix.
const SERIES_MAX: usize = 100;

impl Engine {
    pub(super) async fn look(
        self: &Arc<Self>,
        claimed: &Claimed,
        (step, watch): (u16, Watch),
        work: Work,
    ) -> Result<(), Error> {
        let is_current = self
            .run_at(claimed.row.case())
            .await?
            .is_some_and(|run| run.step == step && !run.is_over() && run.stop_asked.is_none());
        if !is_current {
            return self.settle_done(claimed, work).await;
        }
        let now = self.clock.now();
        let (look, seen) = match self.numbers(&watch.query).await {
            Ok(numbers) => (watch.judge(&numbers, now), said(&numbers, watch.is)),
            Err(why) => ((now > watch.until).then_some(Look::Failed), why),
        };
        match look {
            Some(look) => self.settle_with(claimed, run::Input::Looked { step, look, seen }).await,
            None => {
                let wait = (watch.hold / 4).clamp(EVERY_MIN, EVERY_MAX);
                self.brain.postpone(claimed.row, self.lanes.holds.token(claimed), now + wait).await
            }
        }
    }

    /// The numbers of a query now, one for each series.
    ///
    /// # Errors
    /// In one line, when there is no source or it does not answer.
    pub(super) async fn numbers(&self, query: &str) -> Result<Vec<f64>, String> {
        let source = self.sources.metrics(None)?;
        let answer = source.instant(query, self.clock.now(), SERIES_MAX).await;
        let answer = answer.map_err(|trouble| trouble.to_string())?;
        Ok(answer.series.iter().filter_map(|it| it.points.last()).map(|it| it.value).collect())
    }
}

/// The number that is farthest from good, with what it should be.
fn said(numbers: &[f64], is: Is) -> String {
    let worst = match is {
        Is::Below(_) => numbers.iter().copied().reduce(f64::max),
        Is::Above(_) => numbers.iter().copied().reduce(f64::min),
    };
    match worst {
        None => format!("there are no numbers; wanted {is}"),
        Some(worst) => format!("{worst:.3}, wanted {is}"),
    }
}
