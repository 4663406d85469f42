//! What finds a case from the outside: the index entries that a decision puts and removes.
//!
//! An entry may dangle and is never missing: whoever follows one looks at the case.

use super::Engine;
use super::handle::Job;
use crate::brain::{Found, IndexChange, Key, Loaded};
use crate::domain::ids::{CaseId, Fingerprint};
use crate::domain::incident::{
    Decision, Event, Incident, Input, MemberStatus, Sighting, Slot, Stored,
};

impl Engine {
    pub(super) fn index_changes(
        &self,
        job: &Job,
        case: CaseId,
        current: Option<&Loaded>,
        decision: &Decision,
    ) -> Vec<IndexChange> {
        if decision.forget {
            return forgotten(case, &decision.state);
        }
        let here = Found { case, member: None };
        let mut changes = sent_here(job, here, decision);
        for stored in &decision.events {
            match &stored.event {
                Event::AlertFired { fingerprint, .. }
                | Event::AlertHeld { fingerprint, .. }
                | Event::AlertResolved { fingerprint, alert: Some(_), .. } => {
                    let known = current.and_then(|loaded| loaded.incident.members.get(fingerprint));
                    let is_known = known.is_some_and(|member| !member.has_left());
                    if !is_known {
                        changes.push(IndexChange::Put(Key::Fingerprint(*fingerprint), here));
                    }
                }
                Event::IncidentOpened { number, .. } => {
                    changes.push(IndexChange::Put(Key::Number(*number), here));
                }
                Event::RoomOpened { room } => {
                    changes.push(IndexChange::Put(Key::Room(room.clone()), here));
                }
                Event::TicketOpened { ticket } => {
                    changes.push(IndexChange::Put(Key::Ticket(ticket.clone()), here));
                }
                _ => {}
            }
        }
        if let Input::Reported { sightings } | Input::Reconsidered { sightings } = &job.input {
            self.inhibitor_changes(case, sightings, decision, &mut changes);
        }
        changes
    }

    /// Alerts that inhibit others are found by their inhibition keys while they fire. What this
    /// leaves behind when an alert goes stale is seen by those who look: they check the member.
    fn inhibitor_changes(
        &self,
        case: CaseId,
        sightings: &[Sighting],
        decision: &Decision,
        changes: &mut Vec<IndexChange>,
    ) {
        let book = self.book.load();
        if book.inhibitions.rules().is_empty() {
            return;
        }
        for sighting in sightings {
            let found = Found { case, member: Some(sighting.fingerprint) };
            let Some(change) = inhibitor_change(sighting.fingerprint, &decision.events) else {
                continue;
            };
            let keys = book.inhibitions.source_keys(&sighting.report.alert.labels);
            changes.extend(keys.into_iter().map(|key| change(Key::Inhibitor(key), found)));
        }
    }
}

/// Alerts that an entry led to another case, or to none: from now on it leads here.
fn sent_here(job: &Job, here: Found, decision: &Decision) -> Vec<IndexChange> {
    let Input::Reported { sightings } = &job.input else { return Vec::new() };
    let members = &decision.state.members;
    let here = |it: &Sighting| IndexChange::Put(Key::Fingerprint(it.fingerprint), here);
    let is_here = |it: &&Sighting| job.begins_anew && members.contains_key(&it.fingerprint);
    sightings.iter().filter(is_here).map(here).collect()
}

/// Whether a case that is there already would take in, or bring back to life, what only the current
/// case of its group may: the index is asked before the commit, and the group may have got another
/// case since, or got one in the eyes of a process whose clock is wrong.
pub(super) fn begins_something(job: &Job, current: Option<&Loaded>, events: &[Stored]) -> bool {
    let (Input::Reported { .. } | Input::Reconsidered { .. }, Some(current)) =
        (&job.input, current)
    else {
        return false;
    };
    let lives = |fingerprint: &Fingerprint| {
        let member = current.incident.members.get(fingerprint);
        member.is_some_and(|it| matches!(it.status, MemberStatus::Firing | MemberStatus::Held(_)))
    };
    events.iter().any(|stored| match &stored.event {
        Event::AlertFired { fingerprint, .. }
        | Event::AlertHeld { fingerprint, .. }
        | Event::AlertResolved { fingerprint, alert: Some(_), .. } => !lives(fingerprint),
        Event::AlertReleased { .. } | Event::IncidentReopened {} => true,
        _ => false,
    })
}

/// What the last event about an alert means for those that it inhibits. Its reason does not say: a
/// flapping alert fires too.
fn inhibitor_change(
    alert: Fingerprint,
    events: &[Stored],
) -> Option<fn(Key, Found) -> IndexChange> {
    events.iter().rev().find_map(|stored| match &stored.event {
        Event::AlertFired { fingerprint, .. } | Event::AlertHeld { fingerprint, .. }
            if *fingerprint == alert =>
        {
            Some(IndexChange::Put as fn(Key, Found) -> IndexChange)
        }
        Event::AlertResolved { fingerprint, .. } if *fingerprint == alert => {
            Some(IndexChange::Remove)
        }
        _ => None,
    })
}

/// A case that is deleted is found by nothing any more. The state holds all of its members.
fn forgotten(case: CaseId, state: &Incident) -> Vec<IndexChange> {
    let here = Found { case, member: None };
    let head = &state.head;
    let members = state.members.keys().map(|fingerprint| Key::Fingerprint(*fingerprint));
    let number = head.number.map(Key::Number);
    let room =
        if let Slot::There(room) = &head.room { Some(Key::Room(room.clone())) } else { None };
    let ticket = if let Slot::There(ticket) = &head.ticket {
        Some(Key::Ticket(ticket.clone()))
    } else {
        None
    };
    members
        .chain(number)
        .chain(room)
        .chain(ticket)
        .map(|key| IndexChange::Remove(key, here))
        .collect()
}
