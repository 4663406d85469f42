//! What the files say to one alert, as a terminal shows it.

use super::oncall::local;
use super::why::failed;
use crate::domain::alert::Labels;
use crate::domain::duration;
use crate::domain::explain::{Explanation, Held, Outcome, Paged, Run, Says, Step, Verdict};
use crate::domain::incident::RunMode;

/// How many rules that do not match are shown when nobody asks for all.
pub const FAILED_SHOWN: usize = 10;

/// The whole explanation; the first line is the answer. `most` limits the rules that fail.
#[must_use]
pub fn explained(it: &Explanation, most: usize) -> String {
    let mut lines = vec![answer(it), String::new(), format!("alert      {}", pairs(&it.labels))];
    lines.push(format!("           fingerprint {}, group {}", it.fingerprint, it.group));
    lines.push(format!(
        "           seen at {} with the files of version {}",
        it.at.format("%Y-%m-%d %H:%M UTC"),
        it.files
    ));
    lines.extend([String::new(), "rules, in their order".to_owned()]);
    lines.extend(rules(&it.rules, most));
    lines.extend([String::new(), "held back".to_owned()]);
    lines.extend(holding(it));
    if let Some(outcome) = &it.outcome {
        lines.extend([String::new(), "what follows".to_owned()]);
        lines.extend(follows(outcome));
    }
    lines.join("\n")
}

fn answer(it: &Explanation) -> String {
    let Some(outcome) = &it.outcome else {
        return "No rule wants this alert: it would be kept, and reach nobody.".to_owned();
    };
    let rule = &outcome.policy.rule;
    let who = match &outcome.page {
        None => "page nobody".to_owned(),
        Some(page) => match page.steps.iter().find(|step| step.at.is_some()) {
            Some(step) => format!("page {}", people(step)),
            None if page.place.is_none() => format!("page {} behind the pagers", page.policy),
            None if is_for_nobody(page) => "wake nobody at this severity and hour".to_owned(),
            None => "page whoever stands behind the pagers".to_owned(),
        },
    };
    format!(
        "Rule {} ({}:{}) would open {} {:?} and {who}.",
        rule.name, rule.file, rule.line, outcome.policy.severity, outcome.policy.title
    )
}

/// Whether its author wanted nobody woken now. Where those who are named cannot be reached, whoever
/// stands behind the pagers hears of it.
fn is_for_nobody(page: &Paged) -> bool {
    page.steps.iter().all(|step| !step.is_for_this)
}

fn people(step: &Step) -> String {
    let mut names: Vec<&str> = step.calls.iter().map(|call| call.person.as_str()).collect();
    names.dedup();
    if names.is_empty() {
        return step.targets.iter().map(|it| it.target.as_str()).collect::<Vec<_>>().join(", ");
    }
    names.join(", ")
}

fn rules(verdicts: &[Verdict], most: usize) -> Vec<String> {
    let mut failing = 0;
    let mut lines: Vec<String> = verdicts
        .iter()
        .filter(|it| {
            let fails = matches!(it.says, Says::Fails { .. });
            failing += usize::from(fails);
            !fails || failing <= most
        })
        .map(rule)
        .collect();
    if failing > most {
        lines.push(format!("  and {} more that do not match: --all shows them", failing - most));
    }
    if verdicts.is_empty() {
        lines.push("  there are none".to_owned());
    }
    lines
}

fn rule(it: &Verdict) -> String {
    let (mark, says) = match &it.says {
        Says::Owns => ("=", "matches first, and owns it".to_owned()),
        Says::Adds => ("+", "matches, and adds its notifications".to_owned()),
        Says::ComesTooLate => (" ", "would match, and comes too late".to_owned()),
        Says::Fails { matcher, found } => ("-", format!("no: {}", failed(matcher, found))),
    };
    format!("  {mark} {} ({}:{}) {says}", it.rule.name, it.rule.file, it.rule.line)
}

fn holding(it: &Explanation) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let agrees = |held: &Held| {
        if held.equal.is_empty() { String::new() } else { format!(" with {}", pairs(&held.equal)) }
    };
    let place = |held: &Held| format!("{} ({}:{})", held.rule.name, held.rule.file, held.rule.line);
    for held in &it.held_by {
        let (place, other) = (place(held), &held.other);
        lines.push(format!("  inhibition {place} while {other}{} fires", agrees(held)));
    }
    for held in &it.holds {
        let (place, other) = (place(held), &held.other);
        lines.push(format!("  it inhibits {other}{} itself, by {place}", agrees(held)));
    }
    if let Some(limit) = it.outcome.as_ref().and_then(|it| it.throttle.as_ref()) {
        lines.push(format!("  throttle: this rule opens {limit}, and the rest waits"));
    }
    if lines.is_empty() {
        lines.push("  by nothing in the files".to_owned());
    }
    lines.push(
        "  silences, storms and what fires now are known to a server alone: --fingerprint asks it"
            .to_owned(),
    );
    lines
}

