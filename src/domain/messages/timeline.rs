//! What happened, told in one sentence for each event: a timeline that can be read at a postmortem.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::incident::clock;
use super::plain::plain;
use super::why::{held_by, limit};
use crate::domain::alert::Alert;
use crate::domain::ids::{CaseId, Fingerprint, Number};
use crate::domain::incident::{Cause, Event, HeldBy, Planned, Policy, Stored};
use crate::domain::oncall::{Contact, Missed};

/// Characters of a name, or of what a source or a person wrote.
const NAME_MAX: usize = 120;
const TEXT_MAX: usize = 2000;
/// The labels that tell the alerts of one incident apart, the first that an alert has.
const APART: [&str; 5] = ["instance", "host", "pod", "device", "job"];

/// What events name by an id only.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// Alerts, by [`alert_name`].
    pub alerts: BTreeMap<Fingerprint, String>,
    /// Incidents.
    pub incidents: BTreeMap<CaseId, Number>,
}

impl Names {
    fn alert(&self, fingerprint: Fingerprint) -> String {
        let name = self.alerts.get(&fingerprint);
        name.cloned().unwrap_or_else(|| format!("alert {fingerprint}"))
    }

    fn incident(&self, case: CaseId) -> String {
        let number = self.incidents.get(&case);
        number.map_or_else(|| format!("case {case}"), |number| format!("#{number}"))
    }
}

/// What people call an alert: its name, and what tells it from its like.
#[must_use]
pub fn alert_name(alert: &Alert) -> String {
    let name = match alert.label("alertname") {
        "" => "an alert without a name",
        name => name,
    };
    let apart = APART.iter().map(|label| alert.label(label)).find(|value| !value.is_empty());
    match apart {
        Some(apart) => format!("{} on {}", plain(name, NAME_MAX), plain(apart, NAME_MAX)),
        None => plain(name, NAME_MAX),
    }
}

/// What happened, in one sentence.
#[must_use]
pub fn happened(stored: &Stored, names: &Names) -> String {
    match &stored.event {
        Event::CaseBegan { .. } => "The first alert of this group was seen.".to_owned(),
        Event::AlertFired { alert, .. } => fired(alert),
        Event::AlertHeld { alert, by, .. } => held(alert, by),
        Event::AlertReleased { fingerprint } => {
            format!("{} is no longer held back.", names.alert(*fingerprint))
        }
        Event::AlertsKept { until } => kept(until, names),
        Event::AlertChanged { alert, .. } => {
            format!("{} has new annotations or a new link.", alert_name(alert))
        }
        Event::AlertResolved { fingerprint, ended_at, alert, .. } => {
            let name = alert.as_deref().map_or_else(|| names.alert(*fingerprint), alert_name);
            format!("{name} has ended, at {}.", clock(*ended_at))
        }
        Event::AlertWentStale { .. }
        | Event::AlertLeft { .. }
        | Event::FlappingStarted { .. }
        | Event::FlappingStopped { .. } => quieter(&stored.event, names),
        Event::IncidentOpened { number, policy, parent } => {
            opened(*number, policy, parent.map(|parent| names.incident(parent)))
        }
        Event::OpeningThrottled { limit: by, until } => {
            format!("The opening was held back by {} until {}.", limit(by), clock(*until))
        }
        Event::IncidentAcknowledged { by } => format!("{} took it.", name(by)),
        Event::IncidentReopened {} => "It came back: the incident re-opened.".to_owned(),
        Event::IncidentResolved { cause } => resolved(cause),
        Event::IncidentClosed {} => "The incident was closed.".to_owned(),
        Event::IncidentMerged { into } => {
            format!("It was merged into {}, which speaks for both.", names.incident(*into))
        }
        Event::SeverityChanged { severity, by } => severity_changed(severity, by),
        Event::LeadChanged { lead, by } => lead_changed(lead, by),
        Event::NoteAdded { by, text: note } => format!("{} noted: {}", name(by), text(note)),
        Event::ChildJoined { number, title, .. } => format!("#{number} joined: {}.", name(title)),
        Event::ChildLeft { child: of } => {
            format!("{}, which joined, is over.", names.incident(*of))
        }
        Event::ChildRefused { child: of } => {
            format!("{} wanted to join and speaks for itself.", names.incident(*of))
        }
        Event::Escalated { step } => format!("Step {step} of the escalation was paged."),
        Event::StepResolved { .. }
        | Event::PeopleCalled { .. }
        | Event::PersonPaged { .. }
        | Event::PageDelivered { .. }
        | Event::PageFailed { .. }
        | Event::EscalationHurried { .. }
        | Event::AcknowledgementWentStale { .. } => called(&stored.event),
        Event::EscalationExhausted {} => "Everybody was paged and nobody answered.".to_owned(),
        Event::RoomOpened { room } => format!("The room {} is open.", name(room)),
        Event::RoomFailed { why } => format!("There will be no room: {}.", text(why)),
        Event::TicketOpened { ticket } => format!("The ticket {} is open.", name(ticket)),
        Event::TicketFailed { why } => format!("There will be no ticket: {}.", text(why)),
        Event::RunStarted { run } => format!("The runbook started as run {}.", name(run)),
        Event::RunRefused { why } => {
            format!("The runbook did not start, nothing was changed: {}.", text(why))
        }
        Event::RunOutcomeUnknown { why } => run_unknown(why),
        Event::RunTold { number, word, .. } => super::run::told(*number, word),
        Event::Run { fact } => super::run::happened(fact),
        Event::EffectDone { effect, .. } => done(effect),
        Event::EffectFailed { effect, why } => failed(effect, why),
        Event::Impossible { why } => impossible(why),
    }
}

