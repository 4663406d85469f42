//! The orders of an incident to the outside, as data.
//!
//! An effect exists only as an agenda row written in the same commit as its events.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::input::Input;
use super::policy::RunMode;
use crate::domain::alert::Labels;
use crate::domain::ids::{CaseId, EffectId, Number};
use crate::domain::oncall::Contact;
use crate::domain::room::Post;
use crate::domain::run;

/// What may happen when nobody knows whether an effect was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// A: repeated when in doubt, with the same key.
    AtLeastOnce,
    /// B: the adapter looks for our marker before it creates again.
    FindOrCreate,
    /// C: never repeated by itself.
    AtMostOnce,
}

/// Which place a message goes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// The incident's own room, as the platform's id.
    Room(CompactString),
    /// Any other room, by the name in the configuration.
    Named(String),
}

/// Which message it is: the card and slots are edited in place, lines are appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PostKey {
    /// The one card of the incident.
    Card,
    /// A new line.
    Line,
    /// What this order says: a later word of the same order takes the place of an earlier one.
    Slot(EffectId),
}

/// An order to the outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// Open a room that carries the incident's marker.
    OpenRoom { number: Number, name: String, topic: String, invite: Vec<String> },
    /// Archive the room.
    CloseRoom { room: CompactString },
    /// Bring an archived room back.
    ReopenRoom { room: CompactString },
    /// Say something.
    Post { to: Target, key: PostKey, post: Post },
    /// Open a ticket that carries the incident's marker.
    OpenTicket {
        number: Number,
        tracker: CompactString,
        title: String,
        body: String,
        labels: Vec<String>,
    },
    /// Close the ticket with a last comment.
    CloseTicket { ticket: CompactString, comment: String },
    /// Open the ticket again.
    ReopenTicket { ticket: CompactString, comment: String },
    /// Wake one person by one of their ways, for a step of an escalation policy. Without `to`:
    /// whoever stands behind the pagers.
    Page {
        number: Number,
        policy: CompactString,
        step: u16,
        severity: CompactString,
        text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<Contact>,
    },
    /// Tell somebody who was paged that it is over.
    StopPage {
        number: Number,
        policy: CompactString,
        text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<Contact>,
    },
    /// Draw a graph and post it.
    Graph { room: CompactString, query: String },
    /// Start a runbook, or ask for it.
    StartRun {
        number: Number,
        runbook: CompactString,
        mode: RunMode,
        labels: Labels,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        critical: bool,
    },
    /// Hand an input to another case.
    Tell { case: CaseId, input: Box<Input> },
    /// What a run orders of the engine and of executors.
    Work { work: run::Work },
}

impl Effect {
    /// What may happen when nobody knows whether it was done.
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            Self::Post { .. }
            | Self::Page { .. }
            | Self::StopPage { .. }
            | Self::Graph { .. }
            | Self::Tell { .. }
            | Self::CloseRoom { .. }
            | Self::ReopenRoom { .. }
            | Self::CloseTicket { .. }
            | Self::ReopenTicket { .. } => Class::AtLeastOnce,
            Self::OpenRoom { .. } | Self::OpenTicket { .. } => Class::FindOrCreate,
            Self::Work { work: run::Work::Start { is_repeatable: false, .. } } => Class::AtMostOnce,
            Self::Work { .. } => Class::AtLeastOnce,
            Self::StartRun { mode, .. } => match mode {
                RunMode::Auto => Class::AtMostOnce,
                RunMode::Watch | RunMode::Suggest | RunMode::Approve => Class::AtLeastOnce,
            },
        }
    }

    /// Its kind, as metrics, events and logs name it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::OpenRoom { .. } => "open_room",
            Self::CloseRoom { .. } => "close_room",
            Self::ReopenRoom { .. } => "reopen_room",
            Self::Post { .. } => "post",
            Self::OpenTicket { .. } => "open_ticket",
            Self::CloseTicket { .. } => "close_ticket",
            Self::ReopenTicket { .. } => "reopen_ticket",
            Self::Page { .. } => "page",
            Self::StopPage { .. } => "stop_page",
            Self::Graph { .. } => "graph",
            Self::StartRun { .. } => "start_run",
            Self::Tell { .. } => "tell",
            Self::Work { work } => work.kind(),
        }
    }
}

/// A wait that the brain keeps for a case. Each case has at most one of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Timer {
    /// Look for alerts that nobody has reported for too long.
    Expiry,
    /// Look again at alerts that are held back, or at an opening that was throttled.
    Reconsider,
    /// Page the next step.
    Escalate,
    /// See whether flapping alerts have calmed.
    Calm,
    /// Close a resolved incident.
    Close,
    /// Delete a case that has been over for long enough.
    Forget,
    /// Bring the card up to date: changes within a moment become one edit.
    Card,
    /// A run has waited long enough: for people, or because a step says so.
    Run,
}

impl Timer {
    /// Its name in the brain.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Expiry => "expiry",
            Self::Reconsider => "reconsider",
            Self::Escalate => "escalate",
            Self::Calm => "calm",
            Self::Close => "close",
            Self::Forget => "forget",
            Self::Card => "card",
            Self::Run => "run",
        }
    }
}
