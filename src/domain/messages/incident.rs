//! What an incident says in its room, in tickets and in pages.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use compact_str::CompactString;

use super::plain::{cut, plain};
use super::why::held_by;
use crate::domain::alert::Alert;
use crate::domain::ids::Number;
use crate::domain::incident::{Cause, Effect, Head, HeldBy, Moment, Phase, Policy};
use crate::domain::oncall::Resolved;

/// Characters of a remark, and of the name of whoever made it.
const NOTED_MAX: usize = 2000;
const NOTED_BY_MAX: usize = 120;

/// `1 alert`, `2 alerts`.
pub(super) fn count(count: u32, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

pub(super) fn clock(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

pub(super) fn title(head: &Head) -> &str {
    head.policy.as_ref().map_or("incident", |policy| policy.title.as_str())
}

pub(super) fn number(head: &Head) -> String {
    head.number.map_or_else(|| "not opened".to_owned(), |number| format!("#{number}"))
}

/// What a page says: what, where, how bad, how to answer.
#[must_use]
pub fn page(head: &Head) -> String {
    let since = head.opened_at.map(clock).unwrap_or_default();
    format!(
        "{} {} ({}), since {since}. Acknowledge to stop further pages.",
        number(head),
        title(head),
        head.severity
    )
}

/// Incidents that one page names beside its own: what a telephone's screen shows.
const NAMED_MAX: usize = 8;

/// A page that names others which waited for their turn.
#[must_use]
pub fn page_with(text: &str, others: &[String]) -> String {
    let mut lines = vec![text.to_owned(), format!("{} more for you:", others.len())];
    lines.extend(others.iter().take(NAMED_MAX).map(|other| format!("- {other}")));
    if others.len() > NAMED_MAX {
        lines.push(format!("and {} more: type incidents", others.len() - NAMED_MAX));
    }
    lines.join("\n")
}

/// The body of a ticket.
#[must_use]
pub fn ticket_body(policy: &Policy) -> String {
    let labels: Vec<String> =
        policy.labels.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    format!(
        "{}\n\n{}\n\nOpened by rule {} ({}:{}).",
        policy.title,
        labels.join("\n"),
        policy.rule.name,
        policy.rule.file,
        policy.rule.line
    )
}

/// The last comment of a ticket.
#[must_use]
pub fn ticket_closed(head: &Head) -> String {
    let when = head.resolved_at.map(clock).unwrap_or_default();
    format!("Incident {} is over since {when}. The timeline is in warroom.", number(head))
}

/// The problem is over, though `firing` alerts may not know it.
#[must_use]
pub fn over(number: Number, policy: &Policy, cause: &Cause, firing: u32) -> String {
    let why = match cause {
        Cause::AlertsCleared => "all alerts have cleared".to_owned(),
        Cause::Person { by } => format!("{by} says so"),
        Cause::Parent => "the incident that it belongs to is over".to_owned(),
    };
    let verb = if firing == 1 { "fires" } else { "fire" };
    let still = match firing {
        0 => String::new(),
        _ => format!(
            " {} still {verb}: you hear of it again only when an alert fires anew.",
            count(firing, "alert")
        ),
    };
    format!("#{number} is resolved: {why}. {}.{still}", policy.title)
}

/// Everything that fires is held back from now on.
#[must_use]
pub fn all_held(by: &HeldBy) -> String {
    format!("Held back: {}. Until it lets go nobody is paged.", held_by(by))
}

/// Something fires again that was held back.
#[must_use]
pub fn held_no_longer(head: &Head) -> String {
    let firing = count(head.counts.firing, "alert");
    match head.phase {
        Phase::Triggered => format!("No longer held back, {firing} firing: pages go on. Type: ack"),
        Phase::Quiet | Phase::Acknowledged | Phase::Resolved | Phase::Closed | Phase::Merged => {
            format!("No longer held back: {firing} firing.")
        }
    }
}

/// The incident re-opened.
#[must_use]
pub fn came_back(head: &Head) -> String {
    format!("{} is back: {}. Same room, same ticket.", number(head), title(head))
}

/// One line for a room that wants to know.
#[must_use]
pub fn notice(head: &Head, moment: Moment) -> String {
    let what = match moment {
        Moment::Opened => "opened",
        Moment::Acknowledged => &head
            .acknowledged_by
            .as_ref()
            .map_or("is taken".to_owned(), |by| format!("is taken by {by}")),
        Moment::Reopened => "is back",
        Moment::Resolved => "is resolved",
    };
    format!("{} {what}: {} ({})", number(head), title(head), head.severity)
}

/// Nobody speaks of the alerts any more.
#[must_use]
pub fn gone_stale(head: &Head) -> String {
    format!(
        "The source has gone quiet about {} ({}): nothing says that it is over. Look, then type: resolve",
        number(head),
        count(head.counts.stale, "alert")
    )
}

/// Everybody was paged in vain.
#[must_use]
pub fn exhausted(head: &Head) -> String {
    format!("Everybody was paged for {} and nobody has answered. Type: ack", number(head))
}

/// A runbook has started.
#[must_use]
pub fn run_started(runbook: &str, run: &str) -> String {
    format!("{runbook} has started: {run}.")
}

/// A runbook is only watched.
#[must_use]
pub fn run_watched(runbook: &str) -> String {
    format!("{runbook} would have started now. The rule says `watch`: nothing was started.")
}

/// A remark that was not made in the room.
#[must_use]
pub fn noted_elsewhere(by: &str, text: &str) -> String {
    format!("{}: {}", plain(by, NOTED_BY_MAX), cut(text, NOTED_MAX))
}

/// Nobody knows whether a run has started.
#[must_use]
pub fn run_unknown(effect: &Effect, why: &str) -> String {
    let name =
        if let Effect::StartRun { runbook, .. } = effect { runbook.as_str() } else { "the run" };
    format!(
        "Whether {name} has started is not known ({why}). It will not be repeated by itself: look, then decide."
    )
}

/// A run was refused.
#[must_use]
pub fn run_refused(why: &str) -> String {
    format!("The runbook did not start, nothing was changed: {why}")
}

/// A page reached nobody.
#[must_use]
pub fn page_failed(person: Option<&str>, why: &str) -> String {
    match person {
        Some(person) => {
            format!("A page to {person} could not be delivered ({why}). The next way is tried now.")
        }
        None => format!("A page could not be delivered ({why}). The next step is paged now."),
    }
}

/// Whoever took it has said nothing since.
#[must_use]
pub fn acknowledgement_stale(by: &str) -> String {
    let by = plain(by, NOTED_BY_MAX);
    format!("{by} took this a while ago and it goes on: pages begin again. Type: ack")
}

/// A person called others.
#[must_use]
pub fn called(by: &str, whom: &[CompactString], resolved: &Resolved) -> String {
    let people: BTreeSet<&str> =
        resolved.calls.iter().map(|call| call.contact.person.as_str()).collect();
    let people: Vec<&str> = people.into_iter().collect();
    let (by, whom) = (plain(by, NOTED_BY_MAX), whom.join(", "));
    let missed: Vec<String> = resolved.missed.iter().map(ToString::to_string).collect();
    let but =
        if missed.is_empty() { String::new() } else { format!(" But: {}.", missed.join(", ")) };
    match (people.is_empty(), resolved.rooms.is_empty()) {
        (true, true) => format!("{by} called {whom}: nobody is woken.{but}"),
        (true, false) => format!("{by} called {whom}: the room hears of it.{but}"),
        (false, _) => format!("{by} called {whom}: {} is paged now.{but}", people.join(", ")),
    }
}

/// There is no ticket.
#[must_use]
pub fn no_ticket(why: &str) -> String {
    format!("There is no ticket: {why}")
}

/// An incident was merged into another.
#[must_use]
pub fn merged(number: Number) -> String {
    format!("#{number} was merged into another incident, which speaks for both.")
}

/// A remark that came through a source.
#[must_use]
pub fn source_note(alert: &Alert, text: &str) -> String {
    format!("{}: {text}", alert.label("alertname"))
}

/// An order to open or close something came too late.
#[must_use]
pub fn overtaken(is_over: bool) -> &'static str {
    if is_over {
        "not needed any more: the incident is over"
    } else {
        "not needed any more: the incident is open again"
    }
}