fn follows(it: &Outcome) -> Vec<String> {
    let policy = &it.policy;
    let mut lines = vec![format!("  severity {}, title {:?}", policy.severity, policy.title)];
    if let Some(room) = &policy.room {
        let invited = if room.invite.is_empty() {
            String::new()
        } else {
            format!(", with {}", room.invite.join(", "))
        };
        lines.push(format!("  room     {}{invited} (if its number is 1)", room.name));
    }
    if let Some(ticket) = &policy.ticket {
        let labels = ticket.labels.join(", ");
        lines.push(format!("  ticket   {} {labels}", ticket.tracker).trim_end().to_owned());
    }
    lines.extend(policy.graphs.iter().map(|graph| format!("  graph    {graph}")));
    lines.extend(policy.notify.iter().map(|tell| format!("  tells    {}", tell.room)));
    lines.extend(it.run.as_ref().map(run));
    match &it.page {
        None => lines.push("  page     nobody: the rule names no policy".to_owned()),
        Some(page) => lines.extend(paged(page)),
    }
    lines.extend(it.faults.iter().map(|fault| format!("  fault    {fault}")));
    lines
}

fn run(it: &Run) -> String {
    let how = match it.mode {
        RunMode::Watch => "says what it would do",
        RunMode::Suggest => "is offered in the room",
        RunMode::Approve => "waits for an approval",
        RunMode::Auto => "starts at once",
    };
    let target = it.target.as_ref().map(|target| format!(" on {target}")).unwrap_or_default();
    let by = if it.approve.is_empty() || it.mode != RunMode::Approve {
        String::new()
    } else {
        format!(" by {}", it.approve.join(", "))
    };
    let trouble = it.trouble.as_ref().map(|why| format!(", but {why}")).unwrap_or_default();
    format!("  run      {}{target} {how}{by}{trouble}", it.runbook)
}

fn paged(page: &Paged) -> Vec<String> {
    let Some(place) = &page.place else {
        return vec![format!(
            "  page     {}: no file describes it, whoever stands behind the pagers decides",
            page.policy
        )];
    };
    let mut lines = vec![format!("  page     {} ({place}), while nobody answers:", page.policy)];
    lines.extend(page.steps.iter().flat_map(stepped));
    if page.steps.iter().all(|step| step.at.is_none()) && !is_for_nobody(page) {
        let rest = "    nobody who is named can be reached: whoever stands behind the pagers is";
        lines.push(rest.to_owned());
    }
    if page.repeat > 0 {
        let times = if page.repeat == 1 { "once" } else { &format!("{} times", page.repeat) };
        lines.push(format!("    all of it again {times}"));
    }
    lines
}

fn stepped(step: &Step) -> Vec<String> {
    let number = step.step;
    if !step.is_for_this {
        return vec![format!("    step {number}: not for this severity or hour")];
    }
    let mut lines = vec![step.at.map_or_else(
        || format!("    step {number}: passed over, it wakes nobody"),
        |at| format!("    step {number} at {}: {}", local(at, chrono_tz::Tz::UTC), people(step)),
    )];
    for told in &step.targets {
        let people = if told.people.is_empty() {
            String::new()
        } else {
            format!(" is {}", told.people.join(", "))
        };
        let colon = if told.because.is_empty() { "" } else { ": " };
        lines.push(format!("      {}{people}{colon}{}", told.target, told.because));
    }
    lines.extend(step.calls.iter().map(|call| {
        let after = duration::format(call.after);
        format!("      {} by {} after {after}", call.person, call.pager)
    }));
    lines.extend(step.missed.iter().map(|missed| format!("      {missed}")));
    lines
}

fn pairs(labels: &Labels) -> String {
    let pairs: Vec<String> =
        labels.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
    pairs.join(" ")
}

/// Which version of the files an incident was opened by, beside today's.
#[must_use]
pub fn versions(then: Option<&str>, today: &str) -> String {
    match then {
        None => format!(
            "Which files decided then was not kept; today's are of version {today}, and what an incident asks for was copied when it opened."
        ),
        Some(then) if then == today => {
            format!("The files that decided it are today's, of version {then}.")
        }
        Some(then) => format!(
            "The files of version {then} decided it; today's are of version {today}, so that the rules may differ. `warroom check` prints the version of a folder."
        ),
    }
}
