//! Answers to those who ask something of a run, and the lines of timelines.

use chrono::{DateTime, Utc};

use super::card::{deed, plain};
use crate::domain::run::{Answer, Fact, How, Plan, Word};

/// What became of what somebody typed about a run.
#[must_use]
pub fn answered(number: u64, verb: &str, answer: Answer) -> String {
    match answer {
        Answer::Applied => match verb {
            "approve" => format!("Run {number} is approved and begins."),
            "deny" => format!("Run {number} is denied. Nothing was changed."),
            "stop" => format!("Run {number} stops."),
            "undo" => format!("Run {number} is being taken back."),
            _ => format!("Run {number} goes on."),
        },
        Answer::Already => format!("Run {number}: somebody was faster; that was done already."),
        Answer::Counted => format!("Your approval of run {number} counts; others must agree too."),
        Answer::NotNow => {
            format!("Nothing was changed: that does not fit where run {number} stands.")
        }
        Answer::Over(how) => {
            format!("Nothing was changed: run {number} is over, it {}.", was(how))
        }
        Answer::OwnRequest => {
            format!(
                "Not approved: you asked for run {number} yourself. Somebody else has to agree."
            )
        }
        Answer::OtherPlan => format!(
            "Not approved: run {number} has another plan than the one you saw. Look: runs {number}"
        ),
        Answer::NeedsCode => format!(
            "Not approved: run {number} is critical. Type the code of your authenticator with it: \
             approve {number} 123456"
        ),
        Answer::TooLate => {
            format!("Nothing was changed: the time for that is over for run {number}.")
        }
        Answer::Irreversible => {
            format!("Nothing was changed: run {number} cannot be taken back, its runbook says so.")
        }
    }
}

/// A fix seemed to help, and what it mended is back.
#[must_use]
pub fn came_back(number: u64, at: DateTime<Utc>) -> String {
    let at = at.format("%H:%M UTC");
    format!(
        "run {number} did the same and seemed to help at {at}, and it is back: a person has to look"
    )
}

fn was(how: How) -> &'static str {
    match how {
        How::Succeeded => "succeeded",
        How::Failed => "failed",
        How::Undone => "was taken back",
        How::UndoFailed => "failed twice",
        How::Stopped => "was stopped",
        How::Denied => "was denied",
        How::Expired => "has expired",
        How::Refused => "was refused",
        How::Shown => "only said what it would do",
    }
}

/// A line of an incident's timeline about its run.
#[must_use]
pub fn told(number: u64, word: &Word) -> String {
    match word {
        Word::Proposed {} => format!("Run {number} waits for an approval."),
        Word::Started {} => format!("Run {number} began."),
        Word::Stuck { why } => format!("Run {number} needs a decision: {}.", plain(why)),
        Word::Page { text } => format!("Run {number} wakes somebody: {}", plain(text)),
        Word::Ended { runbook, how, why, next, .. } => {
            let why = if why.is_empty() { String::new() } else { format!(": {}", plain(why)) };
            let next = next.as_ref().map(|next| format!(" Next: {next}.")).unwrap_or_default();
            let came = if *how == How::Succeeded { "has helped" } else { was(*how) };
            format!("Run {number}: {runbook} {came}{why}.{next}")
        }
    }
}

/// A line of a run's own timeline.
#[must_use]
pub fn happened(fact: &Fact) -> String {
    let step = |step: &u16| usize::from(*step) + 1;
    match fact {
        Fact::RunRequested { request } => {
            format!("{} asked for {} on {}.", request.by, request.plan.runbook, request.plan.target)
        }
        Fact::ApprovalAsked { until } => {
            format!("It waits for an approval until {}.", until.format("%H:%M UTC"))
        }
        Fact::Approved { by, with_code: true } => format!("{by} approved it, with a code."),
        Fact::Approved { by, with_code: false } => format!("{by} approved it."),
        Fact::Denied { by, why } => format!("{by} denied it: {}", plain(why)),
        Fact::RunStarted { fence } => format!("It began, with fence {fence}."),
        Fact::StepStarted { step: at, .. } => format!("Step {} began.", step(at)),
        Fact::StepSkipped { step: at, .. } => format!("Step {} was left out.", step(at)),
        Fact::StepAccepted { step: at, .. } => format!("An executor has step {}.", step(at)),
        Fact::StepDoubted { step: at, why, .. } => {
            format!("Nobody knows whether step {} began: {}.", step(at), plain(why))
        }
        Fact::StepDone { step: at, summary, .. } => {
            format!("Step {} was done: {}", step(at), plain(summary))
        }
        Fact::StepFailed { step: at, why, .. } => {
            format!("Step {} failed: {}", step(at), plain(why))
        }
        Fact::StepOutcomeUnknown { step: at, why, .. } => {
            format!("Nobody knows how step {} ended: {}", step(at), plain(why))
        }
        Fact::CheckTurned { is_good: true, seen, .. } => format!("The check is good: {seen}."),
        Fact::CheckTurned { is_good: false, seen, .. } => {
            format!("The check is no longer good: {seen}.")
        }
        Fact::UndoStarted { why, .. } => format!("It is being taken back: {}", plain(why)),
        Fact::StopAsked { by } => format!("{by} asked it to stop."),
        Fact::Continued { by } => format!("{by} said that it goes on."),
        Fact::RunEnded { how, why } if why.is_empty() => format!("It {}.", was(*how)),
        Fact::RunEnded { how, why } => format!("It {}: {}", was(*how), plain(why)),
    }
}

/// A plan in lines, for those who ask what a runbook does.
#[must_use]
pub fn outline(plan: &Plan) -> Vec<String> {
    plan.steps.iter().map(|planned| format!("{}: {}", planned.name, deed(planned))).collect()
}
