//! Answers to those who ask: alerts, incidents, timelines, and why.
//!
//! It refuses to change anything, except on behalf of a person's command.

use std::collections::BTreeMap;
use std::sync::Arc;

use compact_str::CompactString;

use super::Engine;
use super::handle::{Handled, Job};
use super::views::{AlertPage, AlertView, IncidentView, Refusal, Why};
use crate::brain::{At, Error, Key, Loaded, Rows};
use crate::domain::alert::Alert;
use crate::domain::ids::{CaseId, Fingerprint, Number};
use crate::domain::incident::{Command, Event, Head, Input, Member, Reason, Stored, child_key};
use crate::domain::messages;

/// How many cases one page of alerts looks at.
const PAGE_CASES: usize = 256;
/// How many incidents one page may hold.
const INCIDENTS_MAX: usize = 500;
/// How many events one page may hold.
const EVENTS_MAX: usize = 1000;
/// How far back `why` reads a timeline.
const WHY_EVENTS: u64 = 1000;

impl Engine {
    /// A page of the alerts of all cases in which something goes on, those of whole cases.
    ///
    /// # Errors
    /// When the brain is away.
    pub async fn alerts(&self, after: Option<CaseId>) -> Result<AlertPage, Refusal> {
        let page = self.brain.live(after, PAGE_CASES).await.map_err(away)?;
        let questions = page.cases.iter().map(|(case, _)| (At::Case(*case), Rows::All)).collect();
        let loaded = self.brain.load(questions).await.map_err(away)?;
        let mut alerts = Vec::new();
        for loaded in loaded.into_iter().flatten() {
            alerts.extend(self.alert_views(&loaded).await?);
        }
        Ok(AlertPage { alerts, next: page.next })
    }

    pub(super) async fn alert_views(&self, loaded: &Loaded) -> Result<Vec<AlertView>, Refusal> {
        let contents = self.contents(loaded.case, loaded.incident.members.iter()).await?;
        let head = &loaded.incident.head;
        let grace = self.options.settings.grace();
        Ok(loaded
            .incident
            .members
            .iter()
            .filter_map(|(fingerprint, member)| {
                let (alert, stored) = contents.get(fingerprint)?;
                Some(AlertView {
                    fingerprint: *fingerprint,
                    alert: alert.clone(),
                    status: member.status.clone(),
                    starts_at: member.starts_at,
                    ends_at: member.ended_at.or_else(|| member.stale_at(grace)),
                    updated_at: stored.at,
                    case: loaded.case,
                    number: head.number,
                    rule: head.policy.as_ref().map(|policy| policy.rule.name.clone()),
                })
            })
            .collect())
    }

    /// The alert behind each member, from the events that hold them.
    pub(super) async fn contents(
        &self,
        case: CaseId,
        members: impl Iterator<Item = (&Fingerprint, &Member)>,
    ) -> Result<BTreeMap<Fingerprint, (Arc<Alert>, Stored)>, Refusal> {
        let numbers = members.map(|(_, member)| member.content).collect();
        let events = self.brain.events_at(case, numbers).await.map_err(away)?;
        Ok(events
            .into_iter()
            .filter_map(|stored| {
                let (fingerprint, alert) = alert_of(&stored.event)?;
                Some((fingerprint, (alert, stored)))
            })
            .collect())
    }

    /// Up to `max` incidents, the newest first, below a number.
    ///
    /// # Errors
    /// When the brain is away.
    pub async fn incidents(
        &self,
        before: Option<Number>,
        max: usize,
    ) -> Result<Vec<IncidentView>, Refusal> {
        let last = self.brain.last_number().await.map_err(away)?.0;
        let mut next = before.map_or(last, |before| last.min(before.0.saturating_sub(1)));
        let mut views = Vec::new();
        let max = max.min(INCIDENTS_MAX);
        while next > 0 && views.len() < max {
            let count = u64::try_from(max - views.len()).unwrap_or(1).min(next);
            let numbers = (next - count + 1..=next).rev().map(Number);
            let cases = self.brain.find(numbers.map(Key::Number).collect()).await.map_err(away)?;
            let questions: Vec<_> = cases
                .iter()
                .filter_map(|found| Some((At::Case(found.first()?.case), Rows::Some(Vec::new()))))
                .collect();
            let loaded = self.brain.load(questions).await.map_err(away)?;
            views.extend(
                loaded
                    .into_iter()
                    .flatten()
                    .filter_map(|loaded| IncidentView::of(loaded.case, &loaded.incident.head)),
            );
            next -= count;
        }
        Ok(views)
    }

