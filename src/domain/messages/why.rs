//! Why something was done, or was not: rule, file, line and reason.

use super::incident::clock;
use crate::domain::ids::{Fingerprint, Number};
use crate::domain::incident::{Event, Head, HeldBy, Member, MemberStatus, Phase, RuleRef, Stored};
use crate::domain::rules::Tried;

/// A command does not fit the phase of its incident.
#[must_use]
pub fn not_now(number: Number, phase: Phase) -> String {
    let stands = match phase {
        Phase::Quiet => "has not opened",
        Phase::Triggered | Phase::Acknowledged => "is open",
        Phase::Resolved => "is resolved already",
        Phase::Closed => "is closed already",
        Phase::Merged => "was merged into another incident",
    };
    format!("#{number} {stands}: nothing was changed")
}

/// Nobody has heard of an alert.
#[must_use]
pub fn unknown_alert(fingerprint: Fingerprint) -> String {
    format!(
        "no alert with the fingerprint {fingerprint} is known: it was never reported here, or was forgotten long after its end"
    )
}

/// One word for where an alert stands.
#[must_use]
pub fn status(status: &MemberStatus) -> &'static str {
    match status {
        MemberStatus::Firing => "firing",
        MemberStatus::Held(_) => "held",
        MemberStatus::Resolved => "resolved",
        MemberStatus::Stale => "stale",
    }
}

/// What holds an alert back, with its place.
pub(super) fn held_by(by: &HeldBy) -> String {
    match by {
        HeldBy::NoRule => "no rule matches it".to_owned(),
        HeldBy::Silence { id, comment, until } => {
            let until = until.map_or_else(String::new, |until| {
                format!(" until {}", until.format("%Y-%m-%d %H:%M UTC"))
            });
            format!("silence {id} ({comment}) holds it{until}")
        }
        HeldBy::Inhibition { rule, file, line, source } => {
            format!("inhibition {rule} ({file}:{line}) holds it while alert {source} fires")
        }
        HeldBy::Downtime => "its source has it in a downtime".to_owned(),
        HeldBy::SourceFlapping => "its source says that it is flapping".to_owned(),
    }
}

fn rule(head: &Head) -> String {
    head.policy.as_ref().map_or_else(|| "no rule".to_owned(), |policy| place(&policy.rule))
}

fn place(rule: &RuleRef) -> String {
    format!("rule {} ({}:{})", rule.name, rule.file, rule.line)
}

/// The limit with this key in the brain, as people know it.
pub(super) fn limit(key: &str) -> String {
    match key.strip_prefix("rooms/rule/") {
        Some(rule) => format!("the limit on rooms of rule {rule}"),
        None if key == "rooms/global" => "the limit on all incidents".to_owned(),
        None => format!("the limit {key}"),
    }
}

/// The answer to "why" in one sentence; `owner` is the rule that wants the alert today.
#[must_use]
pub fn why(head: &Head, member: &Member, owner: Option<&RuleRef>) -> String {
    let number = head.number.map(|number| format!("incident #{number}"));
    match (&member.status, number) {
        (MemberStatus::Held(by), Some(number)) => {
            format!("It is held back inside {number}: {}.", held_by(by))
        }
        (MemberStatus::Held(by), None) => format!("It did nothing: {}.", held_by(by)),
        (MemberStatus::Firing, Some(number))
            if matches!(head.phase, Phase::Resolved | Phase::Closed) =>
        {
            let over = head
                .resolved_by
                .as_ref()
                .map_or_else(|| "is over".to_owned(), |by| format!("was resolved by {by}"));
            format!("It fires, but {number} {over}: nobody hears of it until it fires anew.")
        }
        (MemberStatus::Firing, Some(number)) => {
            format!("It fires, and belongs to {number} by {}.", rule(head))
        }
        (MemberStatus::Firing, None) => match head.throttled_until {
            Some(until) => format!(
                "It fires, {} wants it, and its incident waits for {} until {}.",
                owner.map_or_else(|| "no rule".to_owned(), place),
                limit(&head.throttled_by),
                until.format("%Y-%m-%d %H:%M UTC")
            ),
            None => "It fires, and its incident has not opened yet.".to_owned(),
        },
        (MemberStatus::Resolved, Some(number)) => {
            format!("It has ended; it belonged to {number} by {}.", rule(head))
        }
        (MemberStatus::Resolved, None) => "It has ended, and never opened an incident.".to_owned(),
        (MemberStatus::Stale, Some(number)) => {
            format!("Its source has not reported it for too long; it belongs to {number}.")
        }
        (MemberStatus::Stale, None) => {
            "Its source has not reported it for too long; it never opened an incident.".to_owned()
        }
    }
}

