//! The facts of an incident's timeline.
//!
//! Stored names never change meaning: a tag that goes is listed as reserved below, and
//! `tests/golden/events.jsonl` holds one of every event ever written.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::policy::Policy;
use super::state::Planned;
use crate::domain::alert::Alert;
use crate::domain::ids::{CaseId, Fingerprint, GroupKey, Number};
use crate::domain::oncall::{Contact, Missed};
use crate::domain::run;

/// One event with its place in the timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// Counts from 1 in each case, without gaps. Stored as `n`: some events have a `number`, which
    /// stands beside it.
    #[serde(rename = "n")]
    pub number: u64,
    /// When it was decided.
    pub at: DateTime<Utc>,
    /// The fact.
    #[serde(flatten)]
    pub event: Event,
}

/// A fact, in the past tense.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The case began, quiet.
    CaseBegan { group: GroupKey },
    /// An alert fires and nothing holds it back.
    AlertFired { fingerprint: Fingerprint, alert: Arc<Alert>, expires_at: Option<DateTime<Utc>> },
    /// An alert fires, and something holds it back.
    AlertHeld {
        fingerprint: Fingerprint,
        alert: Arc<Alert>,
        expires_at: Option<DateTime<Utc>>,
        by: HeldBy,
    },
    /// What held an alert back has gone, or has been replaced by something else.
    AlertReleased { fingerprint: Fingerprint },
    /// Alerts are still firing: each with the time until which its source vouches for it, or none
    /// where the source will say when it ends.
    AlertsKept { until: Vec<(Fingerprint, Option<DateTime<Utc>>)> },
    /// A firing alert has new annotations or a new link.
    AlertChanged { fingerprint: Fingerprint, alert: Arc<Alert> },
    /// An alert ended. `alert` is there when it was not known before: the end came first.
    AlertResolved {
        fingerprint: Fingerprint,
        starts_at: DateTime<Utc>,
        ended_at: DateTime<Utc>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        alert: Option<Arc<Alert>>,
    },
    /// Nobody has said for too long that an alert still fires.
    AlertWentStale { fingerprint: Fingerprint },
    /// An alert lives on in another case, where today's rules or a new incident have it. It may come
    /// back as it left.
    AlertLeft { fingerprint: Fingerprint },
    /// An alert changes too often: it stays open and silent until it calms.
    FlappingStarted { fingerprint: Fingerprint, changes: u32 },
    /// It has calmed.
    FlappingStopped { fingerprint: Fingerprint },

    /// The incident opened.
    IncidentOpened { number: Number, policy: Arc<Policy>, parent: Option<CaseId> },
    /// A throttle held the opening back; the alerts wait.
    OpeningThrottled { limit: CompactString, until: DateTime<Utc> },
    /// Somebody took it.
    IncidentAcknowledged { by: CompactString },
    /// It came back inside its re-open window.
    IncidentReopened {},
    /// The problem is over.
    IncidentResolved { cause: Cause },
    /// Room and ticket are closed; the timeline ends here unless it is re-opened.
    IncidentClosed {},
    /// It now belongs to another incident, which speaks for both.
    IncidentMerged { into: CaseId },
    /// Somebody changed the severity.
    SeverityChanged { severity: CompactString, by: CompactString },
    /// Somebody leads it from now on: the one whom others ask.
    LeadChanged { lead: CompactString, by: CompactString },
    /// Somebody wrote something worth keeping.
    NoteAdded { by: CompactString, text: String },
    /// Another incident joined this one (storm or merge).
    ChildJoined { child: CaseId, number: Number, title: String },
    /// A joined incident is over.
    ChildLeft { child: CaseId },
    /// An incident wanted to join, and this one was over: it was sent back to speak for itself.
    ChildRefused { child: CaseId },

    /// The next step of the escalation policy is paged; steps count from 1.
    Escalated { step: u16 },
    /// What that step means at that moment: who is called when, and who is not. Step 0: no step is
    /// for such an incident at this hour.
    StepResolved {
        step: u16,
        until: DateTime<Utc>,
        calls: Vec<Planned>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        missed: Vec<Missed>,
    },
    /// A person asked for others, beside those of the policy.
    PeopleCalled {
        by: CompactString,
        whom: Vec<CompactString>,
        calls: Vec<Planned>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        missed: Vec<Missed>,
    },
    /// A person is called by one of their ways.
    PersonPaged { contact: Contact },
    /// The pager took the page.
    PageDelivered { contact: Contact, receipt: CompactString },
    /// The page reached nobody and is not tried again.
    PageFailed { contact: Contact, why: String },
    /// A person wants the next step paged now.
    EscalationHurried { by: CompactString },
    /// Whoever took it has been silent for too long: the escalation goes on.
    AcknowledgementWentStale { by: CompactString },
    /// Every step was paged and nobody answered.
    EscalationExhausted {},

    /// The room is open.
    RoomOpened { room: CompactString },
    /// There will be no room.
    RoomFailed { why: String },
    /// The ticket is open.
    TicketOpened { ticket: CompactString },
    /// There will be no ticket.
    TicketFailed { why: String },
    /// The back end has accepted the run.
    RunStarted { run: CompactString },
    /// The run was refused before it started.
    RunRefused { why: String },
    /// Nobody knows whether the run started. It is not repeated by itself.
    RunOutcomeUnknown { why: String },
    /// A run that is to mend it says how it goes.
    RunTold { run: CaseId, number: u64, word: run::Word },
    /// A fact of the run that this case is.
    Run { fact: run::Fact },
    /// Any other effect was done: `effect` is its kind.
    EffectDone { effect: CompactString, receipt: CompactString },
    /// Any other effect failed for good.
    EffectFailed { effect: CompactString, why: String },
    /// The core met a state that should not exist: shown, and survived.
    Impossible { why: String },
}

/// What holds an alert back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "held_by", rename_all = "snake_case")]
pub enum HeldBy {
    /// No rule matches it.
    NoRule,
    /// A silence matches it.
    Silence { id: CompactString, comment: String, until: Option<DateTime<Utc>> },
    /// Another alert that fires makes it redundant.
    Inhibition { rule: CompactString, file: CompactString, line: u32, source: Fingerprint },
    /// The source has it in a downtime.
    Downtime,
    /// The source's own flap detection holds it.
    SourceFlapping,
}

/// Why an incident was resolved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "cause", rename_all = "snake_case")]
pub enum Cause {
    /// All of its alerts ended.
    AlertsCleared,
    /// A person said so.
    Person { by: CompactString },
    /// It was merged, and the other incident is over.
    Parent,
}
