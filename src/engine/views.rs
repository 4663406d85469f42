//! What the engine tells those who ask: the shapes behind the API, the console and the chat.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use compact_str::CompactString;
use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::alert::{Alert, Labels};
use crate::domain::ids::{CaseId, Fingerprint, Number};
use crate::domain::incident::{Counts, Head, MemberStatus, Phase, Reason, Slot};

/// Where an accepted delivery went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// Into the brain (and the journal, where the brain is shared): answer 200.
    Brain,
    /// Into this node's journal, because the brain is away: answer 202.
    Spool,
}

/// What became of a delivery that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// Where it is durable.
    pub stored: Stored,
    /// What was decided about each alert.
    pub reasons: Vec<(Fingerprint, Reason)>,
}

/// Why a delivery or a command was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Neither the brain nor the journal can take it now: answer 503.
    #[error("not stored safely, send it again: {0}")]
    Unavailable(String),
    /// What was asked about does not exist.
    #[error("{0}")]
    NotFound(String),
    /// It does not fit what is there now.
    #[error("{0}")]
    Conflict(String),
    /// It is not well-formed.
    #[error("{0}")]
    Invalid(String),
}

/// One alert as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertView {
    /// Its identity.
    pub fingerprint: Fingerprint,
    /// Its labels, annotations and source.
    pub alert: Arc<Alert>,
    /// Whether it fires, is held, has ended or is stale.
    pub status: MemberStatus,
    /// The source's time of its beginning.
    pub starts_at: DateTime<Utc>,
    /// When it goes stale without a new report, or when it ended.
    pub ends_at: Option<DateTime<Utc>>,
    /// When its labels or annotations were last written.
    pub updated_at: DateTime<Utc>,
    /// The case that it belongs to.
    pub case: CaseId,
    /// The incident's number, when it has opened one.
    pub number: Option<Number>,
    /// The rule that owns the incident.
    pub rule: Option<CompactString>,
}

/// A page of alerts.
#[derive(Debug, Clone, Default)]
pub struct AlertPage {
    /// The alerts of whole cases, so that pages vary in length.
    pub alerts: Vec<AlertView>,
    /// Where the next page begins; none: this was the last.
    pub next: Option<CaseId>,
}

/// An incident as the API shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct IncidentView {
    /// The number that people know it by.
    pub number: u64,
    /// Its id in the brain.
    pub case: String,
    /// Where it stands.
    pub phase: Phase,
    /// What is wrong.
    pub title: String,
    /// How bad.
    pub severity: String,
    /// What its alerts have in common.
    pub group: String,
    /// The `group_by` labels.
    #[schemars(with = "std::collections::BTreeMap<String, String>")]
    pub labels: Labels,
    /// The rule that owns it, with file and line.
    pub rule: String,
    /// When it opened, or last re-opened.
    pub opened_at: Option<DateTime<Utc>>,
    /// When it was resolved last.
    pub resolved_at: Option<DateTime<Utc>>,
    /// Who has taken it.
    pub acknowledged_by: Option<String>,
    /// Who leads it.
    pub lead: Option<String>,
    /// Its alerts by status.
    pub alerts: Counts,
    /// The room's id, once there is one.
    pub room: Option<String>,
    /// The ticket's id, once there is one.
    pub ticket: Option<String>,
    /// How many steps of the escalation policy were paged.
    pub escalation_step: u16,
    /// The incident that speaks for it: a storm's umbrella, or what it was merged into.
    pub parent: Option<String>,
    /// How many events its timeline has.
    pub events: u64,
}

impl IncidentView {
    /// The view of an incident that has opened.
    #[must_use]
    pub fn of(case: CaseId, head: &Head) -> Option<Self> {
        let (number, policy) = (head.number?, head.policy.as_ref()?);
        let there = |slot: &Slot| match slot {
            Slot::There(id) => Some(id.to_string()),
            Slot::Empty | Slot::Pending | Slot::Failed => None,
        };
        Some(Self {
            number: number.0,
            case: case.to_string(),
            phase: head.phase,
            title: policy.title.clone(),
            severity: head.severity.to_string(),
            group: head.group.to_string(),
            labels: policy.labels.clone(),
            rule: format!("{} ({}:{})", policy.rule.name, policy.rule.file, policy.rule.line),
            opened_at: head.opened_at,
            resolved_at: head.resolved_at,
            acknowledged_by: head.acknowledged_by.as_ref().map(ToString::to_string),
            lead: head.lead.as_ref().map(ToString::to_string),
            alerts: head.counts,
            room: there(&head.room),
            ticket: there(&head.ticket),
            escalation_step: head.step,
            parent: head.parent.as_ref().map(ToString::to_string),
            events: head.version,
        })
    }
}

/// Why an alert did what it did, or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Why {
    /// Its identity.
    pub fingerprint: String,
    /// The answer in one sentence.
    pub answer: String,
    /// Its labels, as last reported.
    #[schemars(with = "std::collections::BTreeMap<String, String>")]
    pub labels: Labels,
    /// Where it stands: firing, held, resolved, stale.
    pub status: String,
    /// The incident, once it has opened.
    pub incident: Option<u64>,
    /// Each verdict, in the order silence, inhibition, flapping, grouping, throttle.
    pub verdicts: Vec<String>,
    /// Each rule that was tried today, with file, line and what decided.
    pub rules: Vec<String>,
    /// What its timeline says about it, newest last.
    pub timeline: Vec<String>,
    /// Which version of the rule files opened its incident. None: none has opened, or it opened
    /// before versions were kept.
    pub files: Option<String>,
    /// Which version holds today: the rules above are those.
    pub files_today: String,
}
