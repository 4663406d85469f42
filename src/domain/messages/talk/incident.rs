//! What is said of incidents to people who ask.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::duration;
use crate::domain::ids::Number;
use crate::domain::incident::{Counts, Phase};
use crate::domain::ticket::Status;

/// What happened when somebody took an incident.
#[must_use]
pub fn taken(number: Number, by: &str, lead: Option<&str>) -> String {
    match lead.filter(|lead| *lead != by) {
        Some(lead) => format!("#{number} is yours, {by}. No further pages. {lead} leads."),
        None => format!("#{number} is yours, {by}. No further pages."),
    }
}

/// Somebody said that it is over.
#[must_use]
pub fn resolved_by(number: Number, firing: u32) -> String {
    match firing {
        0 => format!("#{number} is resolved."),
        1 => format!(
            "#{number} is resolved. 1 alert still fires: you hear of it when it fires anew."
        ),
        many => format!(
            "#{number} is resolved. {many} alerts still fire: you hear of it when one fires anew."
        ),
    }
}

/// A remark was kept.
#[must_use]
pub fn noted(number: Number) -> String {
    format!("Kept in the timeline of #{number}.")
}

/// The severity was changed.
#[must_use]
pub fn rated(number: Number, severity: &str) -> String {
    format!("#{number} is {severity} now.")
}

/// Somebody leads it.
#[must_use]
pub fn leads(number: Number, lead: &str) -> String {
    format!("{lead} leads #{number} now.")
}

/// An incident cannot be merged into itself.
#[must_use]
pub fn same_incident(number: Number) -> String {
    format!("Nothing was merged: #{number} is one incident.")
}

/// It belongs to another one.
#[must_use]
pub fn merged_into(number: Number, into: Number) -> String {
    format!("#{number} belongs to #{into} now, which speaks for both.")
}

/// Where an incident stands, in a word.
#[must_use]
pub fn state(phase: Phase) -> &'static str {
    match phase {
        Phase::Quiet => "quiet",
        Phase::Triggered => "untaken",
        Phase::Acknowledged => "taken",
        Phase::Resolved => "resolved",
        Phase::Closed => "closed",
        Phase::Merged => "merged",
    }
}

/// `#12 cms is slow (sev2)`.
#[must_use]
pub fn standing(number: u64, title: &str, severity: &str) -> String {
    format!("#{number} {title} ({severity})")
}

/// Whether it is open, who has it, and for how long.
#[must_use]
pub fn phase(phase: Phase, by: Option<&str>, age: Option<TimeDelta>) -> String {
    let age = age.map(|age| format!(", open for {}", rough(age))).unwrap_or_default();
    match (phase, by) {
        (Phase::Quiet, _) => "Not open.".to_owned(),
        (Phase::Triggered, _) => format!("Nobody has taken it{age}. Type: ack"),
        (Phase::Acknowledged, Some(by)) => format!("{by} has taken it{age}."),
        (Phase::Acknowledged, None) => format!("Taken{age}."),
        (Phase::Resolved, _) => "Resolved.".to_owned(),
        (Phase::Closed, _) => "Over and closed.".to_owned(),
        (Phase::Merged, _) => "Merged into another incident, which speaks for both.".to_owned(),
    }
}

/// A length of time as people say it: its two largest parts.
fn rough(age: TimeDelta) -> String {
    let seconds = age.num_seconds().max(0);
    let unit = match seconds {
        0..3600 => 60,
        3600..86_400 => 60,
        _ => 3600,
    };
    if seconds < 60 {
        return format!("{seconds}s");
    }
    duration::format(TimeDelta::seconds(seconds - seconds % unit))
}

/// How many alerts there are of each kind.
#[must_use]
pub fn counts(counts: &Counts) -> String {
    let mut parts = vec![format!("{} firing", counts.firing)];
    let others = [
        (counts.held, "held back"),
        (counts.resolved, "resolved"),
        (counts.stale, "stale"),
        (counts.flapping, "flapping"),
    ];
    parts
        .extend(others.iter().filter(|it| it.0 > 0).map(|(count, what)| format!("{count} {what}")));
    format!("Alerts: {}.", parts.join(", "))
}

