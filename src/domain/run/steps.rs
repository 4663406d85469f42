//! The steps of a run: how one begins, what is heard of it, and what comes after it.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use compact_str::CompactString;
use regex::Regex;

use super::decide::{Draft, Wake};
use super::end;
use super::fact::{Fact, How};
use super::input::{Answer, Look, Watch, Word, Work};
use super::order::{Assignment, Filled, Order, Part};
use super::plan::{Deed, Planned};
use super::report::{Ending, Known};
use super::state::{Mark, Phase};
use crate::domain::ids::EffectId;
use crate::domain::runbook::{Blank, Blanks, Values};

/// How much longer than its time-out a step is followed: an executor stops what takes too long, and
/// its word of that needs a moment.
const GRACE: TimeDelta = TimeDelta::minutes(1);
/// How long an assignment may lie about before an executor begins it.
const START_WITHIN: TimeDelta = TimeDelta::minutes(2);

/// Begins a list with its first step.
pub(super) fn begin(draft: &mut Draft, part: Part) {
    from(draft, part, 0);
}

/// Begins the first step from here on whose condition holds; the run is over behind the last one.
fn from(draft: &mut Draft, part: Part, first: u16) {
    let plan = draft.run.request.plan.clone();
    let count = u16::try_from(plan.part(part).len()).unwrap_or(u16::MAX);
    for step in first..count {
        let Some(planned) = plan.part(part).get(usize::from(step)) else { break };
        if !is_wanted(draft, planned) {
            draft.emit(Fact::StepSkipped { part, step });
            continue;
        }
        if !start(draft, (part, step), planned) {
            return;
        }
    }
    end::finished(draft, part);
}

fn is_wanted(draft: &Draft, planned: &Planned) -> bool {
    let Some(when) = &planned.when else { return true };
    when.value.fill(&draft.run.outputs).is_ok_and(|value| when.is.contains(&value))
}

/// Begins a step. True: it was done at once, and the next one may begin.
fn start(draft: &mut Draft, (part, step): (Part, u16), planned: &Planned) -> bool {
    draft.show();
    let outputs = draft.run.outputs.clone();
    match &planned.deed {
        Deed::Call { kind, with } => match filled(with, &outputs) {
            Ok(with) => call(draft, (part, step), planned, Order { kind: kind.clone(), with }),
            Err(why) => {
                draft.emit(Fact::StepStarted { part, step, key: None });
                failed(draft, &why, "");
            }
        },
        Deed::Wait { length } => {
            draft.emit(Fact::StepStarted { part, step, key: None });
            draft.wake(Wake::At(draft.context.now + *length));
        }
        Deed::Check { query, is, hold, within } => {
            draft.emit(Fact::StepStarted { part, step, key: None });
            let until = draft.context.now + *within;
            let query = query.fill(&outputs).unwrap_or_default();
            let watch = Watch { query, is: *is, hold: *hold, until, good_since: None };
            draft.order(Work::Look { step, watch });
        }
        Deed::Ask { text } => {
            draft.emit(Fact::StepStarted { part, step, key: None });
            let why = text.fill(&outputs).unwrap_or_else(|_| text.shown());
            draft.tell(Word::Stuck { why });
        }
        Deed::Note { text } | Deed::Page { text } => {
            draft.emit(Fact::StepStarted { part, step, key: None });
            let summary = text.fill(&outputs).unwrap_or_else(|_| text.shown());
            if matches!(planned.deed, Deed::Page { .. }) {
                draft.tell(Word::Page { text: summary.clone() });
            }
            draft.emit(Fact::StepDone { part, step, summary, outputs: BTreeMap::new() });
            return true;
        }
    }
    false
}

fn filled(with: &Blanks, outputs: &Values) -> Result<BTreeMap<CompactString, Filled>, String> {
    let fill = |blank: &Blank| -> Result<Filled, String> {
        Ok(match blank {
            Blank::Flag(flag) => Filled::Flag(*flag),
            Blank::Number(number) => Filled::Number(*number),
            Blank::Text(text) => Filled::Text(text.fill(outputs)?),
            Blank::List(texts) => {
                Filled::List(texts.iter().map(|text| text.fill(outputs)).collect::<Result<_, _>>()?)
            }
            Blank::Map(texts) => Filled::Map(
                texts
                    .iter()
                    .map(|(name, text)| Ok((name.clone(), text.fill(outputs)?)))
                    .collect::<Result<_, String>>()?,
            ),
        })
    };
    with.iter().map(|(name, blank)| Ok((name.clone(), fill(blank)?))).collect()
}

fn call(draft: &mut Draft, place: (Part, u16), planned: &Planned, order: Order) {
    let key = draft.next_key();
    let (part, step) = place;
    draft.emit(Fact::StepStarted { part, step, key: Some(key) });
    hand_over(draft, key, planned, order);
}

