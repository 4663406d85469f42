//! One incident, read from its timeline.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use compact_str::CompactString;

use crate::domain::alert::Labels;
use crate::domain::ids::Number;
use crate::domain::incident::{Cause, Event, RuleRef, Stored};
use crate::domain::run::{How, Word};

/// One incident. Times are those of the timeline; only `began_at` is the source's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// Its number.
    pub number: Number,
    /// What was wrong.
    pub title: String,
    /// How bad it was at last.
    pub severity: CompactString,
    /// The rule that opened it.
    pub rule: RuleRef,
    /// What its alerts have in common.
    pub labels: Labels,
    /// The source's time of the first alert.
    pub began_at: Option<DateTime<Utc>>,
    /// When warroom first heard of it.
    pub seen_at: DateTime<Utc>,
    /// When it opened.
    pub opened_at: DateTime<Utc>,
    /// Who took it first, and when.
    pub taken: Option<(DateTime<Utc>, CompactString)>,
    /// When nothing fired any more, or a remedy had succeeded, whichever came first.
    pub mitigated_at: Option<DateTime<Utc>>,
    /// When it was resolved last.
    pub resolved_at: Option<DateTime<Utc>>,
    /// Who said that it is over; none: its alerts cleared.
    pub resolved_by: Option<CompactString>,
    /// How often it came back.
    pub reopened: u32,
    /// How many different alerts fired.
    pub alerts: usize,
    /// How often alerts were held back by silences, inhibitions and the like.
    pub held: usize,
    /// How often an alert began to flap.
    pub flapped: usize,
    /// Whom it woke.
    pub wakes: Vec<Wake>,
    /// What runbooks did for it.
    pub fixes: Vec<Fix>,
    /// What people wrote down.
    pub notes: Vec<(CompactString, String)>,
    /// Its ticket.
    pub ticket: Option<CompactString>,
}

/// One call of one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wake {
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub person: CompactString,
}

/// How one run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// When.
    pub at: DateTime<Utc>,
    /// The run.
    pub run: u64,
    /// The runbook.
    pub runbook: CompactString,
    /// How it ended.
    pub how: How,
}

impl Review {
    /// Reads a timeline; none: it never opened.
    #[must_use]
    pub fn of(events: &[Stored]) -> Option<Self> {
        let mut events = events.iter();
        let mut before = Before::default();
        let mut review = loop {
            let stored = events.next()?;
            before.seen_at.get_or_insert(stored.at);
            before.hear(stored);
            if let Event::IncidentOpened { number, policy, .. } = &stored.event {
                break Self {
                    number: *number,
                    title: policy.title.clone(),
                    severity: policy.severity.clone(),
                    rule: policy.rule.clone(),
                    labels: policy.labels.clone(),
                    began_at: None,
                    seen_at: before.seen_at.unwrap_or(stored.at),
                    opened_at: stored.at,
                    taken: None,
                    mitigated_at: None,
                    resolved_at: None,
                    resolved_by: None,
                    reopened: 0,
                    alerts: 0,
                    held: 0,
                    flapped: 0,
                    wakes: Vec::new(),
                    fixes: Vec::new(),
                    notes: Vec::new(),
                    ticket: None,
                };
            }
        };
        for stored in events {
            before.hear(stored);
            review.hear(stored, before.firing.is_empty());
        }
        review.began_at = before.began_at;
        review.alerts = before.alerts.len();
        (review.held, review.flapped) = (before.held, before.flapped);
        Some(review)
    }

    /// The service that it was about; empty where its alerts name none.
    #[must_use]
    pub fn service(&self) -> &str {
        self.labels.get("service").map_or("", CompactString::as_str)
    }

    /// Whether no person did anything: nobody took it, nothing was run, and it went by itself.
    #[must_use]
    pub fn went_by_itself(&self) -> bool {
        self.resolved_at.is_some()
            && self.taken.is_none()
            && self.resolved_by.is_none()
            && self.fixes.is_empty()
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a review is made of a few events; the others are told by the timeline"
    )]
    fn hear(&mut self, stored: &Stored, is_calm: bool) {
        let at = stored.at;
        match &stored.event {
            Event::AlertResolved { .. } | Event::AlertWentStale { .. } if is_calm => {
                self.mitigated_at.get_or_insert(at);
            }
            Event::IncidentReopened {} => {
                self.reopened += 1;
                (self.mitigated_at, self.resolved_at, self.resolved_by) = (None, None, None);
            }
            Event::IncidentAcknowledged { by } => {
                self.taken.get_or_insert_with(|| (at, by.clone()));
            }
            Event::SeverityChanged { severity, .. } => self.severity = severity.clone(),
            Event::IncidentResolved { cause } => {
                self.resolved_at = Some(at);
                self.mitigated_at.get_or_insert(at);
                self.resolved_by = match cause {
                    Cause::Person { by } => Some(by.clone()),
                    Cause::AlertsCleared | Cause::Parent => None,
                };
            }
            Event::PersonPaged { contact } => {
                self.wakes.push(Wake { at, person: contact.person.clone() });
            }
            Event::RunTold { number, word: Word::Ended { runbook, how, .. }, .. } => {
                if *how == How::Succeeded {
                    self.mitigated_at.get_or_insert(at);
                }
                self.fixes.push(Fix { at, run: *number, runbook: runbook.clone(), how: *how });
            }
            Event::NoteAdded { by, text } => self.notes.push((by.clone(), text.clone())),
            Event::TicketOpened { ticket } => self.ticket = Some(ticket.clone()),
            _ => {}
        }
    }
}

/// What alerts did, from the beginning of the case on.
#[derive(Default)]
struct Before {
    seen_at: Option<DateTime<Utc>>,
    began_at: Option<DateTime<Utc>>,
    firing: BTreeSet<crate::domain::ids::Fingerprint>,
    alerts: BTreeSet<crate::domain::ids::Fingerprint>,
    held: usize,
    flapped: usize,
}

impl Before {
    #[expect(clippy::wildcard_enum_match_arm, reason = "only what alerts do is counted here")]
    fn hear(&mut self, stored: &Stored) {
        match &stored.event {
            Event::AlertFired { fingerprint, alert, .. } => {
                self.firing.insert(*fingerprint);
                self.alerts.insert(*fingerprint);
                let is_earlier = self.began_at.is_none_or(|known| alert.starts_at < known);
                if !alert.is_start_unnamed && is_earlier {
                    self.began_at = Some(alert.starts_at);
                }
            }
            Event::AlertResolved { fingerprint, .. }
            | Event::AlertWentStale { fingerprint }
            | Event::AlertLeft { fingerprint } => {
                self.firing.remove(fingerprint);
            }
            Event::AlertHeld { fingerprint, .. } => {
                self.firing.remove(fingerprint);
                self.held += 1;
            }
            Event::FlappingStarted { .. } => self.flapped += 1,
            _ => {}
        }
    }
}
