//! Timelines told to people: every event as a sentence, with the names that it only has ids for.

use std::collections::BTreeSet;

use super::Engine;
use super::queries::{alert_of, away};
use super::views::{AlertView, Refusal};
use crate::brain::{At, Rows};
use crate::domain::ids::{CaseId, Fingerprint, Number};
use crate::domain::incident::{Event, Stored};
use crate::domain::messages::{self, Names};

impl Engine {
    /// Up to `max` events of an incident, from this one on, each with its sentence.
    ///
    /// # Errors
    /// When there is none with this number, or the brain is away.
    pub async fn told(
        &self,
        number: Number,
        from: u64,
        max: usize,
    ) -> Result<Vec<(Stored, String)>, Refusal> {
        let case = self.case_of(number).await?;
        let events = self.timeline(number, from, max).await?;
        let names = self.names(case, &events).await?;
        let told = |stored: Stored| {
            let text = messages::happened(&stored, &names);
            (stored, text)
        };
        Ok(events.into_iter().map(told).collect())
    }

    /// The alerts of an incident.
    ///
    /// # Errors
    /// When there is none with this number, or the brain is away.
    pub async fn alerts_of(&self, number: Number) -> Result<Vec<AlertView>, Refusal> {
        let question = (At::Case(self.case_of(number).await?), Rows::All);
        let loaded = self.brain.load(vec![question]).await.map_err(away)?.pop().flatten();
        match loaded {
            Some(loaded) => self.alert_views(&loaded).await,
            None => Ok(Vec::new()),
        }
    }

    /// What these events name by an id only.
    async fn names(&self, case: CaseId, events: &[Stored]) -> Result<Names, Refusal> {
        let mut names = Names::default();
        let here = events.iter().filter_map(|stored| alert_of(&stored.event));
        names.alerts = here.map(|(of, alert)| (of, messages::alert_name(&alert))).collect();
        let wanted: BTreeSet<Fingerprint> =
            events.iter().filter_map(|stored| alert_named(&stored.event)).collect();
        let missing: Vec<Fingerprint> =
            wanted.into_iter().filter(|it| !names.alerts.contains_key(it)).collect();
        if !missing.is_empty() {
            let question = (At::Case(case), Rows::Some(missing));
            let loaded = self.brain.load(vec![question]).await.map_err(away)?.pop().flatten();
            let members = loaded.map(|loaded| loaded.incident.members).unwrap_or_default();
            let contents = self.contents(case, members.iter()).await?;
            let named =
                |(of, (alert, _)): (_, (std::sync::Arc<_>, _))| (of, messages::alert_name(&alert));
            names.alerts.extend(contents.into_iter().map(named));
        }
        let cases: BTreeSet<CaseId> =
            events.iter().filter_map(|stored| case_named(&stored.event)).collect();
        if !cases.is_empty() {
            let questions = cases.into_iter().map(|case| (At::Case(case), Rows::Some(Vec::new())));
            let loaded = self.brain.load(questions.collect()).await.map_err(away)?;
            let number = |it: crate::brain::Loaded| Some((it.case, it.incident.head.number?));
            names.incidents = loaded.into_iter().flatten().filter_map(number).collect();
        }
        Ok(names)
    }
}

/// The alert that an event names and does not hold.
fn alert_named(event: &Event) -> Option<Fingerprint> {
    match event {
        Event::AlertReleased { fingerprint }
        | Event::AlertResolved { fingerprint, alert: None, .. }
        | Event::AlertWentStale { fingerprint }
        | Event::FlappingStarted { fingerprint, .. }
        | Event::FlappingStopped { fingerprint } => Some(*fingerprint),
        Event::AlertsKept { until } => until.first().map(|(fingerprint, _)| *fingerprint),
        _ => None,
    }
}

/// The other incident that an event names.
fn case_named(event: &Event) -> Option<CaseId> {
    match event {
        Event::IncidentMerged { into } => Some(*into),
        Event::IncidentOpened { parent, .. } => *parent,
        Event::ChildLeft { child } | Event::ChildRefused { child } => Some(*child),
        _ => None,
    }
}
