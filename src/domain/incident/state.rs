//! The state of an incident: a small head, and one row for each member.
//!
//! A commit writes the head and the rows that changed, never the whole incident: a state may
//! therefore hold only the members that an input concerns, and the head carries the counts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::event::HeldBy;
use super::policy::Policy;
use crate::domain::ids::{CaseId, Fingerprint, GroupKey, Number};
use crate::domain::oncall::Contact;
use crate::domain::run::Run;

/// Where an incident stands.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Nothing has opened it yet: no number, no room.
    Quiet,
    /// Open, and nobody has taken it.
    Triggered,
    /// Open, and somebody has taken it.
    Acknowledged,
    /// The problem is over; room and ticket are still open.
    Resolved,
    /// Everything is closed.
    Closed,
    /// Another incident speaks for it.
    Merged,
}

/// Something outside that the incident wants one of.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Slot {
    /// Not asked for.
    #[default]
    Empty,
    /// Ordered, not there yet.
    Pending,
    /// There, with the outside's id.
    There(CompactString),
    /// There will be none.
    Failed,
}

/// How many members the incident has of each kind. They are exact though the members are not here.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema,
)]
pub struct Counts {
    /// Firing and not held, flapping ones that resolved included.
    pub firing: u32,
    /// Firing, and held back.
    pub held: u32,
    /// Ended.
    pub resolved: u32,
    /// Not reported for too long.
    pub stale: u32,
    /// Of all these, how many flap.
    pub flapping: u32,
}

impl Counts {
    /// Counts a member, or with -1 takes it out again.
    pub(super) fn add(&mut self, member: &Member, by: i32) {
        let place = match &member.status {
            MemberStatus::Firing => &mut self.firing,
            MemberStatus::Held(
                HeldBy::NoRule
                | HeldBy::Silence { .. }
                | HeldBy::Inhibition { .. }
                | HeldBy::Downtime
                | HeldBy::SourceFlapping,
            ) => &mut self.held,
            MemberStatus::Resolved => &mut self.resolved,
            MemberStatus::Stale => &mut self.stale,
        };
        *place = place.saturating_add_signed(by);
        if member.flapping {
            self.flapping = self.flapping.saturating_add_signed(by);
        }
    }
}

/// The part of the state that every commit writes. Its size does not grow with the members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// What its alerts have in common.
    pub group: GroupKey,
    /// The number of the last event: the version that a commit must have seen.
    pub version: u64,
    /// Where it stands.
    pub phase: Phase,
    /// When the case began.
    pub began_at: DateTime<Utc>,
    /// Given when it opens, kept for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<Number>,
    /// The rule's wishes, fixed when it opens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Arc<Policy>>,
    /// The severity now: the rule's, until a person changes it.
    #[serde(default)]
    pub severity: CompactString,
    /// When it opened, or last re-opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened_at: Option<DateTime<Utc>>,
    /// Who has taken it; nobody after a re-opening.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged_by: Option<CompactString>,
    /// Who leads it; nobody after a re-opening. The first who takes it leads it, until somebody
    /// says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead: Option<CompactString>,
    /// When it was resolved last; none while it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_at: Option<DateTime<Utc>>,
    /// How many members there are of each kind.
    #[serde(default)]
    pub counts: Counts,
    /// Its room.
    #[serde(default)]
    pub room: Slot,
    /// Its ticket.
    #[serde(default)]
    pub ticket: Slot,
    /// The last step of the escalation policy that was paged; 0 before the first.
    #[serde(default)]
    pub step: u16,
    /// Every step was paged in vain. Until somebody acknowledges.
    #[serde(default)]
    pub exhausted: bool,
    /// The incident that speaks for this one: a storm's umbrella, or what it was merged into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<CaseId>,
    /// The hash of the last note: the same delivery again adds nothing.
    #[serde(default)]
    pub last_note: u64,
    /// When the throttle that holds the opening back lets go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub throttled_until: Option<DateTime<Utc>>,
    /// Which throttle that is; empty without one.
    #[serde(default, skip_serializing_if = "CompactString::is_empty")]
    pub throttled_by: CompactString,
    /// Who said that it is over; nobody where its alerts said so, or after a re-opening.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_by: Option<CompactString>,
    /// How many pages since the last opening reached nobody.
    #[serde(default)]
    pub pages_failed: u16,
    /// The incidents that joined this one and are not over.
    #[serde(default, skip_serializing_if = "Children::is_empty")]
    pub children: Children,
    /// The runs that wait for an approval to mend it; they lapse when it is over.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub asking: BTreeSet<CaseId>,
    /// The run that this case is. Then it is no incident: it stays quiet while the run goes on, and
    /// is closed when that is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<Arc<Run>>,
    /// Calls of the step that was paged last, and those of earlier steps that wait. None after an
    /// acknowledgement or the end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<Planned>,
    /// When the next step is paged, or an acknowledgement goes stale, if nobody does anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step_until: Option<DateTime<Utc>>,
    /// Whoever was called since the opening, by what: they are told when it is over. Bounded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paged: Vec<Contact>,
}

