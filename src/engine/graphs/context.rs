//! What an incident's room knows: labels, times, and moments worth seeing.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use crate::domain::alert::Labels;
use crate::domain::chart::{Marker, MarkerKind};
use crate::domain::dashboard::Context;
use crate::domain::ids::{CaseId, Number};
use crate::domain::incident::{Event, Head, Stored};
use crate::engine::Engine;
use crate::engine::queries::away;
use crate::engine::views::Refusal;

/// Events that are looked at for moments: an incident's beginning and what was tried.
const EVENTS_MAX: usize = 500;
/// Moments of one kind in a picture: more cover the lines.
const MARKERS_MAX: usize = 6;
/// Letters of a moment's name.
const LABEL_LETTERS_MAX: usize = 40;
/// How long before its incident an alert may have begun for the picture to begin there.
const BEFORE_MAX: TimeDelta = TimeDelta::hours(6);

impl Engine {
    /// What is known in an incident's room.
    ///
    /// # Errors
    /// When there is none with this number, or the brain is away.
    pub async fn graph_context(&self, number: Number) -> Result<Context, Refusal> {
        let (case, head) = self.numbered(number).await?;
        self.context_of(case, &head).await
    }

    /// What is known about a case.
    pub(super) async fn case_context(&self, case: CaseId) -> Result<Context, Refusal> {
        match self.load_head(case).await? {
            Some(loaded) => self.context_of(case, &loaded.incident.head).await,
            None => Ok(Context::default()),
        }
    }

    async fn context_of(&self, case: CaseId, head: &Head) -> Result<Context, Refusal> {
        let events = self.brain.events(case, 1, EVENTS_MAX).await.map_err(away)?;
        let policy = head.policy.as_ref();
        let mut labels = policy.map(|policy| policy.labels.clone()).unwrap_or_default();
        for (name, value) in shared(&events) {
            labels.entry(name).or_insert(value);
        }
        let markers = markers(&events);
        let opened = head.opened_at.unwrap_or(head.began_at);
        // An alert is older than its incident: what made it fire must be in the picture.
        let fired = markers.iter().map(|marker| marker.at).min().unwrap_or(opened);
        Ok(Context {
            labels,
            since: Some(fired.clamp(opened - BEFORE_MAX, opened)),
            until: head.resolved_at,
            zone: None,
            incident: head.number,
            markers,
        })
    }
}

/// The labels that all alerts of the incident have in common.
fn shared(events: &[Stored]) -> Labels {
    let mut alerts = events.iter().filter_map(|stored| match &stored.event {
        Event::AlertFired { alert, .. } => Some(&alert.labels),
        _ => None,
    });
    let Some(first) = alerts.next() else { return Labels::new() };
    let mut labels = first.clone();
    for other in alerts {
        labels.retain(|name, value| other.get(name) == Some(value));
    }
    labels
}

/// When alerts began and ended, and what was tried.
fn markers(events: &[Stored]) -> Vec<Marker> {
    let mut seen = BTreeSet::new();
    let (mut markers, mut cleared) = (Vec::new(), Vec::new());
    for stored in events {
        let at = stored.at;
        match &stored.event {
            Event::AlertFired { alert, .. } if seen.insert(alert.label("alertname")) => {
                let label = short(alert.label("alertname"));
                markers.push(Marker { at: alert.starts_at, kind: MarkerKind::Alert, label });
            }
            Event::IncidentReopened {} => {
                let label = "back".to_owned();
                markers.push(Marker { at, kind: MarkerKind::Alert, label });
            }
            Event::RunStarted { run } => {
                markers.push(Marker { at, kind: MarkerKind::Fix, label: short(run) });
            }
            Event::IncidentResolved { .. } => {
                let label = "resolved".to_owned();
                cleared.push(Marker { at, kind: MarkerKind::Cleared, label });
            }
            _ => {}
        }
    }
    markers.truncate(MARKERS_MAX);
    // The last end is the one that counts.
    markers.extend(cleared.pop());
    markers
}

fn short(text: &str) -> String {
    text.chars().take(LABEL_LETTERS_MAX).collect()
}