/// What happened to an alert that says less from now on.
fn quieter(event: &Event, names: &Names) -> String {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "`happened` lists every event; these are its quieter alerts"
    )]
    match event {
        Event::AlertWentStale { fingerprint: of } => {
            format!("{} went stale: its source said nothing for too long.", names.alert(*of))
        }
        Event::AlertLeft { fingerprint } => {
            format!("{} belongs to another case from now on.", names.alert(*fingerprint))
        }
        Event::FlappingStarted { fingerprint, changes } => {
            format!(
                "{} flaps ({changes} changes): silent until it calms.",
                names.alert(*fingerprint)
            )
        }
        Event::FlappingStopped { fingerprint } => {
            format!("{} has calmed and flaps no longer.", names.alert(*fingerprint))
        }
        _ => String::new(),
    }
}

/// What happened to people who are called.
fn called(event: &Event) -> String {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "`happened` lists every event; these are its calls"
    )]
    match event {
        Event::StepResolved { step, calls, missed, .. } => step_resolved(*step, calls, missed),
        Event::PeopleCalled { by, whom, .. } => {
            format!("{} called {}.", name(by), text(&whom.join(", ")))
        }
        Event::PersonPaged { contact } => format!("{} was paged.", person(contact)),
        Event::PageDelivered { contact, .. } => {
            format!("The page to {} was handed over.", person(contact))
        }
        Event::PageFailed { contact, why } => {
            format!("The page to {} could not be delivered: {}.", person(contact), text(why))
        }
        Event::EscalationHurried { by } => {
            format!("{} wants the next step of the escalation now.", name(by))
        }
        Event::AcknowledgementWentStale { by } => {
            format!("{} took it and said nothing since: the escalation goes on.", name(by))
        }
        _ => String::new(),
    }
}

fn impossible(why: &str) -> String {
    format!("warroom met a state that should not exist, and went on: {}.", text(why))
}

fn name(text: &str) -> String {
    plain(text, NAME_MAX)
}

fn text(text: &str) -> String {
    plain(text, TEXT_MAX)
}

fn person(contact: &Contact) -> String {
    format!("{} by {}", name(&contact.person), name(&contact.pager))
}

fn step_resolved(step: u16, calls: &[Planned], missed: &[Missed]) -> String {
    let mut people: Vec<String> = calls.iter().map(|call| name(&call.contact.person)).collect();
    people.dedup();
    let missed: Vec<String> = missed.iter().map(ToString::to_string).collect();
    let missed =
        if missed.is_empty() { String::new() } else { format!(" ({})", text(&missed.join("; "))) };
    match (step, people.as_slice()) {
        (0, _) => "No step of the escalation is for this severity at this hour.".to_owned(),
        (step, []) => format!("Step {step} is for nobody by name{missed}."),
        (step, people) => format!("Step {step} is for {}{missed}.", people.join(", ")),
    }
}

