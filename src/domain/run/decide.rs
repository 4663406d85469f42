//! What a run does about an input: the decision, as a value.
//!
//! It refuses to act, and to start again by itself what may have been done.

use chrono::{DateTime, TimeDelta, Utc};
use compact_str::CompactString;

use super::fact::{Fact, How, Mode, Request};
use super::input::{Answer, Input, Told, Word, Work};
use super::order::PlanHash;
use super::state::{Phase, Run};
use super::{end, steps};
use crate::domain::ids::{CaseId, EffectId};

/// How long a question stands where the runbook says nothing of approvals and somebody must agree.
const EXPIRES: TimeDelta = TimeDelta::minutes(15);

/// What surrounds a decision.
#[derive(Debug, Clone, Copy)]
pub struct Context {
    /// The time of the decision.
    pub now: DateTime<Utc>,
    /// The case that decides.
    pub case: CaseId,
    /// The number of the next event: effects of this decision are named after it.
    pub next_event: u64,
}

/// Everything that one input changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The state afterwards; none: there is no such run.
    pub run: Option<Run>,
    /// The new facts, in their order.
    pub facts: Vec<Fact>,
    /// Orders, in their order: the first is the first effect of the decision.
    pub works: Vec<Work>,
    /// What the incident hears.
    pub told: Vec<Told>,
    /// What the run waits for; none: what was set before.
    pub wake: Option<Wake>,
    /// What became of the input.
    pub answer: Answer,
}

/// What a run waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wake {
    /// This time.
    At(DateTime<Utc>),
    /// Nothing.
    Never,
}

/// A decision in the making.
pub(super) struct Draft {
    pub(super) context: Context,
    pub(super) run: Run,
    facts: Vec<Fact>,
    works: Vec<Work>,
    told: Vec<Told>,
    wake: Option<Wake>,
}

impl Draft {
    pub(super) fn emit(&mut self, fact: Fact) {
        self.run.evolve(&fact, self.context.now);
        self.facts.push(fact);
    }

    pub(super) fn order(&mut self, work: Work) {
        self.works.push(work);
    }

    /// The id that the next order of this decision will have.
    pub(super) fn next_key(&self) -> EffectId {
        let index = u16::try_from(self.works.len()).unwrap_or(u16::MAX);
        EffectId { case: self.context.case, event: self.context.next_event, index }
    }

    pub(super) fn tell(&mut self, word: Word) {
        if let Some(to) = self.run.request.incident {
            self.told.push(Told { to, word });
        }
    }

    pub(super) fn wake(&mut self, wake: Wake) {
        self.wake = Some(wake);
    }

    /// The message about the run shows something old.
    pub(super) fn show(&mut self) {
        if !self.works.contains(&Work::Show {}) {
            self.order(Work::Show {});
        }
    }

    fn into_decision(self, answer: Answer) -> Decision {
        let Self { run, facts, works, told, wake, .. } = self;
        Decision { run: Some(run), facts, works, told, wake, answer }
    }
}

/// Decides what one input means for a run; `run` is none for one that does not exist yet.
#[must_use]
pub fn decide(run: Option<&Run>, input: &Input, context: Context) -> Decision {
    let (facts, works, told) = (Vec::new(), Vec::new(), Vec::new());
    let Some(run) = run else {
        if let Input::Requested { request } = input {
            let fact = Fact::RunRequested { request: request.clone() };
            if let Some(run) = Run::begin(&fact, context.now) {
                let facts = vec![fact];
                let mut draft = Draft { context, run, facts, works, told, wake: None };
                requested(&mut draft, request);
                return draft.into_decision(Answer::Applied);
            }
        }
        return Decision { run: None, facts, works, told, wake: None, answer: Answer::NotNow };
    };
    let mut draft = Draft { context, run: run.clone(), facts, works, told, wake: None };
    let answer = answered(&mut draft, input);
    draft.into_decision(answer)
}

fn answered(draft: &mut Draft, input: &Input) -> Answer {
    match input {
        Input::Requested { .. } => Answer::Already,
        Input::Held { why } => held(draft, why),
        Input::Claimed { fence } => claimed(draft, *fence),
        Input::Approve { by, plan, with_code } => approve(draft, by, plan, *with_code),
        Input::Deny { by, why } => deny(draft, by, why),
        Input::Unwanted { why } => unwanted(draft, why),
        Input::Accepted { key } => steps::accepted(draft, *key),
        Input::NotStarted { key, why } => steps::not_started(draft, *key, why),
        Input::Doubted { key, why } => steps::doubted(draft, *key, why),
        Input::Heard { key, known } => steps::heard(draft, *key, known),
        Input::Looked { step, look, seen } => steps::looked(draft, *step, *look, seen),
        Input::Due {} => due(draft),
        Input::Stop { by } => end::stop(draft, by),
        Input::Undo { by } => end::undo(draft, by),
        Input::Continue { by } => steps::go_on(draft, by),
    }
}

