//! How a run ends: stopped, taken back, or through.

use compact_str::CompactString;

use super::decide::{Draft, Wake};
use super::fact::{Fact, How};
use super::input::{Answer, Word, Work};
use super::order::Part;
use super::plan::Deed;
use super::state::{Mark, Phase};
use super::steps;

/// Every step of a list was done or left out.
pub(super) fn finished(draft: &mut Draft, part: Part) {
    match part {
        Part::Steps => over(draft, How::Succeeded, ""),
        Part::Undo => {
            let why = draft.run.undo_why.clone().unwrap_or_default();
            over(draft, How::Undone, &why);
        }
    }
}

/// A step failed for good: what was done is taken back, where something does that.
pub(super) fn unwind(draft: &mut Draft, why: &str) {
    if let Some(by) = draft.run.stop_asked.clone() {
        over(draft, How::Stopped, &format!("stopped by {by}; {why}"));
        return;
    }
    if draft.run.part == Part::Undo {
        over(draft, How::UndoFailed, why);
        return;
    }
    let has_undo = draft.run.request.plan.undo.as_ref().is_some_and(|undo| !undo.is_empty());
    // What only looked and waited has changed nothing.
    if has_undo && has_acted(draft) {
        draft.emit(Fact::UndoStarted { why: why.to_owned(), by: None });
        steps::begin(draft, Part::Undo);
        return;
    }
    over(draft, How::Failed, why);
}

fn has_acted(draft: &Draft) -> bool {
    let plan = &draft.run.request.plan;
    draft.run.steps.iter().any(|reached| {
        let planned = plan.part(reached.part).get(usize::from(reached.step));
        let acts = matches!(planned.map(|it| &it.deed), Some(Deed::Call { .. }));
        acts && !matches!(reached.mark, Mark::Skipped)
    })
}

/// It is over: the target is let go, and everybody hears of it.
pub(super) fn over(draft: &mut Draft, how: How, why: &str) {
    let fence = draft.run.fence;
    let request = draft.run.request.clone();
    draft.emit(Fact::RunEnded { how, why: why.to_owned() });
    if let Some(fence) = fence {
        draft.order(Work::Release { fence });
    }
    draft.wake(Wake::Never);
    draft.show();
    let has_failed = matches!(how, How::Failed | How::Undone);
    let next = request.plan.next.clone().filter(|_| has_failed);
    let (runbook, why) = (request.plan.runbook.clone(), why.to_owned());
    draft.tell(Word::Ended { runbook, how, why, next, mode: request.mode });
}

/// Somebody stops it.
pub(super) fn stop(draft: &mut Draft, by: &CompactString) -> Answer {
    let why = format!("stopped by {by}");
    match draft.run.phase {
        Phase::Over(how) => return Answer::Over(how),
        Phase::Running => {
            let run = &draft.run;
            let planned = run.request.plan.part(run.part).get(usize::from(run.step));
            let label = planned.map(|planned| planned.executor.clone()).unwrap_or_default();
            match run.key {
                Some(_) if run.stop_asked.is_some() => return Answer::Already,
                Some(key) => {
                    draft.emit(Fact::StopAsked { by: by.clone() });
                    draft.order(Work::Stop { label, key });
                    draft.show();
                }
                None => over(draft, How::Stopped, &why),
            }
        }
        Phase::Requested | Phase::Asking | Phase::Claiming | Phase::Stuck => {
            over(draft, How::Stopped, &why);
        }
    }
    Answer::Applied
}

/// Somebody has it taken back: in its time, or out of a step whose end nobody knows.
pub(super) fn undo(draft: &mut Draft, by: &CompactString) -> Answer {
    let run = &draft.run;
    let has_undo = run.request.plan.undo.as_ref().is_some_and(|undo| !undo.is_empty());
    if !has_undo {
        return Answer::Irreversible;
    }
    let why = format!("asked by {by}");
    match run.phase {
        Phase::Stuck if run.part == Part::Steps => {
            draft.emit(Fact::UndoStarted { why, by: Some(by.clone()) });
            steps::begin(draft, Part::Undo);
        }
        Phase::Over(How::Succeeded | How::Failed | How::Stopped) if has_acted(draft) => {
            let ended = run.ended_at.unwrap_or(draft.context.now);
            if draft.context.now > ended + run.request.plan.undo_within {
                return Answer::TooLate;
            }
            // The target was let go at the end: it is claimed anew.
            draft.emit(Fact::UndoStarted { why, by: Some(by.clone()) });
            draft.order(Work::Claim {});
        }
        Phase::Over(how) => return Answer::Over(how),
        Phase::Requested | Phase::Asking | Phase::Claiming | Phase::Running | Phase::Stuck => {
            return Answer::NotNow;
        }
    }
    Answer::Applied
}
