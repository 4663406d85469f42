//! What a rule asks for, resolved for one incident when it opens.
//!
//! It is copied into the incident, so that editing or deleting the rule changes no open incident.

use chrono::TimeDelta;
use compact_str::CompactString;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::alert::Labels;
use crate::domain::duration;
use crate::domain::oncall::Escalation;

/// Where a rule stands, so that every decision can name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleRef {
    /// The rule's name, unique among all rules.
    pub name: CompactString,
    /// The file, relative to the rules folder's parent.
    pub file: CompactString,
    /// The line of its `[[rule]]`.
    pub line: u32,
}

/// A rule's wishes with every template rendered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// The rule that owns the incident.
    pub rule: RuleRef,
    /// Further rules that matched (`continue`): they add notifications, nothing else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<RuleRef>,
    /// One line that says what is wrong.
    pub title: String,
    /// `sev1` is the worst.
    pub severity: CompactString,
    /// The `group_by` labels with their values.
    pub labels: Labels,
    /// The room to open; none where the rule wants none.
    pub room: Option<RoomPlan>,
    /// The ticket to open.
    pub ticket: Option<TicketPlan>,
    /// Graph commands, posted into the room in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub graphs: Vec<String>,
    /// The escalation policy to page.
    pub page: Option<CompactString>,
    /// That policy as the files had it when the incident opened. None: no file describes it, and
    /// whoever stands behind the pagers knows whom to wake.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalation: Option<Escalation>,
    /// Other rooms that want to know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notify: Vec<Notify>,
    /// The runbook to start.
    pub run: Option<RunPlan>,
    /// The waits of this incident.
    pub timing: Timing,
    /// Which version of the rule files said all this, as `Ruleset::version` tells it. Empty for what
    /// no file says, and for incidents of before versions were kept.
    #[serde(default, skip_serializing_if = "CompactString::is_empty")]
    pub files: CompactString,
}

/// The room that a rule wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomPlan {
    /// The wished name; a platform may have to change it.
    pub name: String,
    /// People, teams and schedules: `oncall:cms`, `team:web`, `@ana`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub invite: Vec<String>,
    /// The chat platforms that show it, by their names in the configuration; none: the first one. The
    /// console always does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub on: Vec<CompactString>,
}

/// The ticket that a rule wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketPlan {
    /// The name of a configured tracker.
    pub tracker: CompactString,
    /// Labels or components for the tracker.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
}

/// A room that hears of some moments of the incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notify {
    /// A room as the platform names it.
    pub room: String,
    /// Which moments.
    pub on: Vec<Moment>,
}

/// A moment in an incident's life that others may want to hear of.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// It opened.
    Opened,
    /// Somebody took it.
    Acknowledged,
    /// It came back inside its re-open window.
    Reopened,
    /// The problem is over.
    Resolved,
}

/// The runbook that a rule names, and how far it may go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunPlan {
    /// The runbook's name.
    pub runbook: CompactString,
    /// How far it may go by itself.
    pub mode: RunMode,
    /// A person with a second factor agrees first, whatever its runbook says.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub critical: bool,
}

/// How far a runbook may go by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunMode {
    /// Says what it would have done.
    Watch,
    /// Offers itself in the room.
    Suggest,
    /// Asks for an approval.
    Approve,
    /// Starts at once.
    Auto,
}

/// The waits of one incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timing {
    /// An alert that returns this soon after the end re-enters the same incident.
    #[serde(with = "duration::text")]
    pub reopen_within: TimeDelta,
    /// How long a resolved incident keeps its room and ticket open. Zero: closed at once.
    #[serde(with = "duration::text")]
    pub close_after: TimeDelta,
    /// How long one escalation step waits for an acknowledgement.
    #[serde(with = "duration::text")]
    pub escalate_after: TimeDelta,
    /// How many steps there are before the escalation is exhausted.
    pub escalate_steps: u16,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            reopen_within: TimeDelta::minutes(30),
            close_after: TimeDelta::zero(),
            escalate_after: TimeDelta::minutes(5),
            escalate_steps: 3,
        }
    }
}