fn requested(draft: &mut Draft, request: &Request) {
    draft.order(Work::Note {});
    match request.mode {
        Mode::Watch => end::over(draft, How::Shown, "the rule only watches"),
        Mode::Suggest => end::over(draft, How::Shown, "the rule only suggests it"),
        Mode::Approve => {
            let wait = request.plan.approve.as_ref().map_or(EXPIRES, |approve| approve.expires);
            let until = draft.context.now + wait;
            draft.emit(Fact::ApprovalAsked { until });
            draft.wake(Wake::At(until));
            draft.tell(Word::Proposed {});
        }
        Mode::Auto => draft.order(Work::Claim {}),
    }
    draft.show();
}

/// Whether its target is still to be claimed.
fn is_claiming(run: &Run) -> bool {
    match run.phase {
        Phase::Requested => run.request.mode == Mode::Auto,
        Phase::Claiming => true,
        Phase::Asking => has_quorum(run),
        Phase::Running | Phase::Stuck | Phase::Over(_) => false,
    }
}

fn held(draft: &mut Draft, why: &str) -> Answer {
    // What may not begin is not asked about either.
    if !is_claiming(&draft.run) && draft.run.phase != Phase::Asking {
        return Answer::NotNow;
    }
    end::over(draft, How::Refused, why);
    Answer::Applied
}

fn claimed(draft: &mut Draft, fence: u64) -> Answer {
    if !is_claiming(&draft.run) {
        // It came too late: whatever was claimed is let go.
        if draft.run.fence != Some(fence) {
            draft.order(Work::Release { fence });
        }
        return Answer::NotNow;
    }
    draft.emit(Fact::RunStarted { fence });
    draft.wake(Wake::Never);
    draft.tell(Word::Started {});
    steps::begin(draft, draft.run.part);
    Answer::Applied
}

fn has_quorum(run: &Run) -> bool {
    let quorum = run.request.plan.approve.as_ref().map_or(1, |approve| approve.quorum);
    run.approved_by.len() >= usize::from(quorum)
}

fn approve(draft: &mut Draft, by: &CompactString, plan: &PlanHash, with_code: bool) -> Answer {
    let run = &draft.run;
    match run.phase {
        Phase::Asking if has_quorum(run) => return Answer::Already,
        Phase::Asking => {}
        Phase::Over(how) => return Answer::Over(how),
        Phase::Requested | Phase::Claiming | Phase::Running | Phase::Stuck => {
            return if run.approved_by.is_empty() { Answer::NotNow } else { Answer::Already };
        }
    }
    if run.asking_until.is_some_and(|until| draft.context.now >= until) {
        return Answer::TooLate;
    }
    if *plan != run.request.hash {
        return Answer::OtherPlan;
    }
    let rules = run.request.plan.approve.as_ref();
    let is_own = !run.request.is_rule && run.request.by == *by;
    if is_own && rules.is_none_or(|rules| rules.not_requester) {
        return Answer::OwnRequest;
    }
    if rules.is_some_and(|rules| rules.second_factor) && !with_code {
        return Answer::NeedsCode;
    }
    if run.approved_by.contains(by) {
        return Answer::Already;
    }
    draft.emit(Fact::Approved { by: by.clone(), with_code });
    draft.show();
    if !has_quorum(&draft.run) {
        return Answer::Counted;
    }
    draft.order(Work::Claim {});
    Answer::Applied
}

fn deny(draft: &mut Draft, by: &CompactString, why: &str) -> Answer {
    match draft.run.phase {
        Phase::Asking if !has_quorum(&draft.run) => {}
        Phase::Over(how) => return Answer::Over(how),
        Phase::Requested | Phase::Asking | Phase::Claiming | Phase::Running | Phase::Stuck => {
            return Answer::NotNow;
        }
    }
    draft.emit(Fact::Denied { by: by.clone(), why: why.to_owned() });
    let why = if why.is_empty() { format!("by {by}") } else { format!("by {by}: {why}") };
    end::over(draft, How::Denied, &why);
    Answer::Applied
}

/// What it is to mend is over: a question lapses, and what runs goes on to its end.
fn unwanted(draft: &mut Draft, why: &str) -> Answer {
    if !matches!(draft.run.phase, Phase::Requested | Phase::Asking | Phase::Claiming) {
        return Answer::NotNow;
    }
    end::over(draft, How::Expired, why);
    Answer::Applied
}

fn due(draft: &mut Draft) -> Answer {
    match draft.run.phase {
        Phase::Asking if !has_quorum(&draft.run) => {
            let Some(until) = draft.run.asking_until else { return Answer::NotNow };
            if draft.context.now < until {
                draft.wake(Wake::At(until));
                return Answer::NotNow;
            }
            end::over(draft, How::Expired, "nobody agreed in time");
            Answer::Applied
        }
        Phase::Running => steps::waited(draft),
        Phase::Requested | Phase::Asking | Phase::Claiming | Phase::Stuck | Phase::Over(_) => {
            Answer::NotNow
        }
    }
}
