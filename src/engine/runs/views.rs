//! Runs as the API and the commands show them.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::begin::LOG;
use crate::domain::messages;
use crate::domain::room::Post;
use crate::domain::run::{Mark, Part, Phase, Run};
use crate::engine::Engine;
use crate::engine::queries::away;
use crate::engine::views::Refusal;

/// One run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RunView {
    /// The number that people know it by.
    pub number: u64,
    /// The runbook.
    pub runbook: String,
    /// What it works on.
    pub target: String,
    /// Where it stands.
    pub phase: Phase,
    /// Who asked for it.
    pub by: String,
    /// The incident that it is to mend.
    pub incident: Option<u64>,
    /// The service that it changes, where it changes one.
    pub service: Option<String>,
    /// Where it changes it.
    pub environment: Option<String>,
    /// When it was asked for.
    pub asked_at: DateTime<Utc>,
    /// When it began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// Who has agreed.
    pub approved_by: Vec<String>,
    /// The hash of its plan.
    pub plan: String,
    /// The steps of its plan, each with what became of it.
    pub steps: Vec<StepView>,
    /// The message about it, as it stands in the room.
    pub post: Post,
}

/// One step of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StepView {
    /// Its name.
    pub name: String,
    /// What it does.
    pub does: String,
    /// Whether it takes something back.
    pub is_undo: bool,
    /// How it stands; none: it was not reached.
    pub mark: Option<Mark>,
    /// What is known of it.
    pub word: String,
    /// When it began.
    pub began_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
}

/// What a runbook would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Proposal {
    /// The runbook.
    pub runbook: String,
    /// What it is for, in one line.
    pub summary: String,
    /// The names of what must be known before.
    pub params: Vec<String>,
}

impl Engine {
    /// A run, by its number.
    ///
    /// # Errors
    /// When there is none, or the brain is away.
    pub async fn run(&self, number: u64) -> Result<RunView, Refusal> {
        let (_, run) = self.case_of_run(number).await?;
        Ok(view(&run, self.clock.now()))
    }

    /// The newest runs, the newest first.
    ///
    /// # Errors
    /// When the brain is away.
    pub async fn runs(&self, most: usize) -> Result<Vec<RunView>, Refusal> {
        let last = self.brain.length(LOG).await.map_err(away)?;
        let first = last.saturating_sub(u64::try_from(most).unwrap_or(u64::MAX));
        let mut views = Vec::new();
        for number in (first + 1..=last).rev() {
            // One that was forgotten, or has a number and no case yet, is left out.
            match self.run(number).await {
                Ok(view) => views.push(view),
                Err(Refusal::NotFound(_)) => {}
                Err(refusal) => return Err(refusal),
            }
        }
        Ok(views)
    }

    /// Every runbook, by name.
    #[must_use]
    pub fn proposals(&self) -> Vec<Proposal> {
        let known = self.equipment.load();
        let one = |runbook: &crate::domain::runbook::Runbook| Proposal {
            runbook: runbook.name.to_string(),
            summary: runbook.summary.clone(),
            params: runbook.params.keys().cloned().collect(),
        };
        known.book.iter().map(one).collect()
    }
}

fn view(run: &Run, now: DateTime<Utc>) -> RunView {
    let (request, plan) = (&run.request, &run.request.plan);
    let undo = run.steps.iter().any(|it| it.part == Part::Undo);
    let parts = [Some(Part::Steps), undo.then_some(Part::Undo)];
    let steps = parts.into_iter().flatten().flat_map(|part| steps(run, part)).collect();
    RunView {
        number: run.number(),
        runbook: plan.runbook.to_string(),
        target: plan.target.clone(),
        phase: run.phase,
        by: request.by.to_string(),
        incident: request.incident.map(|it| it.number.0),
        service: plan.change.as_ref().map(|it| it.service.to_string()),
        environment: plan.change.as_ref().map(|it| it.environment.to_string()),
        asked_at: run.asked_at,
        started_at: run.started_at,
        ended_at: run.ended_at,
        approved_by: run.approved_by.iter().map(ToString::to_string).collect(),
        plan: request.hash.to_string(),
        steps,
        post: messages::run::card(run, now),
    }
}

fn steps(run: &Run, part: Part) -> Vec<StepView> {
    let planned = run.request.plan.part(part).iter().enumerate();
    planned
        .map(|(at, planned)| {
            let is_it =
                |it: &&crate::domain::run::Reached| it.part == part && usize::from(it.step) == at;
            let reached = run.steps.iter().find(is_it);
            StepView {
                name: planned.name.to_string(),
                does: messages::run::deed(planned),
                is_undo: part == Part::Undo,
                mark: reached.map(|it| it.mark),
                word: reached.map(|it| it.word.clone()).unwrap_or_default(),
                began_at: reached.map(|it| it.began_at),
                ended_at: reached.and_then(|it| it.ended_at),
            }
        })
        .collect()
}