/// Each verdict, in the order of the pipeline.
#[must_use]
pub fn verdicts(head: &Head, member: &Member) -> Vec<String> {
    let mut verdicts = Vec::new();
    let held = if let MemberStatus::Held(by) = &member.status { Some(by) } else { None };
    let by_silence = held.filter(|by| matches!(by, HeldBy::Silence { .. }));
    verdicts.push(by_silence.map_or_else(
        || "silence: none holds it".to_owned(),
        |by| format!("silence: {}", held_by(by)),
    ));
    let by_other = held.filter(|by| {
        matches!(by, HeldBy::Inhibition { .. } | HeldBy::Downtime | HeldBy::SourceFlapping)
    });
    verdicts.push(by_other.map_or_else(
        || "inhibition: none holds it".to_owned(),
        |by| format!("inhibition: {}", held_by(by)),
    ));
    verdicts.push(if member.flapping {
        format!("flapping: yes, {} changes are remembered", member.changes.len())
    } else {
        "flapping: no".to_owned()
    });
    verdicts.push(format!("grouping: {}", head.group));
    verdicts.push(match (head.throttled_until, head.number, head.parent) {
        (Some(until), None, _) => {
            let (limit, until) = (limit(&head.throttled_by), until.format("%Y-%m-%d %H:%M UTC"));
            format!("throttle: {limit} holds the opening until {until}")
        }
        (_, Some(_), Some(parent)) => {
            format!("throttle: the storm's umbrella, case {parent}, speaks for it")
        }
        (_, Some(_), None) => "throttle: none held it".to_owned(),
        (None, None, _) => "throttle: not asked, nothing wants to open".to_owned(),
    });
    verdicts
}

/// One rule that was tried, and what decided.
#[must_use]
pub fn tried(tried: &Tried) -> String {
    let place = format!("{} ({}:{})", tried.rule.name, tried.rule.file, tried.rule.line);
    match &tried.failed_matcher {
        None if tried.matched => format!("{place} matches"),
        None => format!("{place} does not match"),
        Some(matcher) => format!("{place} does not match: {}", failed(matcher, &tried.found)),
    }
}

/// A matcher that does not hold, and what it met.
pub(super) fn failed(matcher: &str, found: &str) -> String {
    if found.is_empty() {
        return format!("{matcher}, and it has no such label");
    }
    format!("{matcher}, and it has {found:?}")
}

/// What one event says of an alert; none when it says nothing of it.
#[must_use]
pub fn told(stored: &Stored, about: Fingerprint) -> Option<String> {
    let of = |fingerprint: &Fingerprint| *fingerprint == about;
    let what = match &stored.event {
        Event::AlertFired { fingerprint, .. } if of(fingerprint) => "fired".to_owned(),
        Event::AlertHeld { fingerprint, by, .. } if of(fingerprint) => {
            format!("held: {}", held_by(by))
        }
        Event::AlertReleased { fingerprint } if of(fingerprint) => "no longer held".to_owned(),
        Event::AlertChanged { fingerprint, .. } if of(fingerprint) => {
            "has new annotations".to_owned()
        }
        Event::AlertResolved { fingerprint, .. } if of(fingerprint) => "ended".to_owned(),
        Event::AlertWentStale { fingerprint } if of(fingerprint) => "went stale".to_owned(),
        Event::AlertLeft { fingerprint } if of(fingerprint) => "left for another case".to_owned(),
        Event::FlappingStarted { fingerprint, changes } if of(fingerprint) => {
            format!("began to flap ({changes} changes)")
        }
        Event::FlappingStopped { fingerprint } if of(fingerprint) => "stopped flapping".to_owned(),
        Event::IncidentOpened { number, policy, .. } => format!(
            "incident #{number} opened by rule {} ({}:{})",
            policy.rule.name, policy.rule.file, policy.rule.line
        ),
        Event::OpeningThrottled { limit, until } => {
            format!("the opening was held back by {} until {}", self::limit(limit), clock(*until))
        }
        Event::IncidentReopened {} => "the incident re-opened".to_owned(),
        Event::IncidentResolved { .. } => "the incident was resolved".to_owned(),
        Event::AlertFired { .. }
        | Event::AlertHeld { .. }
        | Event::AlertReleased { .. }
        | Event::AlertsKept { .. }
        | Event::AlertChanged { .. }
        | Event::AlertResolved { .. }
        | Event::AlertWentStale { .. }
        | Event::AlertLeft { .. }
        | Event::FlappingStarted { .. }
        | Event::FlappingStopped { .. }
        | Event::CaseBegan { .. }
        | Event::IncidentAcknowledged { .. }
        | Event::IncidentClosed {}
        | Event::IncidentMerged { .. }
        | Event::SeverityChanged { .. }
        | Event::LeadChanged { .. }
        | Event::NoteAdded { .. }
        | Event::ChildJoined { .. }
        | Event::ChildLeft { .. }
        | Event::ChildRefused { .. }
        | Event::Escalated { .. }
        | Event::StepResolved { .. }
        | Event::PeopleCalled { .. }
        | Event::PersonPaged { .. }
        | Event::PageDelivered { .. }
        | Event::PageFailed { .. }
        | Event::EscalationHurried { .. }
        | Event::AcknowledgementWentStale { .. }
        | Event::EscalationExhausted {}
        | Event::RoomOpened { .. }
        | Event::RoomFailed { .. }
        | Event::TicketOpened { .. }
        | Event::TicketFailed { .. }
        | Event::RunStarted { .. }
        | Event::RunRefused { .. }
        | Event::RunOutcomeUnknown { .. }
        | Event::RunTold { .. }
        | Event::Run { .. }
        | Event::EffectDone { .. }
        | Event::EffectFailed { .. }
        | Event::Impossible { .. } => return None,
    };
    Some(format!("{} {what}", stored.at.format("%Y-%m-%d %H:%M:%S UTC")))
}
