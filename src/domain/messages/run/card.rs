//! The one message about a run: what it will do, where it stands, and how it ended.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::room::{Button, Post, Style};
use crate::domain::run::{Deed, How, Mark, Mode, Part, Phase, Planned, Reached, Run};

/// How many characters the bar has: it fits a phone beside its number.
const BAR: usize = 12;
/// How many of the last lines of a failed step are shown.
const TAIL_LINES: usize = 8;
/// The longest word about a step.
const WORD_CHARS: usize = 120;

/// The longest text of others in a line of ours.
const TEXT_CHARS: usize = 200;

pub(super) fn plain(text: &str) -> String {
    super::super::plain(text, TEXT_CHARS)
}

/// The one message about a run, edited in place.
#[must_use]
pub fn card(run: &Run, now: DateTime<Utc>) -> Post {
    let mut lines = vec![headline(run, now)];
    let steps = run.request.plan.part(run.part);
    if matches!(run.phase, Phase::Running | Phase::Claiming | Phase::Stuck) {
        lines.push(bar(run, steps.len()));
    }
    match run.phase {
        Phase::Requested | Phase::Asking | Phase::Over(How::Shown) => lines.extend(proposal(run)),
        Phase::Claiming | Phase::Running | Phase::Stuck | Phase::Over(_) => {
            lines.extend(run.steps.iter().map(|reached| step_line(run, reached, now)));
        }
    }
    let has_failed = |reached: &&Reached| reached.mark == Mark::Failed && !reached.tail.is_empty();
    if let Some(failed) = run.steps.iter().rev().find(has_failed) {
        let all: Vec<&str> = failed.tail.lines().collect();
        let from = all.len().saturating_sub(TAIL_LINES);
        lines.extend(all.iter().skip(from).map(|line| format!("  | {}", plain(line))));
    }
    Post { buttons: buttons(run), ..Post::text(lines.join("\n")) }
}

fn headline(run: &Run, now: DateTime<Utc>) -> String {
    let (request, number) = (&run.request, run.number());
    let plan = &request.plan;
    let what = format!("{} on {}", plan.runbook, plain(&plan.target));
    match run.phase {
        Phase::Requested => format!("Run {number}: {what} was asked for by {}.", request.by),
        Phase::Asking => {
            let until = run
                .asking_until
                .map_or(String::new(), |at| at.format(" until %H:%M UTC").to_string());
            let more = match plan.approve.as_ref().map(|approve| usize::from(approve.quorum)) {
                Some(quorum) if quorum > 1 => {
                    format!(" ({} of {quorum} have agreed)", run.approved_by.len())
                }
                Some(_) | None => String::new(),
            };
            format!("Run {number} waits for an approval{until}{more}: {what}. Nothing was changed.")
        }
        Phase::Claiming => format!("Run {number}: {what} is about to begin."),
        Phase::Running if run.part == Part::Undo => {
            format!("Run {number}: {what} is being taken back.")
        }
        Phase::Running => format!("Run {number}: {what} is under way."),
        Phase::Stuck => format!(
            "Run {number} needs a decision: nobody knows how its step ended. Look at {}, then press.",
            plain(&plan.target)
        ),
        Phase::Over(how) => over(run, how, now),
    }
}

fn over(run: &Run, how: How, now: DateTime<Utc>) -> String {
    let plan = &run.request.plan;
    let took = took(run, now);
    if let (How::Succeeded, Some(change)) = (how, &plan.change) {
        let version = change.version.as_ref().map(|it| format!(" version {}", plain(it)));
        let version = version.unwrap_or_default();
        let place = &change.environment;
        return if change.verb == "deploy" {
            format!("{}: deployed{version} to {place} in {took}", change.title)
        } else {
            format!("{}: rolled back{version} in {place} in {took}", change.title)
        };
    }
    let what = format!("Run {}: {} on {}", run.number(), plan.runbook, plain(&plan.target));
    let why = if run.why.is_empty() { String::new() } else { format!(": {}", plain(&run.why)) };
    match how {
        How::Succeeded => format!("{what} has helped, in {took}."),
        How::Failed => {
            format!("{what} did not help{why}. What it did stands. A person has to look.")
        }
        How::Undone => format!("{what} did not help and was taken back{why}."),
        How::UndoFailed => {
            format!("{what} failed, and taking it back failed too{why}. A person has to look now.")
        }
        How::Stopped => format!("{what} was stopped{why}. What it had done stands."),
        How::Denied => format!("{what} was denied{why}. Nothing was changed."),
        How::Expired => format!("{what} is no longer asked for{why}. Nothing was changed."),
        How::Refused => format!("{what} did not start{why}. Nothing was changed."),
        How::Shown if run.request.mode == Mode::Watch => {
            format!("{what} would have started now; its rule only watches. Nothing was changed.")
        }
        How::Shown => format!("{what} may help. Nothing was changed."),
    }
}

fn took(run: &Run, now: DateTime<Utc>) -> String {
    let from = run.started_at.unwrap_or(run.asked_at);
    spell(run.ended_at.unwrap_or(now) - from)
}