    /// One incident.
    ///
    /// # Errors
    /// When there is none with this number, or the brain is away.
    pub async fn incident(&self, number: Number) -> Result<IncidentView, Refusal> {
        let (case, head) = self.numbered(number).await?;
        IncidentView::of(case, &head).ok_or_else(|| no_incident(number))
    }

    /// Up to `max` events of an incident, from this one on.
    ///
    /// # Errors
    /// When there is none with this number, or the brain is away.
    pub async fn timeline(
        &self,
        number: Number,
        from: u64,
        max: usize,
    ) -> Result<Vec<Stored>, Refusal> {
        let (case, _) = self.numbered(number).await?;
        self.brain.events(case, from, max.min(EVENTS_MAX)).await.map_err(away)
    }

    pub(super) async fn numbered(&self, number: Number) -> Result<(CaseId, Head), Refusal> {
        let found = self.brain.find(vec![Key::Number(number)]).await.map_err(away)?;
        let case = found.first().and_then(|found| found.first()).map(|found| found.case);
        let loaded = self.load_head(case.ok_or_else(|| no_incident(number))?).await?;
        let loaded = loaded.ok_or_else(|| no_incident(number))?;
        Ok((loaded.case, loaded.incident.head))
    }

    pub(super) async fn load_head(&self, case: CaseId) -> Result<Option<Loaded>, Refusal> {
        let mut loaded =
            self.brain.load(vec![(At::Case(case), Rows::Some(Vec::new()))]).await.map_err(away)?;
        Ok(loaded.pop().flatten())
    }

    /// Carries out what a person asks of an incident. The caller has checked that they may.
    ///
    /// # Errors
    /// When there is no such incident, it is not in a phase for it, or the brain is away.
    pub async fn ask(
        self: &Arc<Self>,
        number: Number,
        by: CompactString,
        command: Command,
    ) -> Result<IncidentView, Refusal> {
        let (case, _) = self.numbered(number).await?;
        let (at, rows, asked) =
            (self.clock.now(), rows_of(&command, case), (by.clone(), command.clone()));
        let handled =
            self.handle(Job::on(case, rows, Input::Asked { by, command })).await.map_err(away)?;
        let Handled::Done { case, head, reasons } = handled else {
            return Err(no_incident(number));
        };
        for (_, reason) in &reasons {
            if let Reason::NotNow(phase) = reason {
                return Err(Refusal::Conflict(messages::not_now(number, *phase)));
            }
        }
        self.keep_asked(at, (case, &head), asked, &reasons).await;
        IncidentView::of(case, &head).ok_or_else(|| no_incident(number))
    }

    /// The case of an incident, for commands that name another one.
    ///
    /// # Errors
    /// When there is none with this number, or the brain is away.
    pub async fn case_of(&self, number: Number) -> Result<CaseId, Refusal> {
        Ok(self.numbered(number).await?.0)
    }