fn hand_over(draft: &mut Draft, key: EffectId, planned: &Planned, order: Order) {
    let run = &draft.run;
    let request = &run.request;
    let is_approved = !run.approved_by.is_empty();
    let assignment = Assignment {
        key,
        run: draft.context.case,
        number: request.number,
        runbook: request.plan.runbook.clone(),
        part: run.part,
        step: run.step,
        name: planned.name.clone(),
        target: request.plan.target.clone(),
        fence: run.fence.unwrap_or_default(),
        plan: request.hash.clone(),
        approved: is_approved.then(|| request.hash.clone()),
        not_after: draft.context.now + START_WITHIN,
        actor: request.by.clone(),
        timeout: planned.timeout,
        is_dry: false,
        order,
    };
    draft.order(Work::Start {
        label: planned.executor.clone(),
        assignment: Box::new(assignment),
        is_repeatable: planned.is_repeatable,
    });
}

/// The step that is under way, when it is this one.
fn current(draft: &Draft, key: EffectId) -> Option<Planned> {
    let run = &draft.run;
    let is_it = run.key == Some(key) && matches!(run.phase, Phase::Running | Phase::Stuck);
    is_it.then(|| run.request.plan.part(run.part).get(usize::from(run.step)).cloned()).flatten()
}

pub(super) fn accepted(draft: &mut Draft, key: EffectId) -> Answer {
    let Some(planned) = current(draft, key) else { return Answer::NotNow };
    let (part, step) = (draft.run.part, draft.run.step);
    draft.emit(Fact::StepAccepted { part, step });
    follow(draft, key, &planned, TimeDelta::zero());
    Answer::Applied
}

/// `lag`: for how long the assignment may still be on its way.
fn follow(draft: &mut Draft, key: EffectId, planned: &Planned, lag: TimeDelta) {
    let from = draft.context.now + lag;
    let until = from + planned.timeout + GRACE;
    draft.order(Work::Follow { label: planned.executor.clone(), key, from, until });
}

pub(super) fn not_started(draft: &mut Draft, key: EffectId, why: &str) -> Answer {
    if current(draft, key).is_none() {
        return Answer::NotNow;
    }
    failed(draft, why, "");
    Answer::Applied
}

/// It may have started: the executor's ledger knows.
pub(super) fn doubted(draft: &mut Draft, key: EffectId, why: &str) -> Answer {
    let Some(planned) = current(draft, key) else { return Answer::NotNow };
    let (part, step) = (draft.run.part, draft.run.step);
    draft.emit(Fact::StepDoubted { part, step, why: why.to_owned() });
    follow(draft, key, &planned, START_WITHIN);
    draft.show();
    Answer::Applied
}

pub(super) fn heard(draft: &mut Draft, key: EffectId, known: &Known) -> Answer {
    let Some(planned) = current(draft, key) else { return Answer::NotNow };
    match known {
        Known::Running { .. } => return Answer::Already,
        // Its ledger has never seen it: it is certain that nothing was done.
        Known::Nothing => failed(draft, "no executor has it: nothing was done", ""),
        Known::Lost { why } => {
            let why = if why.is_empty() { "the executor died under it" } else { why };
            if planned.is_repeatable {
                failed(draft, why, "");
            } else {
                stuck(draft, &format!("{why}: nobody knows how far it came"));
            }
        }
        Known::Ended { ending } => ended(draft, &planned, ending),
    }
    Answer::Applied
}

fn stuck(draft: &mut Draft, why: &str) {
    let (part, step) = (draft.run.part, draft.run.step);
    draft.emit(Fact::StepOutcomeUnknown { part, step, why: why.to_owned() });
    draft.tell(Word::Stuck { why: why.to_owned() });
    draft.show();
}

fn ended(draft: &mut Draft, planned: &Planned, ending: &Ending) {
    match ending {
        Ending::Done { summary, outputs, .. } => match promised(planned, outputs) {
            Ok(outputs) => done(draft, summary.clone(), outputs),
            Err(why) => failed(draft, &why, ""),
        },
        Ending::Failed { why, tail } => failed(draft, why, tail),
        Ending::Refused { why } => failed(draft, why, ""),
        Ending::TimedOut { tail } => {
            failed(draft, "it took too long and was stopped", tail);
        }
        Ending::Stopped { tail } => match draft.run.stop_asked.clone() {
            Some(by) => {
                let (part, step) = (draft.run.part, draft.run.step);
                let (why, tail) = (format!("stopped by {by}"), tail.clone());
                draft.emit(Fact::StepFailed { part, step, why: why.clone(), tail });
                end::over(draft, How::Stopped, &why);
            }
            None => failed(draft, "it was stopped", tail),
        },
    }
}