/// Everything at once.
#[must_use]
pub fn overall(open: usize, untaken: usize, missing: &[String]) -> String {
    let incidents = match (open, untaken) {
        (0, _) => "All is quiet: no incident is open.".to_owned(),
        (1, 0) => "1 incident is open, and it is taken. Which: incidents".to_owned(),
        (1, _) => "1 incident is open, and nobody has taken it. Which: incidents".to_owned(),
        (open, 0) => format!("{open} incidents are open, all are taken. Which: incidents"),
        (open, untaken) => {
            format!("{open} incidents are open, {untaken} of them not taken. Which: incidents")
        }
    };
    match missing {
        [] => format!("{incidents}\nwarroom is well."),
        missing => format!("{incidents}\nwarroom is not well: {}.", missing.join("; ")),
    }
}

/// How many alerts fire, and the worst of them.
#[must_use]
pub fn alerts(firing: usize, all: usize, of: Option<Number>, worst: Option<&str>) -> String {
    let of = of.map(|number| format!(" of #{number}")).unwrap_or_default();
    let worst = worst.map(|worst| format!(", the worst is {worst}")).unwrap_or_default();
    match (firing, all) {
        (_, 0) => format!("No alerts{of}."),
        (0, all) => format!("Nothing{of} fires; {all} are held back or over."),
        (1, _) => format!("1 alert{of} fires{worst}."),
        (firing, _) => format!("{firing} alerts{of} fire{worst}."),
    }
}

/// How many incidents there are, and the worst of them.
#[must_use]
pub fn incidents(which: &str, count: usize, worst: Option<(u64, &str, &str)>) -> String {
    let worst = worst.map(|(number, severity, title)| format!(" #{number} ({severity}): {title}."));
    let worst = worst.unwrap_or_default();
    match (which, count) {
        ("mine", 0) => "No open incident is yours.".to_owned(),
        ("mine", 1) => format!("1 open incident is yours.{worst}"),
        ("mine", count) => format!("{count} open incidents are yours, the worst:{worst}"),
        ("all", 0) => "There was no incident so far.".to_owned(),
        ("all", count) => format!("{count} incidents, the open ones first."),
        (_, 0) => "All is quiet: no incident is open.".to_owned(),
        (_, 1) => format!("1 incident is open.{worst}"),
        (_, count) => format!("{count} incidents are open, the worst:{worst}"),
    }
}

/// Which events are shown.
#[must_use]
pub fn timeline(number: Number, shown: usize, all: usize) -> String {
    if shown == all {
        return format!("All {all} events of #{number}:");
    }
    format!(
        "The last {shown} of {all} events of #{number}. More: timeline {}",
        (shown * 3).min(100)
    )
}

/// One event of a story.
#[must_use]
pub fn at(at: DateTime<Utc>, what: &str) -> String {
    format!("{} {what}", at.format("%H:%M UTC"))
}

/// What fires, by name, and how many more.
#[must_use]
pub fn firing_now(names: &[String], most: usize) -> Option<String> {
    let shown: Vec<&str> = names.iter().take(most).map(String::as_str).collect();
    let more = names.len().saturating_sub(most);
    match (shown.as_slice(), more) {
        ([], _) => None,
        (shown, 0) => Some(format!("Firing: {}.", shown.join(", "))),
        (shown, more) => Some(format!("Firing: {} and {more} more.", shown.join(", "))),
    }
}

/// How many tickets there are.
#[must_use]
pub fn tickets(which: &str, count: usize) -> String {
    match (which, count) {
        ("open", 0) => "No ticket is open.".to_owned(),
        ("open", 1) => "1 ticket is open.".to_owned(),
        ("open", count) => format!("{count} tickets are open."),
        (_, 0) => "There are no tickets.".to_owned(),
        (_, 1) => "1 ticket:".to_owned(),
        (_, count) => format!("{count} tickets, the newest first:"),
    }
}

/// A ticket's status, in a word.
#[must_use]
pub fn ticket_status(status: Status) -> &'static str {
    match status {
        Status::Open => "open",
        Status::Closed => "closed",
    }
}

/// One ticket, in a line.
#[must_use]
pub fn ticket(id: &str, title: &str, status: Status, incident: u64) -> String {
    format!("{id} is {}: {title}. Incident #{incident}.", ticket_status(status))
}

/// One ticket of a tracker outside, in the tracker's own word for its status.
#[must_use]
pub fn ticket_elsewhere(id: &str, title: &str, status: &str, page: Option<&str>) -> String {
    let page = page.map(|page| format!("\n{page}")).unwrap_or_default();
    format!("{id} is {status}: {title}.{page}")
}
