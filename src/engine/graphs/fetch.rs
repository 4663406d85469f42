//! Asks the sources: everything at once, under one deadline.

use std::sync::Arc;

use chrono::TimeDelta;
use futures_util::future::join_all;

use super::{Graphs, Miss};
use crate::adapters::metrics::{Answer, Metrics, Range};
use crate::domain::chart::Series;
use crate::domain::dashboard::{Ask, Plan, Window};
use crate::domain::messages::graphs as say;

/// Series of one query that are looked at: the top of them is drawn.
const SERIES_MAX: usize = 1000;
/// Values of one variable: a pattern of more is longer than sources take.
const VALUES_MAX: usize = 500;
/// Variables of one plan that are looked up, one after the other.
const LOOKUPS_MAX: usize = 20;

/// The legend of a query and what it gave.
type Group = (Option<String>, Vec<Series>);

/// What the sources gave.
#[derive(Debug, Default)]
pub(super) struct Fetched {
    /// For each query its legend and its lines.
    pub(super) groups: Vec<Group>,
    /// The lines of the earlier time, moved over this one, in the same order.
    pub(super) past: Vec<Group>,
    /// What a reader must know.
    pub(super) notes: Vec<String>,
    /// The distance of two points, where a source has another than was asked for.
    pub(super) step: Option<TimeDelta>,
}

impl Graphs {
    /// Asks everything that a plan needs, before the deadline.
    pub(super) async fn fetch(&self, plan: &mut Plan) -> Result<Fetched, Miss> {
        let deadline = self.options.load().deadline;
        let late = || Miss::Slow(say::slow(deadline.as_secs_f64()));
        let work = async {
            let Ok(_place) = self.asked.acquire().await else { return Err(late()) };
            self.look_up(plan).await?;
            self.ask_all(plan).await
        };
        tokio::select! {
            biased;
            fetched = work => fetched,
            () = self.clock.sleep(deadline) => Err(late()),
        }
    }

    /// Finds the values that only the source knows.
    async fn look_up(&self, plan: &mut Plan) -> Result<(), Miss> {
        for _ in 0..LOOKUPS_MAX {
            let Some((arg, label, matching)) = plan.lookup()? else { return Ok(()) };
            let source = self.source(plan.source(), None)?;
            let values = source.label_values(&label, &matching, range(plan.window)).await;
            let values = values.map_err(|trouble| Miss::of(&trouble))?;
            if values.len() > VALUES_MAX {
                return Err(Miss::TooMuch(say::too_many_values(&arg, values.len(), VALUES_MAX)));
            }
            plan.answer(arg, &values)?;
        }
        Err(Miss::TooMuch(say::too_many_variables(LOOKUPS_MAX)))
    }

    async fn ask_all(&self, plan: &Plan) -> Result<Fetched, Miss> {
        let asks = plan.asks()?;
        let now = range(plan.window);
        let then = plan.versus.map(|ago| Range { from: now.from - ago, to: now.to - ago, ..now });
        let (current, past) = tokio::join!(
            join_all(asks.iter().map(|ask| self.ask(ask, now))),
            join_all(then.iter().flat_map(|then| asks.iter().map(|ask| self.ask(ask, *then)))),
        );
        let mut fetched = Fetched::default();
        fetched.groups = fetched.take(&asks, current)?;
        // A source that has forgotten the earlier time must not cost the picture of this one.
        match fetched.take(&asks, past) {
            Ok(past) => fetched.past = past,
            Err(miss) => fetched.notes.push(say::no_past(&miss.to_string())),
        }
        if let Some(ago) = plan.versus {
            fetched.move_past(ago);
        }
        Ok(fetched)
    }

    async fn ask(&self, ask: &Ask, range: Range) -> Result<Answer, Miss> {
        let source = self.source(ask.source.as_deref(), ask.hint.as_deref())?;
        source.range(&ask.query, range, SERIES_MAX).await.map_err(|trouble| Miss::of(&trouble))
    }

    /// The source that is named, the one that is hinted at if there is one, or the default.
    fn source(&self, name: Option<&str>, hint: Option<&str>) -> Result<&Arc<dyn Metrics>, Miss> {
        if let (None, Some(found)) = (name, hint.and_then(|hint| self.sources.metrics.get(hint))) {
            return Ok(found);
        }
        self.sources.metrics(name).map_err(|why| Miss::NoSource(say::sentence(&why)))
    }
}

impl Fetched {
    /// Takes what came; one query that fails is a note while others have an answer.
    fn take(
        &mut self,
        asks: &[Ask],
        answers: Vec<Result<Answer, Miss>>,
    ) -> Result<Vec<Group>, Miss> {
        let mut groups = Vec::new();
        let mut failed = Vec::new();
        for (ask, answer) in asks.iter().zip(answers) {
            match answer {
                Ok(answer) => {
                    self.notes.extend(answer.notes);
                    self.step = self.step.max(answer.step);
                    groups.push((ask.legend.clone(), answer.series));
                }
                Err(miss) => failed.push(miss),
            }
        }
        match failed.into_iter().next() {
            Some(first) if groups.is_empty() => Err(first),
            Some(first) => {
                self.notes.push(say::some_missing(&first.to_string()));
                Ok(groups)
            }
            None => Ok(groups),
        }
    }

    fn move_past(&mut self, ago: TimeDelta) {
        for series in self.past.iter_mut().flat_map(|(_, series)| series) {
            series.is_past = true;
            for point in &mut series.points {
                point.at = point.at.saturating_add(ago.num_milliseconds());
            }
        }
    }
}

fn range(window: Window) -> Range {
    let Window { from, to, step } = window;
    Range { from, to, step }
}
