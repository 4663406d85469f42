//! From a question to a chart.

use chrono::TimeDelta;

use super::fetch::Fetched;
use super::{Charted, Graphs, Miss, text};
use crate::domain::chart::{Chart, Series, top};
use crate::domain::dashboard::{Context, Plan, Request, name_series};
use crate::domain::duration;
use crate::domain::messages::graph as drawn;
use crate::domain::messages::graphs as say;

/// Notes of one chart: more say nothing.
const NOTES_MAX: usize = 5;

impl Graphs {
    /// Makes a chart, and keeps nothing.
    ///
    /// # Errors
    /// Why there is none, as a sentence for whoever asked.
    pub async fn chart(&self, request: &Request, context: &Context) -> Result<Charted, Miss> {
        let (now, usual) = (self.clock.now(), self.options.load().usual);
        let mut plan = self.library.load().plan(request, context, now, usual)?;
        let fetched = self.fetch(&mut plan).await?;
        let chart = chart(&plan, fetched);
        if chart.series.iter().all(|series| series.last().is_none()) {
            let near = request.words.first().map(String::as_str).unwrap_or_default();
            let is_guess = !plan.also.is_empty();
            let why = drawn::nothing(&chart);
            return Err(Miss::NoData(say::no_data(&chart, &why, is_guess.then_some(near))));
        }
        let text = text::answer(&chart, &plan.also);
        Ok(Charted { chart, text, wish: plan.wish })
    }
}

/// Puts together what was asked and what came back.
fn chart(plan: &Plan, fetched: Fetched) -> Chart {
    let Fetched { groups, past, mut notes, step } = fetched;
    let current = name_series(groups, &plan.values, &plan.title);
    let (mut series, hidden) = top(current, plan.top);
    let past = name_series(past, &plan.values, &plan.title);
    series.extend(past_of(&series, past, plan.versus));
    notes.extend(plan.notes.iter().cloned());
    notes.dedup();
    notes.truncate(NOTES_MAX);
    Chart {
        title: plan.title.clone(),
        command: plan.command.clone(),
        unit: plan.unit.clone(),
        from: plan.window.from,
        to: plan.window.to,
        step: step.unwrap_or_default().max(plan.window.step),
        zone: plan.zone,
        series,
        hidden,
        limits: plan.limits.clone(),
        markers: plan.markers.clone(),
        notes,
        axis: plan.axis,
    }
}

/// The earlier lines of those that are drawn: the same name, with how long ago they were.
fn past_of(drawn: &[Series], past: Vec<Series>, ago: Option<TimeDelta>) -> Vec<Series> {
    let ago = ago.map(duration::format).unwrap_or_default();
    let is_drawn = |one: &Series| drawn.iter().any(|series| series.name == one.name);
    let renamed = |one: Series| Series { name: format!("{} {ago} ago", one.name), ..one };
    past.into_iter().filter(is_drawn).map(renamed).collect()
}
