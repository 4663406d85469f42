//! A case that is a run, and what an incident makes of the word of its run.
//!
//! The run decides; this hands it the inputs and turns what it orders into events, effects and
//! timers of its case.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::decide::{Draft, Reason, TimerSet};
use super::effect::{Effect, Timer};
use super::event::Event;
use super::input::{Input, Outcome};
use super::policy::RunMode;
use super::state::{Incident, Phase};
use crate::domain::ids::CaseId;
use crate::domain::run::{self, How, Mode, Run, Wake, Word, Work};

impl Incident {
    /// A case that is a run is over with it.
    pub(super) fn evolve_run(&mut self, fact: &run::Fact, at: DateTime<Utc>) {
        let mut now = match self.head.run.take() {
            Some(known) => Arc::unwrap_or_clone(known),
            None => match Run::begin(fact, at) {
                Some(begun) => begun,
                None => return,
            },
        };
        now.evolve(fact, at);
        self.head.phase = if now.is_over() { Phase::Closed } else { Phase::Quiet };
        self.head.run = Some(Arc::new(now));
    }
}

/// Something happened to the run that this case is.
pub(super) fn hear(draft: &mut Draft<'_>, input: &run::Input) {
    let known = draft.state().head.run.clone();
    let context = run::Context {
        now: draft.context.now,
        case: draft.context.case,
        // A case begins with its own event, and effects are named after a decision's first event.
        next_event: draft.first_event(),
    };
    let decision = run::decide(known.as_deref(), input, context);
    let was_over = known.is_some_and(|known| known.is_over());
    let is_over = decision.run.as_ref().is_some_and(run::Run::is_over);
    for fact in decision.facts {
        draft.emit(Event::Run { fact });
    }
    for work in decision.works {
        draft.order(Effect::Work { work });
    }
    let (run, number) = (draft.context.case, decision.run.as_ref().map_or(0, run::Run::number));
    for told in decision.told {
        let input = Box::new(Input::RunTold { run, number, word: told.word });
        draft.order(Effect::Tell { case: told.to.case, input });
    }
    match decision.wake {
        Some(Wake::At(at)) => draft.set(Timer::Run, TimerSet::At(at)),
        Some(Wake::Never) => draft.set(Timer::Run, TimerSet::Cancel),
        None => {}
    }
    if is_over && !was_over {
        draft.after(Timer::Forget, draft.context.settings.keep_closed);
    } else if was_over && !is_over {
        draft.set(Timer::Forget, TimerSet::Cancel);
    }
    draft.because(Reason::Run(decision.answer));
}

/// An order of the run ended without a word of its own.
pub(super) fn work_ended(draft: &mut Draft<'_>, work: &Work, outcome: &Outcome) {
    let input = match (work, outcome) {
        (Work::Start { assignment, .. }, Outcome::Done { .. }) => {
            run::Input::Accepted { key: assignment.key }
        }
        (Work::Start { assignment, .. }, Outcome::Failed { why }) => {
            run::Input::NotStarted { key: assignment.key, why: why.clone() }
        }
        (Work::Start { assignment, .. }, Outcome::Unknown { why }) => {
            run::Input::Doubted { key: assignment.key, why: why.clone() }
        }
        (Work::Claim {}, Outcome::Failed { why } | Outcome::Unknown { why }) => {
            run::Input::Held { why: why.clone() }
        }
        (Work::Follow { key, .. }, Outcome::Failed { why } | Outcome::Unknown { why }) => {
            run::Input::Heard { key: *key, known: run::Known::Lost { why: why.clone() } }
        }
        (Work::Look { step, .. }, Outcome::Failed { why } | Outcome::Unknown { why }) => {
            run::Input::Looked { step: *step, look: run::Look::Failed, seen: why.clone() }
        }
        (
            Work::Claim {}
            | Work::Release { .. }
            | Work::Follow { .. }
            | Work::Stop { .. }
            | Work::Look { .. }
            | Work::Show {}
            | Work::Note {},
            _,
        ) => return,
    };
    hear(draft, &input);
}

/// A run that is to mend this incident says how it goes.
pub(super) fn told(draft: &mut Draft<'_>, (run, number): (CaseId, u64), word: &Word) {
    draft.emit(Event::RunTold { run, number, word: word.clone() });
    draft.refresh_card();
    let head = draft.state().head.clone();
    let wakes = match word {
        // The question came after the end: nobody need answer it.
        Word::Proposed {} if !head.is_open() => {
            lapse(draft);
            false
        }
        Word::Proposed {} | Word::Started {} => false,
        Word::Stuck { .. } | Word::Page { .. } => true,
        Word::Ended { how, next, mode, .. } => {
            let further = next.clone().filter(|_| head.is_open());
            let goes_on = further.is_some();
            if let (Some(runbook), Some(incident), Some(policy)) =
                (further, head.number, &head.policy)
            {
                let (mode, labels) = (climbs(*mode), policy.labels.clone());
                let critical = policy.run.as_ref().is_some_and(|run| run.critical);
                let number = incident;
                draft.order(Effect::StartRun { number, runbook, mode, labels, critical });
            }
            has_failed(*how) && !goes_on
        }
    };
    // A remedy that does not help is news for whoever was paged before it was tried.
    if wakes && head.phase == Phase::Triggered {
        draft.set(Timer::Escalate, TimerSet::At(draft.context.now));
    }
}

fn has_failed(how: How) -> bool {
    match how {
        How::Failed | How::Undone | How::UndoFailed => true,
        How::Succeeded | How::Stopped | How::Denied | How::Expired | How::Refused | How::Shown => {
            false
        }
    }
}

/// The next rung goes as far by itself as the one before.
fn climbs(mode: Mode) -> RunMode {
    match mode {
        Mode::Watch => RunMode::Watch,
        Mode::Suggest => RunMode::Suggest,
        Mode::Approve => RunMode::Approve,
        Mode::Auto => RunMode::Auto,
    }
}

/// The incident is over: whoever is still asked to mend it need not answer.
pub(super) fn lapse(draft: &mut Draft<'_>) {
    for case in draft.state().head.asking.clone() {
        let why = "what it was to mend is over".to_owned();
        let input = Input::Run { heard: run::Input::Unwanted { why } };
        draft.order(Effect::Tell { case, input: Box::new(input) });
    }
}
