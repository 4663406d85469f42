//! How each fact changes the state: the only place where it changes.
//!
//! It refuses to cause anything: replaying a timeline has no effects.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::event::{Cause, Event, Stored};
use super::state::{Child, Children, Counts, Head, Incident, Member, MemberStatus, Phase, Slot};
use crate::domain::alert::Alert;
use crate::domain::ids::{CaseId, Fingerprint, Fnv, GroupKey};
use crate::domain::run;

/// How many changes a member remembers: more than any sensible flapping threshold.
const CHANGES_MAX: usize = 32;
/// How many joined incidents a card shows: what fits a phone.
const CHILDREN_SHOWN: usize = 10;

/// The key of a joined incident among the members.
#[must_use]
pub fn child_key(child: CaseId) -> Fingerprint {
    let hash = Fnv::default().with(b"case").with(&child.shard.to_be_bytes());
    Fingerprint(hash.with(&child.serial.to_be_bytes()).finish())
}

impl Incident {
    /// A case before its first event.
    #[must_use]
    pub fn begin(group: GroupKey, now: DateTime<Utc>) -> Self {
        let head = Head {
            group,
            version: 0,
            phase: Phase::Quiet,
            began_at: now,
            number: None,
            policy: None,
            severity: Default::default(),
            opened_at: None,
            acknowledged_by: None,
            lead: None,
            resolved_at: None,
            counts: Counts::default(),
            room: Slot::Empty,
            ticket: Slot::Empty,
            step: 0,
            exhausted: false,
            parent: None,
            last_note: 0,
            throttled_until: None,
            throttled_by: Default::default(),
            resolved_by: None,
            pages_failed: 0,
            children: Children::default(),
            asking: BTreeSet::new(),
            run: None,
            calls: Vec::new(),
            step_until: None,
            paged: Vec::new(),
        };
        Self { head, members: BTreeMap::new() }
    }

