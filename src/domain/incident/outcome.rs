//! What timers, ended effects and people's commands mean for an incident.

use chrono::{DateTime, Utc};
use compact_str::CompactString;

use super::course::{card, close, close_outside, resolve, say, tell_ops};
use super::decide::{Draft, Reason, TimerSet};
use super::effect::{Effect, Timer};
use super::event::{Cause, Event};
use super::input::{Command, Input, Outcome};
use super::joining::parent_resolved;
use super::paging;
use super::policy::RunMode;
use super::reports::{acknowledge, changes_within};
use super::state::{MemberStatus, Phase, Slot};
use super::turned::set_right;
use crate::domain::ids::{CaseId, Fingerprint};
use crate::domain::messages;
use crate::domain::run;

/// A wait is over.
pub(super) fn due(draft: &mut Draft<'_>, timer: Timer) {
    match timer {
        Timer::Expiry => expire(draft),
        Timer::Calm => calm(draft),
        Timer::Escalate => paging::ring(draft),
        Timer::Card => {
            if let Slot::There(room) = draft.state().head.room.clone() {
                let card = card(&draft.state().head, &room);
                draft.order(card);
            }
        }
        Timer::Close => {
            if draft.state().head.phase == Phase::Resolved {
                close(draft);
            }
        }
        Timer::Forget => forget(draft),
        // The engine turns this one into `Input::Reconsidered`, which needs the noise rules.
        Timer::Reconsider => {}
        Timer::Run => super::run::hear(draft, &run::Input::Due {}),
    }
}

fn expire(draft: &mut Draft<'_>) {
    let (now, grace) = (draft.context.now, draft.context.settings.grace());
    let is_waiting =
        |status: &MemberStatus| matches!(status, MemberStatus::Firing | MemberStatus::Held(_));
    let waiting: Vec<(Fingerprint, DateTime<Utc>)> = draft
        .state()
        .members
        .iter()
        .filter(|(_, member)| is_waiting(&member.status))
        .filter_map(|(fingerprint, member)| Some((*fingerprint, member.stale_at(grace)?)))
        .collect();
    let (over, alive): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|(_, due)| *due <= now);
    for (fingerprint, _) in &over {
        let fingerprint = *fingerprint;
        draft.emit_on(fingerprint, Event::AlertWentStale { fingerprint });
        draft.decision.reasons.push((Some(fingerprint), Reason::WentStale));
    }
    if let Some(next) = alive.iter().map(|(_, due)| *due).min() {
        draft.set(Timer::Expiry, TimerSet::At(next));
    }
    let head = draft.state().head.clone();
    // Nothing says that the problem is over, only that nobody speaks of it: people decide.
    if head.is_open() && !over.is_empty() && head.counts.firing == 0 {
        say(draft, messages::gone_stale(&head));
    }
}

fn calm(draft: &mut Draft<'_>) {
    let (now, settings) = (draft.context.now, draft.context.settings);
    let flapping: Vec<(Fingerprint, u32)> = draft
        .state()
        .members
        .iter()
        .filter(|(_, member)| member.flapping)
        .map(|(fingerprint, member)| {
            (*fingerprint, changes_within(member, settings.flap_window, now))
        })
        .collect();
    let mut still = false;
    for (fingerprint, changes) in flapping {
        if changes <= settings.flap_low {
            draft.emit_on(fingerprint, Event::FlappingStopped { fingerprint });
        } else {
            still = true;
        }
    }
    if still {
        draft.after(Timer::Calm, settings.flap_window / 4);
    }
}

fn forget(draft: &mut Draft<'_>) {
    let head = &draft.state().head;
    let phase = head.phase;
    let is_over = match phase {
        // What a person closed over a held alert: the alert is still to be let go.
        Phase::Closed => head.counts.held == 0,
        Phase::Quiet => head.counts.firing + head.counts.held == 0,
        Phase::Triggered | Phase::Acknowledged | Phase::Resolved | Phase::Merged => false,
    };
    draft.decision.forget = is_over;
    if phase == Phase::Closed && !is_over {
        draft.after(Timer::Forget, draft.context.settings.keep_closed);
    }
}

/// An effect has ended.
pub(super) fn ended(draft: &mut Draft<'_>, effect: &Effect, outcome: &Outcome) {
    if let Effect::Work { work } = effect {
        return super::run::work_ended(draft, work, outcome);
    }
    match outcome {
        Outcome::Done { receipt } => done(draft, effect, &receipt.id),
        Outcome::Failed { why } => failed(draft, effect, why),
        Outcome::Unknown { why } => unknown(draft, effect, why),
    }
}