fn fired(alert: &Alert) -> String {
    let (what, source) = (alert_name(alert), name(&alert.source));
    if alert.is_start_unnamed {
        return format!("{what} fires; {source} said so.");
    }
    format!("{what} fires since {}; {source} said so.", clock(alert.starts_at))
}

fn held(alert: &Alert, by: &HeldBy) -> String {
    format!("{} fires and is held back: {}.", alert_name(alert), text(&held_by(by)))
}

fn lead_changed(lead: &str, by: &str) -> String {
    if lead == by {
        return format!("{} leads.", name(lead));
    }
    format!("{} leads from now on, says {}.", name(lead), name(by))
}

fn severity_changed(severity: &str, by: &str) -> String {
    format!("{} set the severity to {}.", name(by), name(severity))
}

fn run_unknown(why: &str) -> String {
    format!("Nobody knows whether the runbook started: {}. It is not repeated.", text(why))
}

fn failed(effect: &str, why: &str) -> String {
    format!("{} failed for good: {}.", order(effect), text(why))
}

fn kept(until: &[(Fingerprint, Option<DateTime<Utc>>)], names: &Names) -> String {
    match until {
        [(one, _)] => format!("{} still fires.", names.alert(*one)),
        many => format!("{} alerts still fire.", many.len()),
    }
}

fn opened(number: Number, policy: &Policy, parent: Option<String>) -> String {
    let (title, rule) = (plain(&policy.title, NAME_MAX), &policy.rule);
    let place = format!("rule {} ({}:{})", rule.name, rule.file, rule.line);
    let severity = &policy.severity;
    match parent {
        None => format!("#{number} opened as {severity} by {place}: {title}."),
        Some(parent) => {
            format!(
                "#{number} opened as {severity} by {place}, in silence as a part of {parent}: {title}."
            )
        }
    }
}

fn resolved(cause: &Cause) -> String {
    match cause {
        Cause::AlertsCleared => "Resolved: all alerts have cleared.".to_owned(),
        Cause::Person { by } => format!("{} said that it is over.", name(by)),
        Cause::Parent => "Resolved with the incident that speaks for it.".to_owned(),
    }
}

/// An order by its kind, [`crate::domain::incident::Effect::kind`].
fn order(effect: &str) -> &'static str {
    match effect {
        "close_room" => "Closing the room",
        "reopen_room" => "Opening the room again",
        "post" => "A post",
        "close_ticket" => "Closing the ticket",
        "reopen_ticket" => "Opening the ticket again",
        "page" => "A page",
        "stop_page" => "Telling those who were paged",
        "graph" => "A graph",
        "tell" => "A word to another incident",
        _ => "An order",
    }
}

fn done(effect: &str) -> String {
    match effect {
        "close_room" => "The room was closed.",
        "reopen_room" => "The room was opened again.",
        "post" => "Something was said in a room.",
        "close_ticket" => "The ticket was closed.",
        "reopen_ticket" => "The ticket was opened again.",
        "page" => "A page was delivered.",
        "stop_page" => "Those who were paged were told that it is over.",
        "graph" => "A graph was posted.",
        "start_run" => "The runbook is only watched: nothing was started.",
        _ => "An order was carried out.",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENTS: &str = include_str!("../../../tests/golden/events.jsonl");

    #[test]
    fn every_event_ever_written_is_told_in_one_sentence() {
        for line in EVENTS.lines() {
            let stored: Stored = serde_json::from_str(line).unwrap();
            let told = happened(&stored, &Names::default());
            assert!(told.len() > 10 && !told.contains('\n'), "{line}: {told}");
        }
    }

    #[test]
    fn what_an_event_names_by_its_id_is_named() {
        let resolved = r#"{"n":3,"at":"2026-01-01T00:00:00Z","event":"alert_resolved","fingerprint":"0000000000000007","starts_at":"2026-01-01T00:00:00Z","ended_at":"2026-01-01T00:05:00Z"}"#;
        let stored: Stored = serde_json::from_str(resolved).unwrap();
        let mut names = Names::default();
        assert!(happened(&stored, &names).starts_with("alert 0000000000000007 has ended"));
        names.alerts.insert(Fingerprint(7), "DiskFull on db1".to_owned());
        let told = happened(&stored, &names);
        assert_eq!(told, "DiskFull on db1 has ended, at 2026-01-01 00:05 UTC.");
    }
}