    /// The state after all events of a case; `None` without a first one.
    #[must_use]
    pub fn replay<'a>(events: impl IntoIterator<Item = &'a Stored>) -> Option<Self> {
        let mut state: Option<Self> = None;
        for stored in events {
            if let Event::CaseBegan { group } = &stored.event {
                state.get_or_insert_with(|| Self::begin(group.clone(), stored.at));
            }
            if let Some(state) = &mut state {
                state.evolve(stored);
            }
        }
        state
    }

    /// Applies one fact.
    pub fn evolve(&mut self, stored: &Stored) {
        self.head.version = stored.number;
        match &stored.event {
            Event::Run { fact } => self.evolve_run(fact, stored.at),
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
            | Event::ChildJoined { .. }
            | Event::ChildLeft { .. } => self.evolve_members(stored),
            Event::CaseBegan { .. }
            | Event::IncidentOpened { .. }
            | Event::OpeningThrottled { .. }
            | Event::IncidentAcknowledged { .. }
            | Event::IncidentReopened {}
            | Event::IncidentResolved { .. }
            | Event::IncidentClosed {}
            | Event::IncidentMerged { .. }
            | Event::SeverityChanged { .. }
            | Event::LeadChanged { .. } => self.evolve_phase(stored),
            Event::Escalated { .. }
            | Event::StepResolved { .. }
            | Event::PeopleCalled { .. }
            | Event::PersonPaged { .. }
            | Event::PageDelivered { .. }
            | Event::PageFailed { .. }
            | Event::EscalationHurried { .. }
            | Event::AcknowledgementWentStale { .. }
            | Event::EscalationExhausted {} => self.head.evolve_calls(stored),
            Event::RoomOpened { .. }
            | Event::RoomFailed { .. }
            | Event::TicketOpened { .. }
            | Event::TicketFailed { .. }
            | Event::NoteAdded { .. }
            | Event::ChildRefused { .. }
            | Event::RunStarted { .. }
            | Event::RunRefused { .. }
            | Event::RunOutcomeUnknown { .. }
            | Event::RunTold { .. }
            | Event::EffectDone { .. }
            | Event::EffectFailed { .. }
            | Event::Impossible { .. } => self.evolve_outside(&stored.event),
        }
    }

    fn evolve_members(&mut self, stored: &Stored) {
        let Stored { number, at, event } = stored;
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "evolve lists every event; these are its members' part"
        )]
        match event {
            Event::AlertFired { fingerprint, alert, expires_at } => {
                let status = MemberStatus::Firing;
                self.fire(*fingerprint, member(alert, status, *expires_at, *number), *at);
            }
            Event::AlertHeld { fingerprint, alert, expires_at, by } => {
                let status = MemberStatus::Held(by.clone());
                self.fire(*fingerprint, member(alert, status, *expires_at, *number), *at);
            }
            Event::AlertReleased { fingerprint } => {
                self.change(*fingerprint, |member| member.status = MemberStatus::Firing);
            }
            Event::AlertsKept { until } => {
                for (fingerprint, expires_at) in until {
                    self.change(*fingerprint, |member| member.expires_at = *expires_at);
                }
            }
            Event::AlertChanged { fingerprint, alert } => self.change(*fingerprint, |member| {
                member.content = *number;
                member.content_hash = alert.content_hash();
                member.starts_at = member.starts_at.max(alert.starts_at);
            }),
            Event::AlertResolved { fingerprint, starts_at, ended_at, alert } => {
                if let Some(alert) = alert {
                    let tombstone = member(alert, MemberStatus::Resolved, None, *number);
                    self.put(*fingerprint, tombstone);
                }
                self.change(*fingerprint, |member| {
                    if member.status != MemberStatus::Resolved {
                        remember_change(member, *at);
                    }
                    member.status = MemberStatus::Resolved;
                    member.starts_at = *starts_at;
                    member.ended_at = Some(*ended_at);
                    member.expires_at = None;
                });
            }
            Event::AlertWentStale { fingerprint } => {
                self.change(*fingerprint, |member| member.status = MemberStatus::Stale);
            }
            Event::AlertLeft { fingerprint } => self.change(*fingerprint, Member::leave),
            Event::FlappingStarted { fingerprint, .. } => {
                self.change(*fingerprint, |member| member.flapping = true);
            }
            Event::FlappingStopped { fingerprint } => {
                self.change(*fingerprint, |member| member.flapping = false);
            }
            Event::ChildJoined { child, number: known_as, title } => {
                self.put(child_key(*child), child_member(*number, *at));
                let (number, title) = (*known_as, title.clone());
                joins(&mut self.head.children, Child { case: *child, number, title });
            }
            Event::ChildLeft { child } => {
                self.change(child_key(*child), |member| {
                    member.status = MemberStatus::Resolved;
                    member.ended_at = Some(*at);
                });
                let children = &mut self.head.children;
                children.open = children.open.saturating_sub(1);
                children.newest.retain(|one| one.case != *child);
            }
            _ => {}
        }
    }

    fn evolve_phase(&mut self, stored: &Stored) {
        let Stored { at, event, .. } = stored;
        let head = &mut self.head;
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "evolve lists every event; these are the phase's part"
        )]
        match event {
            Event::IncidentOpened { number, policy, parent } => {
                head.phase = Phase::Triggered;
                head.number = Some(*number);
                head.severity = policy.severity.clone();
                head.room = wanted(parent.is_none() && policy.room.is_some());
                head.ticket = wanted(parent.is_none() && policy.ticket.is_some());
                head.policy = Some(policy.clone());
                head.opened_at = Some(*at);
                head.parent = *parent;
                head.throttled_until = None;
                head.throttled_by = Default::default();
            }
            Event::OpeningThrottled { limit, until } => {
                head.throttled_until = Some(*until);
                head.throttled_by = limit.clone();
            }
            Event::IncidentAcknowledged { by } => {
                head.phase = Phase::Acknowledged;
                head.acknowledged_by = Some(by.clone());
                head.exhausted = false;
                head.calls.clear();
                head.step_until = head.stale_at(*at);
            }
            Event::IncidentReopened {} => {
                head.phase = Phase::Triggered;
                head.opened_at = Some(*at);
                head.resolved_at = None;
                head.resolved_by = None;
                head.pages_failed = 0;
                head.calls.clear();
                head.paged.clear();
                head.step_until = None;
                head.acknowledged_by = None;
                head.lead = None;
                head.step = 0;
                head.exhausted = false;
                head.parent = None;
                let policy = head.policy.clone();
                again(&mut head.room, policy.as_ref().is_some_and(|policy| policy.room.is_some()));
                again(&mut head.ticket, policy.is_some_and(|policy| policy.ticket.is_some()));
            }
            Event::IncidentResolved { cause } => {
                head.phase = Phase::Resolved;
                head.resolved_at = Some(*at);
                head.calls.clear();
                head.step_until = None;
                if let Cause::Person { by } = cause {
                    head.resolved_by = Some(by.clone());
                }
            }
            Event::IncidentClosed {} => {
                head.phase = Phase::Closed;
                head.resolved_at.get_or_insert(*at);
            }
            Event::IncidentMerged { into } => {
                head.phase = Phase::Merged;
                head.parent = Some(*into);
            }
            Event::SeverityChanged { severity, .. } => head.severity = severity.clone(),
            Event::LeadChanged { lead, .. } => head.lead = Some(lead.clone()),
            _ => {}
        }
    }

    fn evolve_outside(&mut self, event: &Event) {
        let head = &mut self.head;
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "evolve lists every event; the rest change no state"
        )]
        match event {
            Event::RoomOpened { room } => head.room = Slot::There(room.clone()),
            Event::RoomFailed { .. } => head.room = Slot::Failed,
            Event::TicketOpened { ticket } => head.ticket = Slot::There(ticket.clone()),
            Event::TicketFailed { .. } => head.ticket = Slot::Failed,
            Event::RunTold { run, word, .. } => match word {
                run::Word::Proposed {} => {
                    head.asking.insert(*run);
                }
                run::Word::Started {} | run::Word::Ended { .. } => {
                    head.asking.remove(run);
                }
                run::Word::Stuck { .. } | run::Word::Page { .. } => {}
            },
            Event::NoteAdded { by, text } => head.last_note = note_hash(by, text),
            Event::EffectFailed { effect, .. } if effect == "page" => {
                head.pages_failed = head.pages_failed.saturating_add(1);
            }
            _ => {}
        }
    }

    /// Puts a member that fires or is held, keeping what an earlier life of it remembers.
    fn fire(&mut self, fingerprint: Fingerprint, mut new: Member, at: DateTime<Utc>) {
        if let Some(old) = self.members.get(&fingerprint) {
            new.changes.clone_from(&old.changes);
            new.flapping = old.flapping;
            // A late report of an earlier firing must not take the newer beginning back: the end of
            // the earlier one would end this one.
            new.starts_at = new.starts_at.max(old.starts_at);
            if old.status == MemberStatus::Resolved {
                remember_change(&mut new, at);
            }
        }
        self.put(fingerprint, new);
    }

    fn put(&mut self, fingerprint: Fingerprint, new: Member) {
        self.head.counts.add(&new, 1);
        if let Some(old) = self.members.insert(fingerprint, new) {
            self.head.counts.add(&old, -1);
        }
    }

    fn change(&mut self, fingerprint: Fingerprint, change: impl FnOnce(&mut Member)) {
        if let Some(member) = self.members.get_mut(&fingerprint) {
            self.head.counts.add(member, -1);
            change(member);
            self.head.counts.add(member, 1);
        }
    }
}