/// Nobody knows whether it was done: for a run, a person finds out; what opens and closes things is
/// done again in the way that is wanted now.
fn unknown(draft: &mut Draft<'_>, effect: &Effect, why: &str) {
    match effect {
        Effect::CloseRoom { .. }
        | Effect::ReopenRoom { .. }
        | Effect::CloseTicket { .. }
        | Effect::ReopenTicket { .. } => {
            failed(draft, effect, why);
            set_right(draft, effect);
        }
        Effect::OpenRoom { .. }
        | Effect::OpenTicket { .. }
        | Effect::Post { .. }
        | Effect::Page { .. }
        | Effect::StopPage { .. }
        | Effect::Graph { .. }
        | Effect::StartRun { .. }
        | Effect::Work { .. }
        | Effect::Tell { .. } => {
            draft.emit(Event::RunOutcomeUnknown { why: why.to_owned() });
            say(draft, messages::run_unknown(effect, why));
        }
    }
}

fn done(draft: &mut Draft<'_>, effect: &Effect, id: &CompactString) {
    match effect {
        Effect::OpenRoom { .. } => room_opened(draft, id),
        Effect::OpenTicket { .. } => ticket_opened(draft, id),
        Effect::StartRun { mode, runbook, .. } if *mode != RunMode::Auto => {
            // A run that is a case speaks for itself; its receipt is its number.
            if id.parse::<u64>().is_err() {
                say(draft, messages::run_watched(runbook));
            }
            let (effect, receipt) = (effect.kind().into(), id.clone());
            draft.emit(Event::EffectDone { effect, receipt });
        }
        Effect::StartRun { runbook, .. } => {
            draft.emit(Event::RunStarted { run: id.clone() });
            say(draft, messages::run_started(runbook, id));
        }
        Effect::Page { to, .. } => paging::page_done(draft, to.as_ref(), id),
        // An edit of the card and a word to another case leave no trace here.
        Effect::Tell { .. }
        | Effect::Work { .. }
        | Effect::Post { key: super::PostKey::Card, .. } => {}
        Effect::Post { key: super::PostKey::Line | super::PostKey::Slot(_), .. }
        | Effect::CloseRoom { .. }
        | Effect::ReopenRoom { .. }
        | Effect::CloseTicket { .. }
        | Effect::ReopenTicket { .. }
        | Effect::StopPage { .. }
        | Effect::Graph { .. } => {
            let (kind, receipt) = (effect.kind().into(), id.clone());
            draft.emit(Event::EffectDone { effect: kind, receipt });
            close_after_graph(draft, effect);
            set_right(draft, effect);
        }
    }
}

/// A room that only waited for its last graph closes when that is there, or will not be.
fn close_after_graph(draft: &mut Draft<'_>, effect: &Effect) {
    let head = &draft.state().head;
    let closes_at_once =
        head.policy.as_ref().is_some_and(|policy| policy.timing.close_after.is_zero());
    let is_graph = matches!(effect, Effect::Graph { .. });
    if is_graph && closes_at_once && head.phase == Phase::Resolved {
        draft.set(Timer::Close, TimerSet::Cancel);
        close(draft);
    }
}

fn room_opened(draft: &mut Draft<'_>, room: &CompactString) {
    draft.emit(Event::RoomOpened { room: room.clone() });
    let head = draft.state().head.clone();
    let Some(policy) = &head.policy else { return };
    if matches!(head.phase, Phase::Closed | Phase::Merged) {
        // It came too late: the incident is over.
        draft.order(card(&head, room));
        draft.order(Effect::CloseRoom { room: room.clone() });
        return;
    }
    draft.order(card(&head, room));
    for query in &policy.graphs {
        draft.order(Effect::Graph { room: room.clone(), query: query.clone() });
    }
}

fn ticket_opened(draft: &mut Draft<'_>, ticket: &CompactString) {
    draft.emit(Event::TicketOpened { ticket: ticket.clone() });
    let head = draft.state().head.clone();
    if matches!(head.phase, Phase::Closed | Phase::Merged) {
        let comment = messages::ticket_closed(&head);
        draft.order(Effect::CloseTicket { ticket: ticket.clone(), comment });
    } else {
        draft.refresh_card();
    }
}