/// `6 min, 1 sec`.
#[must_use]
pub fn spell(length: TimeDelta) -> String {
    let seconds = length.num_seconds().max(0);
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, 0) => "less than a second".to_owned(),
        (0, 0, seconds) => format!("{seconds} sec"),
        (0, minutes, seconds) => format!("{minutes} min, {seconds} sec"),
        (hours, minutes, _) => format!("{hours} h, {minutes} min"),
    }
}

fn bar(run: &Run, count: usize) -> String {
    let is_done = |reached: &&Reached| {
        reached.part == run.part && matches!(reached.mark, Mark::Done | Mark::Skipped)
    };
    let done = run.steps.iter().filter(is_done).count();
    let filled = (done * BAR).checked_div(count).unwrap_or(BAR).min(BAR);
    format!("[{}{}] {done} of {count}", "#".repeat(filled), ".".repeat(BAR - filled))
}

fn step_line(run: &Run, reached: &Reached, now: DateTime<Utc>) -> String {
    let planned = run.request.plan.part(reached.part).get(usize::from(reached.step));
    let name = planned.map_or("a step", |planned| planned.name.as_str());
    let back = if reached.part == Part::Undo { "undo " } else { "" };
    let took = spell(reached.ended_at.unwrap_or(now) - reached.began_at);
    let tries = if reached.tries > 1 { format!(", try {}", reached.tries) } else { String::new() };
    let mark = match reached.mark {
        Mark::Running => "..",
        Mark::Done => "ok",
        Mark::Failed => "failed",
        Mark::Skipped => return format!("-- {back}{name}: left out"),
        Mark::Unknown => "unknown",
    };
    let word: String = plain(&reached.word).chars().take(WORD_CHARS).collect();
    let word = if word.is_empty() { word } else { format!(": {word}") };
    format!("{mark} {back}{name} ({took}{tries}){word}")
}

/// What it will do, before it does anything.
fn proposal(run: &Run) -> Vec<String> {
    let (plan, request) = (&run.request.plan, &run.request);
    let mut lines = vec![format!("Asked for by {}: {}", request.by, plain(&plan.summary))];
    let steps = plan.steps.iter().enumerate();
    lines.extend(
        steps.map(|(at, planned)| format!("{}. {}: {}", at + 1, planned.name, deed(planned))),
    );
    lines.push(match &plan.undo {
        None => "It cannot be taken back.".to_owned(),
        Some(undo) => format!("If a check fails, it is taken back in {} steps.", undo.len()),
    });
    let by = plan.approve.as_ref().map(|approve| approve.by.join(", "));
    if let (Some(by), Phase::Asking) = (by.filter(|by| !by.is_empty()), run.phase) {
        lines.push(format!("Who may approve: {by}"));
    }
    if run.request.plan.approve.as_ref().is_some_and(|approve| approve.second_factor) {
        let number = run.number();
        lines.push(format!("It is critical: whoever agrees types a code, approve {number} 123456"));
    }
    let hash: String = request.hash.0.chars().take(12).collect();
    lines.push(format!("Plan {hash}"));
    lines
}

/// What a step does, in one line.
#[must_use]
pub fn deed(planned: &Planned) -> String {
    match &planned.deed {
        Deed::Call { kind, with } => {
            let words: Vec<String> = with
                .values()
                .flat_map(|blank| blank.texts())
                .map(|text| plain(&text.shown()))
                .collect();
            format!("{kind} {}", words.join(" "))
        }
        Deed::Wait { length } => format!("wait {}", spell(*length)),
        Deed::Check { query, is, within, .. } => {
            format!("check {} {is}, within {}", plain(&query.shown()), spell(*within))
        }
        Deed::Ask { text } => format!("ask: {}", plain(&text.shown())),
        Deed::Note { text } => format!("say: {}", plain(&text.shown())),
        Deed::Page { text } => format!("page: {}", plain(&text.shown())),
    }
}

fn buttons(run: &Run) -> Vec<Button> {
    let number = run.number();
    let button =
        |label: &str, command: String, style| Button { label: label.into(), command, style };
    // A button carries the plan: pressed late, it cannot agree to another one.
    let hash: String = run.request.hash.0.chars().take(12).collect();
    let undo = |has_undo: bool| {
        let command = format!("undo {number}");
        has_undo.then(|| button("Take it back", command, Style::Danger))
    };
    let has_undo = run.request.plan.undo.as_ref().is_some_and(|undo| !undo.is_empty());
    match run.phase {
        Phase::Asking => vec![
            button("Approve", format!("approve {number} plan={hash}"), Style::Primary),
            button("Deny", format!("deny {number}"), Style::Normal),
        ],
        Phase::Requested | Phase::Claiming | Phase::Running => {
            vec![button("Stop", format!("stop {number}"), Style::Danger)]
        }
        Phase::Stuck => {
            let go_on = button("It was done", format!("continue {number}"), Style::Normal);
            let stop = button("Stop", format!("stop {number}"), Style::Normal);
            [Some(go_on), undo(has_undo), Some(stop)].into_iter().flatten().collect()
        }
        Phase::Over(How::Succeeded) => undo(has_undo).into_iter().collect(),
        Phase::Over(How::Shown) if run.request.mode == Mode::Suggest => {
            vec![button("Run it", run.request.plan.command(), Style::Primary)]
        }
        Phase::Over(_) => Vec::new(),
    }
}