/// One call of a person by one of their ways.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// Who, by what.
    #[serde(flatten)]
    pub contact: Contact,
    /// When it is made, unless somebody answers before.
    pub due: DateTime<Utc>,
    /// What became of it.
    #[serde(default, skip_serializing_if = "CallState::is_waiting")]
    pub state: CallState,
}

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallState {
    /// Its time has not come.
    #[default]
    Waiting,
    /// It is ordered.
    Ordered,
    /// The pager took it.
    Delivered,
    /// It reached nobody.
    Failed,
}

impl CallState {
    fn is_waiting(&self) -> bool {
        *self == Self::Waiting
    }
}

/// The incidents that joined another one and are not over.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Children {
    /// How many there are.
    pub open: u32,
    /// The newest of them, newest last: as many as a card shows.
    pub newest: Vec<Child>,
}

impl Children {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.open == 0 && self.newest.is_empty()
    }
}

/// One joined incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Child {
    /// Its case.
    pub case: CaseId,
    /// The number that people know it by.
    pub number: Number,
    /// What is wrong.
    pub title: String,
}

impl Head {
    /// Whether people should be looking at it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Triggered | Phase::Acknowledged)
    }

    /// When the next call is made, the next step is paged or an acknowledgement goes stale, if nobody
    /// does anything. None: nothing is to come.
    #[must_use]
    pub fn next_call_at(&self) -> Option<DateTime<Utc>> {
        let waiting = self.calls.iter().filter(|call| call.state.is_waiting());
        let call = waiting.map(|call| call.due).min();
        let step = self.step_until.filter(|_| !self.exhausted);
        let next = [call, step].into_iter().flatten().min();
        next.filter(|_| self.is_open())
    }

    /// Whether anything in it still goes on: it is not closed, or a person closed it over alerts
    /// that fire or are held.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.phase != Phase::Closed || self.counts.firing + self.counts.held > 0
    }
}

/// Where a member stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberStatus {
    /// Firing.
    Firing,
    /// Firing, and held back by this.
    Held(HeldBy),
    /// Ended. The row stays as a tombstone: an older firing must not bring it back.
    Resolved,
    /// Nobody has reported it for too long.
    Stale,
}

/// One alert of the incident, or one joined incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Where it stands.
    pub status: MemberStatus,
    /// The source's time of its last beginning.
    pub starts_at: DateTime<Utc>,
    /// Until when its source vouches for it, as last written; none: until it says otherwise. It goes
    /// stale when [`super::Settings::grace`] has passed after that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// The source's time of its last end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<DateTime<Utc>>,
    /// The event that holds the alert's labels and annotations.
    pub content: u64,
    /// What tells that content from a newer one, [`crate::domain::alert::Alert::content_hash`].
    pub content_hash: u64,
    /// Changes between firing and resolved inside the flapping window, oldest first, bounded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<DateTime<Utc>>,
    /// It changes too often: silent until it calms.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub flapping: bool,
}

impl Member {
    /// Whether it lives in another case, [`super::Event::AlertLeft`]: no source names such a start.
    #[must_use]
    pub fn has_left(&self) -> bool {
        self.status == MemberStatus::Resolved && self.starts_at == DateTime::UNIX_EPOCH
    }

    pub(super) fn leave(&mut self) {
        self.status = MemberStatus::Resolved;
        // No end of it was seen here: whatever begins is newer than this.
        self.starts_at = DateTime::UNIX_EPOCH;
        self.expires_at = None;
        self.flapping = false;
    }

    /// When it goes stale without a new report, as far as that is written; none: never.
    #[must_use]
    pub fn stale_at(&self, grace: TimeDelta) -> Option<DateTime<Utc>> {
        self.expires_at.map(|until| until + grace)
    }
}

/// The state that `decide` looks at: the head, and the members that the input concerns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// The head.
    pub head: Head,
    /// Some or all members.
    pub members: BTreeMap<Fingerprint, Member>,
}