fn member(
    alert: &Alert,
    status: MemberStatus,
    expires_at: Option<DateTime<Utc>>,
    content: u64,
) -> Member {
    Member {
        status,
        starts_at: alert.starts_at,
        expires_at,
        ended_at: None,
        content,
        content_hash: alert.content_hash(),
        changes: Vec::new(),
        flapping: false,
    }
}

fn child_member(content: u64, at: DateTime<Utc>) -> Member {
    Member {
        status: MemberStatus::Firing,
        starts_at: at,
        expires_at: None,
        ended_at: None,
        content,
        content_hash: 0,
        changes: Vec::new(),
        flapping: false,
    }
}

fn joins(children: &mut Children, child: Child) {
    children.open = children.open.saturating_add(1);
    children.newest.push(child);
    if children.newest.len() > CHILDREN_SHOWN {
        children.newest.remove(0);
    }
}

fn remember_change(member: &mut Member, at: DateTime<Utc>) {
    if member.changes.len() >= CHANGES_MAX {
        member.changes.remove(0);
    }
    member.changes.push(at);
}

/// What tells one note from another.
pub(super) fn note_hash(by: &str, text: &str) -> u64 {
    Fnv::default().with(by.as_bytes()).with(&[0xff]).with(text.as_bytes()).finish()
}

fn wanted(is: bool) -> Slot {
    if is { Slot::Pending } else { Slot::Empty }
}

/// A slot of a re-opened incident: what is there is kept, what is not is asked for again.
fn again(slot: &mut Slot, is_wanted: bool) {
    match slot {
        Slot::There(_) | Slot::Pending => {}
        Slot::Empty | Slot::Failed => *slot = wanted(is_wanted),
    }
}
