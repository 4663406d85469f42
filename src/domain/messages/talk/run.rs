//! Answers about runbooks, runs, brakes and locks.

use chrono::{DateTime, Utc};

use crate::domain::run::Phase;

pub use crate::domain::messages::run::answered as run_answered;

/// How many runbooks there are.
#[must_use]
pub fn runbooks(count: usize) -> String {
    match count {
        0 => "There are no runbooks. Write one: a file in runbooks/.".to_owned(),
        1 => "1 runbook:".to_owned(),
        count => format!("{count} runbooks:"),
    }
}

/// How many runs are listed.
#[must_use]
pub fn runs(count: usize) -> String {
    match count {
        0 => "Nothing was run yet. What can be run: runbooks".to_owned(),
        1 => "1 run:".to_owned(),
        count => format!("{count} runs, the newest first:"),
    }
}

/// How many locks and halts there are.
#[must_use]
pub fn locks(count: usize) -> String {
    match count {
        0 => "Nothing is locked, halted or frozen.".to_owned(),
        count => format!("{count} locked, halted or frozen:"),
    }
}

/// Where a run stands, in a word.
#[must_use]
pub fn run_phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Requested => "asked for",
        Phase::Asking => "waits for an approval",
        Phase::Claiming => "about to begin",
        Phase::Running => "under way",
        Phase::Stuck => "needs a decision",
        Phase::Over(how) => how.word(),
    }
}

/// Nobody knows this runbook.
#[must_use]
pub fn no_runbook(name: &str) -> String {
    let name: String = name.chars().take(60).collect();
    format!("Nothing was run: there is no runbook {name:?}. What there is: runbooks")
}

/// Nothing changes this service.
#[must_use]
pub fn no_change(verb: &str, service: &str) -> String {
    let service: String = service.chars().take(60).collect();
    format!(
        "Nothing was changed: no runbook can {verb} {service:?}. One needs a [change] section that \
         names it. What there is: runbooks"
    )
}

/// What is halted from now on.
#[must_use]
pub fn halted(scope: &str, until: Option<DateTime<Utc>>) -> String {
    let what = if scope == "all" { "Everything" } else { scope };
    format!("{what} is halted{}: nothing begins, and no run goes on to its next step.", end(until))
}

/// What may go on.
#[must_use]
pub fn resumed(scope: &str, was_halted: bool) -> String {
    let what = if scope == "all" { "Everything" } else { scope };
    if was_halted {
        return format!("{what} may run again. What was stopped has to be started again.");
    }
    format!("Nothing was changed: {what} was not halted. What is: locks")
}

/// What is kept for somebody.
#[must_use]
pub fn locked(place: &str, until: Option<DateTime<Utc>>) -> String {
    format!("{place} is yours{}: no run touches it.", end(until))
}

/// What is free again.
#[must_use]
pub fn unlocked(place: &str, by: &str) -> String {
    format!("{place} is free again; {by} had it.")
}

/// A line that is no command.
#[must_use]
pub fn no_such_line(line: &str) -> String {
    let line: String = line.chars().take(80).collect();
    format!("Nobody can do that: {line:?} is no command. What there is: help")
}

/// Somebody may do something.
#[must_use]
pub fn they_may(who: &str, line: &str, by: &str) -> String {
    format!("Yes: {who} may {line:?} ({by}).")
}

/// Somebody may not do something.
#[must_use]
pub fn they_may_not(who: &str, line: &str, why: &str) -> String {
    let why = why.trim_start_matches("Nothing was done: ");
    format!("No: {who} may not {line:?}: {why}")
}

/// Who may do something.
#[must_use]
pub fn who_can(what: &str, holders: &[String]) -> String {
    if holders.is_empty() {
        return format!("Nobody whom the configuration names may {what}.");
    }
    format!("Who may {what}: {}.", holders.join(", "))
}

/// An error as people read it: with a capital letter and a full stop.
#[must_use]
pub fn sentence(error: &str) -> String {
    let mut letters = error.chars();
    let first: String = letters.next().map(char::to_uppercase).into_iter().flatten().collect();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}

fn end(until: Option<DateTime<Utc>>) -> String {
    until.map_or(String::new(), |until| format!(" until {}", until.format("%Y-%m-%d %H:%M UTC")))
}