fn failed(draft: &mut Draft<'_>, effect: &Effect, why: &str) {
    let why = why.to_owned();
    match effect {
        Effect::OpenRoom { .. } => {
            let text = messages::no_room(&draft.state().head, &why);
            draft.emit(Event::RoomFailed { why });
            tell_ops(draft, text);
        }
        Effect::OpenTicket { .. } => {
            match draft.state().head.room {
                Slot::There(_) => say(draft, messages::no_ticket(&why)),
                Slot::Empty | Slot::Pending | Slot::Failed => {
                    let text = messages::no_ticket_either(&draft.state().head, &why);
                    tell_ops(draft, text);
                }
            }
            draft.emit(Event::TicketFailed { why });
        }
        Effect::StartRun { .. } => {
            say(draft, messages::run_refused(&why));
            draft.emit(Event::RunRefused { why });
        }
        Effect::Page { to, .. } => paging::page_failed(draft, to.as_ref(), &why),
        Effect::Post { .. }
        | Effect::CloseRoom { .. }
        | Effect::ReopenRoom { .. }
        | Effect::CloseTicket { .. }
        | Effect::ReopenTicket { .. }
        | Effect::StopPage { .. }
        | Effect::Graph { .. } => {
            let kind = effect.kind().into();
            draft.emit(Event::EffectFailed { effect: kind, why });
            close_after_graph(draft, effect);
        }
        Effect::Tell { case, .. } => {
            let effect = effect.kind().into();
            draft.emit(Event::EffectFailed { effect, why });
            // The incident that spoke for this one has been forgotten.
            if draft.state().head.parent == Some(*case) {
                parent_resolved(draft);
            }
        }
        Effect::Work { .. } => {}
    }
}

/// A person asked for something that they may do.
pub(super) fn asked(draft: &mut Draft<'_>, by: &CompactString, command: &Command) {
    let reason = match command {
        Command::Acknowledge => acknowledge(draft, by),
        Command::Resolve => {
            let head = &draft.state().head;
            if head.is_open() {
                resolve(draft, &Cause::Person { by: by.clone() });
                Reason::Applied
            } else {
                Reason::NotNow(head.phase)
            }
        }
        Command::Note { text, is_heard } => {
            draft.emit(Event::NoteAdded { by: by.clone(), text: text.clone() });
            if !is_heard {
                say(draft, messages::noted_elsewhere(by, text));
            }
            Reason::Applied
        }
        Command::SetSeverity { severity } => set_severity(draft, by, severity),
        Command::Lead { lead } => set_lead(draft, by, lead),
        Command::Escalate => paging::escalate(draft, by),
        Command::Call { whom } => paging::call(draft, by, whom),
        Command::Merge { into } => merge(draft, *into),
    };
    draft.because(reason);
}

fn set_severity(draft: &mut Draft<'_>, by: &CompactString, severity: &CompactString) -> Reason {
    let head = &draft.state().head;
    if !head.is_open() {
        return Reason::NotNow(head.phase);
    }
    if head.severity == *severity {
        return Reason::Already;
    }
    draft.emit(Event::SeverityChanged { severity: severity.clone(), by: by.clone() });
    paging::severity_changed(draft);
    draft.refresh_card();
    Reason::Applied
}

fn set_lead(draft: &mut Draft<'_>, by: &CompactString, lead: &CompactString) -> Reason {
    let head = &draft.state().head;
    if !head.is_open() {
        return Reason::NotNow(head.phase);
    }
    if head.lead.as_ref() == Some(lead) {
        return Reason::Already;
    }
    draft.emit(Event::LeadChanged { lead: lead.clone(), by: by.clone() });
    draft.refresh_card();
    Reason::Applied
}

fn merge(draft: &mut Draft<'_>, into: CaseId) -> Reason {
    let head = draft.state().head.clone();
    let (true, Some(number), Some(policy)) = (head.is_open(), head.number, &head.policy) else {
        return Reason::NotNow(head.phase);
    };
    if into == draft.context.case {
        return Reason::Already;
    }
    draft.emit(Event::IncidentMerged { into });
    draft.set(Timer::Escalate, TimerSet::Cancel);
    draft.set(Timer::Card, TimerSet::Cancel);
    say(draft, messages::merged(number));
    let (child, title) = (draft.context.case, policy.title.clone());
    draft.order(Effect::Tell {
        case: into,
        input: Box::new(Input::ChildJoins { child, number, title }),
    });
    paging::stop(draft, &head, &messages::merged(number));
    let head = draft.state().head.clone();
    close_outside(draft, &head);
    Reason::Applied
}
