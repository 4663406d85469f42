//! What people ask of a run: to agree, to refuse, to stop, to take back, to go on.

use std::sync::Arc;

use crate::domain::access::Actor;
use crate::domain::incident::Reason;
use crate::domain::run::{Answer, Input, Phase, PlanHash, Run};
use crate::engine::Engine;
use crate::engine::handle::Handled;
use crate::engine::views::Refusal;

impl Engine {
    /// Agrees to a run in somebody's name; `seen` is the beginning of the hash of the plan that they
    /// saw, and `code` is what their second factor shows.
    ///
    /// # Errors
    /// When there is no such run, they are not among those whom its runbook names, the code does not
    /// count, or the brain is away.
    pub async fn approve_run(
        self: &Arc<Self>,
        number: u64,
        actor: &Actor,
        (seen, code): (Option<&str>, Option<&str>),
    ) -> Result<Answer, Refusal> {
        let (case, run) = self.case_of_run(number).await?;
        if !is_among(actor, &run) {
            let by = run.request.plan.approve.as_ref().map(|it| it.by.join(", "));
            let by = by.unwrap_or_default();
            let text =
                format!("not approved: run {number} is for {by} to approve, nothing was changed");
            return Err(Refusal::Conflict(text));
        }
        let hash = &run.request.hash;
        let plan = match seen {
            Some(seen) if !hash.0.starts_with(seen) || seen.len() < 8 => PlanHash(seen.into()),
            Some(_) | None => hash.clone(),
        };
        // A code is not spent on a run that nobody is asked about any more.
        let with_code = match code.filter(|_| run.phase == Phase::Asking) {
            Some(code) => self.prove(actor, code).await.map(|()| true)?,
            None => false,
        };
        let input = Input::Approve { by: actor.name.clone(), plan, with_code };
        self.asked_of(case, input).await
    }

    /// Hands a run what somebody asks of it.
    ///
    /// # Errors
    /// When there is no such run, or the brain is away.
    pub async fn ask_run(self: &Arc<Self>, number: u64, input: Input) -> Result<Answer, Refusal> {
        let (case, _) = self.case_of_run(number).await?;
        self.asked_of(case, input).await
    }

    async fn asked_of(
        self: &Arc<Self>,
        case: crate::domain::ids::CaseId,
        input: Input,
    ) -> Result<Answer, Refusal> {
        let handled = self.tell_run(case, input).await?;
        let Handled::Done { reasons, .. } = handled else {
            return Err(Refusal::NotFound("the run no longer exists".to_owned()));
        };
        let answer = reasons.into_iter().find_map(|(_, reason)| match reason {
            Reason::Run(answer) => Some(answer),
            _ => None,
        });
        Ok(answer.unwrap_or(Answer::NotNow))
    }
}

/// Whether somebody is among those whom the runbook asks; it may ask anybody who has the right.
fn is_among(actor: &Actor, run: &Run) -> bool {
    let Some(approve) = &run.request.plan.approve else { return true };
    let is_one = |name: &str| match name.strip_prefix("team:") {
        Some(team) => actor.teams.contains(team),
        None => actor.is_known && actor.name == name.trim_start_matches('@'),
    };
    approve.by.is_empty() || actor.is_operator() || approve.by.iter().any(|name| is_one(name))
}