/// The outputs that later steps may use: declared, and fit for their pattern. Text of a program is
/// data like a label: what does not fit goes nowhere.
fn promised(
    planned: &Planned,
    outputs: &BTreeMap<CompactString, String>,
) -> Result<BTreeMap<CompactString, String>, String> {
    let mut kept = BTreeMap::new();
    for (name, pattern) in &planned.outputs {
        let value = outputs.get(name.as_str()).map(String::as_str).unwrap_or_default();
        let fits = Regex::new(pattern).is_ok_and(|pattern| pattern.is_match(value));
        if !fits || value.starts_with('-') {
            return Err(format!("its output `{name}` does not fit its pattern"));
        }
        kept.insert(name.as_str().into(), value.to_owned());
    }
    Ok(kept)
}

fn done(draft: &mut Draft, summary: String, outputs: BTreeMap<CompactString, String>) {
    let (part, step) = (draft.run.part, draft.run.step);
    draft.emit(Fact::StepDone { part, step, summary, outputs });
    go_to_next(draft);
}

fn go_to_next(draft: &mut Draft) {
    draft.show();
    match draft.run.stop_asked.clone() {
        Some(by) => end::over(draft, How::Stopped, &format!("stopped by {by}")),
        None => from(draft, draft.run.part, draft.run.step.saturating_add(1)),
    }
}

/// A step failed: it is tried again where it may be, else the run unwinds.
fn failed(draft: &mut Draft, why: &str, tail: &str) {
    let (part, step) = (draft.run.part, draft.run.step);
    let plan = draft.run.request.plan.clone();
    let planned = plan.part(part).get(usize::from(step));
    let tries = draft.run.steps.last().map_or(1, |last| last.tries);
    draft.emit(Fact::StepFailed { part, step, why: why.to_owned(), tail: tail.to_owned() });
    let again = planned
        .filter(|it| it.is_repeatable && tries <= it.retries && draft.run.stop_asked.is_none());
    match again {
        Some(planned) => {
            start(draft, (part, step), planned);
        }
        None => end::unwind(draft, why),
    }
}

pub(super) fn looked(draft: &mut Draft, step: u16, look: Look, seen: &str) -> Answer {
    let run = &draft.run;
    let (part, plan) = (run.part, run.request.plan.clone());
    let planned = plan.part(part).get(usize::from(step));
    let (Phase::Running, true, Some(planned)) = (run.phase, run.step == step, planned) else {
        return Answer::NotNow;
    };
    let Deed::Check { query, is, hold, within } = &planned.deed else { return Answer::NotNow };
    match look {
        Look::Passed => done(draft, seen.to_owned(), BTreeMap::new()),
        Look::Failed => failed(draft, seen, ""),
        Look::TurnedGood | Look::TurnedBad => {
            let is_good = look == Look::TurnedGood;
            draft.emit(Fact::CheckTurned { part, step, is_good, seen: seen.to_owned() });
            let began = draft.run.steps.last().map_or(draft.context.now, |last| last.began_at);
            let query = query.fill(&draft.run.outputs).unwrap_or_default();
            let (until, good_since) = (began + *within, draft.run.good_since);
            let watch = Watch { query, is: *is, hold: *hold, until, good_since };
            draft.order(Work::Look { step, watch });
            draft.show();
        }
    }
    Answer::Applied
}

/// A wait is over.
pub(super) fn waited(draft: &mut Draft) -> Answer {
    let run = &draft.run;
    let planned = run.request.plan.part(run.part).get(usize::from(run.step));
    let Some(Deed::Wait { length }) = planned.map(|planned| &planned.deed) else {
        return Answer::NotNow;
    };
    let length = *length;
    let Some(last) = run.steps.last().filter(|last| last.mark == Mark::Running) else {
        return Answer::NotNow;
    };
    let due = last.began_at + length;
    if draft.context.now < due {
        draft.wake(Wake::At(due));
        return Answer::NotNow;
    }
    done(draft, "waited".to_owned(), BTreeMap::new());
    Answer::Applied
}

/// A person says that it goes on: after a question, or behind a step whose end nobody knows.
pub(super) fn go_on(draft: &mut Draft, by: &CompactString) -> Answer {
    let run = &draft.run;
    let planned = run.request.plan.part(run.part).get(usize::from(run.step));
    let is_question = matches!(planned.map(|it| &it.deed), Some(Deed::Ask { .. }))
        && run.steps.last().is_some_and(|last| last.mark == Mark::Running);
    match run.phase {
        Phase::Stuck => {}
        Phase::Running if is_question => {}
        Phase::Over(how) => return Answer::Over(how),
        Phase::Requested | Phase::Asking | Phase::Claiming | Phase::Running => {
            return Answer::NotNow;
        }
    }
    draft.emit(Fact::Continued { by: by.clone() });
    done(draft, format!("{by} says that it goes on"), BTreeMap::new());
    Answer::Applied
}
