//! What happened in a rehearsal, in the order in which it happened.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use compact_str::CompactString;

use crate::domain::alert;
use crate::domain::ids::{Fingerprint, Number};
use crate::domain::incident::{Cause, HeldBy, RuleRef, RunMode};
use crate::domain::oncall::Contact;
use crate::domain::run::How;

/// One happening with its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// By the rehearsal's clock.
    pub at: DateTime<Utc>,
    /// What.
    pub what: Happening,
}

/// The alert that something is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// Its identity.
    pub fingerprint: Fingerprint,
    /// The alert itself, shared with the brain.
    pub alert: Arc<alert::Alert>,
}

/// What holds an alert back, or keeps its incident silent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// A silence, an inhibition, the source itself, or no rule.
    Held(HeldBy),
    /// A throttle, by its name, until then.
    Throttle {
        /// Its name: `rooms/rule/cms-latency`.
        limit: CompactString,
        /// When it lets go.
        until: DateTime<Utc>,
    },
    /// A storm: the incident opens under this umbrella and speaks for itself no more.
    Storm,
    /// It changes too often.
    Flapping,
}

/// Something that people outside would have noticed, or that explains why they did not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happening {
    /// An incident opened.
    Opened {
        /// Its number.
        number: Number,
        /// The rule that owns it, with its place.
        rule: RuleRef,
        /// One line that says what is wrong.
        title: String,
        /// `sev1` is the worst.
        severity: CompactString,
    },
    /// It came back inside its re-open window.
    Reopened {
        /// Its number.
        number: Number,
    },
    /// Somebody took it.
    Acknowledged {
        /// Its number.
        number: Number,
        /// Who.
        by: CompactString,
    },
    /// The problem is over.
    Resolved {
        /// Its number.
        number: Number,
        /// Why.
        cause: Cause,
    },
    /// Room and ticket are closed.
    Closed {
        /// Its number.
        number: Number,
    },
    /// A room was opened.
    Room {
        /// Its incident.
        number: Number,
        /// Its name.
        name: String,
        /// Who is invited, as the rule names them.
        invite: Vec<String>,
    },
    /// A ticket was opened.
    Ticket {
        /// Its incident.
        number: Number,
        /// Where.
        tracker: CompactString,
        /// Its title.
        title: String,
        /// Its labels.
        labels: Vec<String>,
    },
    /// Somebody was woken.
    Page {
        /// The incident.
        number: Number,
        /// The escalation policy.
        policy: CompactString,
        /// Its step, from 1.
        step: u16,
        /// Who, by what. None: whoever stands behind the pagers.
        to: Option<Contact>,
        /// What they read.
        text: String,
    },
    /// A step of an escalation policy begins, whoever it wakes.
    Escalated {
        /// The incident.
        number: Number,
        /// The policy.
        policy: CompactString,
        /// The step, counted on through repetitions, from 1.
        step: u16,
    },
    /// Something was said in a room.
    Post {
        /// The room: an incident's number, or a name without `#`.
        room: CompactString,
        /// What, in full.
        text: String,
        /// It takes the place of something that was said before: a card, the state of a run.
        is_edit: bool,
    },
    /// A graph was ordered for a room.
    Graph {
        /// The incident.
        number: Number,
        /// The graph and its arguments.
        query: String,
    },
    /// A rule or a person asks for a run of a runbook.
    Run {
        /// The run's number.
        run: u64,
        /// The incident that it is to mend.
        number: Option<Number>,
        /// The runbook.
        runbook: CompactString,
        /// How far it may go by itself.
        mode: RunMode,
        /// What was filled in.
        parameters: BTreeMap<String, String>,
    },
    /// It waits for an approval until then.
    Asked {
        /// The run's number.
        run: u64,
        /// The runbook.
        runbook: CompactString,
        /// When the question lapses.
        until: DateTime<Utc>,
    },
    /// Somebody agreed to it.
    Approved {
        /// The run's number.
        run: u64,
        /// The runbook.
        runbook: CompactString,
        /// Who.
        by: CompactString,
    },
    /// It begins.
    Started {
        /// The run's number.
        run: u64,
        /// The runbook.
        runbook: CompactString,
    },
    /// A step was handed to an executor.
    Step {
        /// The run's number.
        run: u64,
        /// The step.
        name: CompactString,
    },
    /// A run is over.
    Ended {
        /// The run's number.
        run: u64,
        /// The runbook.
        runbook: CompactString,
        /// How.
        how: How,
        /// Why.
        why: String,
    },
    /// A silence holds from now on, or from its start.
    Silenced {
        /// Its id.
        id: CompactString,
        /// Why.
        comment: String,
        /// When it ends.
        until: DateTime<Utc>,
    },
    /// An alert, or the incident that it asks for, is held back.
    Held {
        /// Which; none where an incident's opening is held.
        alert: Option<Alert>,
        /// The rule that would own it, where one does.
        rule: Option<RuleRef>,
        /// Why.
        why: Why,
    },
    /// Somebody typed a line.
    Said {
        /// Who.
        who: CompactString,
        /// What.
        line: String,
        /// The first line of the answer.
        answer: String,
        /// Whether it was done.
        is_done: bool,
    },
    /// An order to the outside was given up.
    Failed {
        /// Its kind: `open_room`, `page`.
        effect: CompactString,
        /// Why.
        why: String,
    },
}

/// What was seen so far.
#[derive(Debug, Default)]
pub(super) struct Record(Mutex<Vec<Seen>>);

impl Record {
    pub(super) fn note(&self, at: DateTime<Utc>, what: Happening) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Seen { at, what });
    }

    /// Everything since the last call.
    pub(super) fn take(&self) -> Vec<Seen> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
