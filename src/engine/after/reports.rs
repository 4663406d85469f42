//! Reads many incidents and runs, and makes a report of them.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::stream::{self, StreamExt, TryStreamExt};

use crate::domain::ids::Number;
use crate::domain::reports::{Kind, Ran, Report, Seen, make};
use crate::domain::review::Review;
use crate::domain::room::Picture;
use crate::domain::run::Phase;
use crate::engine::Engine;
use crate::engine::graphs::Miss;
use crate::engine::runs::RunView;
use crate::engine::views::Refusal;

/// How far back a report looks at most: closed incidents are kept for 90 days.
pub const SINCE_MAX: TimeDelta = TimeDelta::days(366);
/// Incidents that are read at most: some ten in an hour for three weeks.
const INCIDENTS_MAX: usize = 5000;
/// Incidents that are looked at in one question.
const PAGE: usize = 500;
/// Runs that are looked at.
const RUNS_MAX: usize = 1000;
/// Timelines that are read at the same time.
const AT_ONCE: usize = 16;

impl Engine {
    /// Makes a report of what opened since then.
    ///
    /// # Errors
    /// When the brain is away.
    pub async fn make_report(
        self: &Arc<Self>,
        kind: Kind,
        since: DateTime<Utc>,
    ) -> Result<Report, Refusal> {
        let until = self.clock.now();
        let (incidents, is_cut) = self.reviews(since).await?;
        let runs = if kind == Kind::Runs { self.ran(since).await? } else { Vec::new() };
        let zone = self.graphs.zone();
        Ok(make(kind, &Seen { incidents, runs, since, until, zone, is_cut }))
    }

    /// Keeps the picture of a report, to be posted.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub async fn report_picture(&self, report: &Report) -> Result<Picture, Miss> {
        let (id, chart) = self.graphs.keep(report.chart.clone()).await?;
        Ok(Picture { id, alt: chart.alt_text(), command: chart.command })
    }

    /// What came of the incidents that opened since then, the oldest first; whether some are missing.
    async fn reviews(&self, since: DateTime<Utc>) -> Result<(Vec<Review>, bool), Refusal> {
        let (mut numbers, mut before) = (Vec::new(), self.newest().await? + 1);
        while before > 1 && numbers.len() < INCIDENTS_MAX {
            let page = self.incidents(Some(Number(before)), PAGE).await?;
            let Some(oldest) = page.last() else { break };
            before = oldest.number;
            let is_past = oldest.opened_at.is_some_and(|at| at < since);
            let new = page.iter().filter(|it| it.opened_at.is_some_and(|at| at >= since));
            numbers.extend(new.map(|it| Number(it.number)));
            if is_past {
                before = 1;
            }
        }
        let is_cut = before > 1;
        numbers.sort_unstable();
        let reviews = stream::iter(numbers)
            .map(|number| self.review(number))
            .buffered(AT_ONCE)
            .try_collect::<Vec<Option<Review>>>()
            .await?;
        Ok((reviews.into_iter().flatten().collect(), is_cut))
    }

    async fn ran(&self, since: DateTime<Utc>) -> Result<Vec<Ran>, Refusal> {
        let runs = self.runs(RUNS_MAX).await?;
        let ran = |run: &RunView| Ran {
            runbook: run.runbook.clone(),
            asked_at: run.asked_at,
            how: match run.phase {
                Phase::Over(how) => Some(how),
                _ => None,
            },
            took: run.started_at.zip(run.ended_at).map(|(from, to)| to - from),
            incident: run.incident,
        };
        Ok(runs.iter().rev().filter(|run| run.asked_at >= since).map(ran).collect())
    }
}