    /// Why an alert did what it did, or nothing.
    ///
    /// # Errors
    /// When no alert with this fingerprint is known, or the brain is away.
    pub async fn why(&self, fingerprint: Fingerprint) -> Result<Why, Refusal> {
        let unknown = || Refusal::NotFound(messages::unknown_alert(fingerprint));
        let found = self.brain.find(vec![Key::Fingerprint(fingerprint)]).await.map_err(away)?;
        let case = found.first().and_then(|found| found.first()).map(|found| found.case);
        let question = (At::Case(case.ok_or_else(unknown)?), Rows::Some(vec![fingerprint]));
        let mut loaded = self.brain.load(vec![question]).await.map_err(away)?;
        let loaded = loaded.pop().flatten().ok_or_else(unknown)?;
        let member = loaded.incident.members.get(&fingerprint).ok_or_else(unknown)?.clone();
        let contents = self.contents(loaded.case, std::iter::once((&fingerprint, &member))).await?;
        let (alert, _) = contents.get(&fingerprint).ok_or_else(unknown)?;
        let head = &loaded.incident.head;
        let from = head.version.saturating_sub(WHY_EVENTS) + 1;
        let max = usize::try_from(WHY_EVENTS).unwrap_or(EVENTS_MAX);
        let events = self.brain.events(loaded.case, from, max).await.map_err(away)?;
        let timeline =
            events.iter().filter_map(|stored| messages::told(stored, fingerprint)).collect();
        let book = self.book.load_full();
        let owner = book.rules.route(&alert.labels).owner.and_then(|id| book.rules.rule(id));
        let owner = owner.map(|rule| &rule.at);
        let rules = book.rules.explain(&alert.labels).iter().map(messages::tried).collect();
        Ok(Why {
            fingerprint: fingerprint.to_string(),
            answer: messages::why(head, &member, owner),
            labels: alert.labels.clone(),
            status: messages::status(&member.status).to_owned(),
            incident: head.number.map(|number| number.0),
            verdicts: messages::verdicts(head, &member),
            rules,
            timeline,
            files: head.policy.as_ref().map(|it| it.files.to_string()).filter(|it| !it.is_empty()),
            files_today: book.rules.version().to_string(),
        })
    }

    /// What is missing before this process can keep its promise, in words; nothing: it is ready.
    pub async fn missing(&self) -> Vec<String> {
        let mut missing = Vec::new();
        match self.brain.health().await {
            Ok(_) => {
                self.meters.brain_up.set(1);
            }
            Err(error) => {
                self.meters.brain_up.set(0);
                missing.push(error.to_string());
            }
        }
        if self.book.load().rules.is_empty() {
            missing.push("no rules are loaded: no alert can open an incident".to_owned());
        }
        if let Some(broken) = self.journal.as_ref().and_then(|journal| journal.stats().broken) {
            missing.push(format!("the journal is broken: {broken}"));
        }
        missing
    }

    /// The names of the rules, in the order in which they are tried.
    #[must_use]
    pub fn rule_names(&self) -> Vec<CompactString> {
        self.book.load().rules.iter().map(|rule| rule.at.name.clone()).collect()
    }

    /// What this engine counts.
    #[must_use]
    pub fn meters(&self) -> &super::meters::Meters {
        &self.meters
    }
}

/// The members that a command looks at.
pub(super) fn rows_of(command: &Command, case: CaseId) -> Rows {
    match command {
        Command::Merge { .. } => Rows::Some(vec![child_key(case)]),
        Command::Acknowledge
        | Command::Resolve
        | Command::Lead { .. }
        | Command::Note { .. }
        | Command::Escalate
        | Command::Call { .. }
        | Command::SetSeverity { .. } => Rows::Some(Vec::new()),
    }
}

/// The alert that an event holds.
pub(super) fn alert_of(event: &Event) -> Option<(Fingerprint, Arc<Alert>)> {
    match event {
        Event::AlertFired { fingerprint, alert, .. }
        | Event::AlertHeld { fingerprint, alert, .. }
        | Event::AlertChanged { fingerprint, alert }
        | Event::AlertResolved { fingerprint, alert: Some(alert), .. } => {
            Some((*fingerprint, alert.clone()))
        }
        _ => None,
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in map_err")]
pub(super) fn away(error: Error) -> Refusal {
    Refusal::Unavailable(error.to_string())
}

fn no_incident(number: Number) -> Refusal {
    Refusal::NotFound(format!("there is no incident #{number}"))
}
