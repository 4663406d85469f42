//! What fires, as far as the journal tells, and which groups of that nobody has been paged for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use compact_str::CompactString;

use super::ALERTS_MAX;
use crate::domain::alert::{Alert, Labels, Report, What};
use crate::domain::ids::{Fingerprint, GroupKey, Number};
use crate::domain::noise::inhibition::Inhibitions;
use crate::domain::noise::silence::Silences;
use crate::engine::Book;
use crate::engine::journal::Entry;

/// One alert, by its last report.
#[derive(Debug, Clone)]
struct Seen {
    alert: Arc<Alert>,
    fires: bool,
    /// In a downtime of its source, or flapping there.
    is_held: bool,
    expires_at: Option<DateTime<Utc>>,
    /// The brain took its beginning: the usual path has paged, or knows why not.
    is_known: bool,
}

/// What the journal tells about alerts.
#[derive(Debug, Default)]
pub(super) struct Picture {
    alerts: BTreeMap<Fingerprint, Seen>,
}

/// A group that nobody has been paged for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) group: GroupKey,
    /// The escalation policy.
    pub(super) policy: CompactString,
    pub(super) severity: CompactString,
    pub(super) title: String,
    /// The beginning of the alert that has fired longest.
    pub(super) since: DateTime<Utc>,
}

impl Picture {
    /// Takes one delivery into the picture; `is_known`: the brain has it.
    pub(super) fn add(&mut self, entry: &Entry, is_known: bool) {
        for report in &entry.reports {
            self.report(report, is_known);
        }
    }

    fn report(&mut self, report: &Report, is_known: bool) {
        let print = report.alert.fingerprint();
        if !self.alerts.contains_key(&print) && self.alerts.len() >= ALERTS_MAX {
            return;
        }
        let seen = self.alerts.entry(print).or_insert_with(|| Seen {
            alert: report.alert.clone(),
            fires: false,
            is_held: false,
            expires_at: None,
            is_known,
        });
        let is_older = report.alert.starts_at < seen.alert.starts_at;
        match &report.what {
            What::Firing { expires_at } => {
                seen.is_known = is_known || (seen.fires && seen.is_known);
                seen.fires = true;
                seen.expires_at = *expires_at;
                seen.alert = report.alert.clone();
            }
            What::Resolved { .. } if is_older => {}
            What::Resolved { .. } => (seen.fires, seen.is_held) = (false, false),
            What::DowntimeStarted | What::FlappingStarted => {
                (seen.fires, seen.is_held) = (true, true);
            }
            What::DowntimeEnded | What::FlappingStopped => seen.is_held = false,
            // Somebody knows of it.
            What::Acknowledged { .. } => seen.is_known = true,
            What::Noted { .. } => {}
        }
    }

    /// The groups that want a page by these rules and silences, in their order.
    pub(super) fn wanting(
        &self,
        book: &Book,
        silences: &Silences,
        (now, grace): (DateTime<Utc>, TimeDelta),
    ) -> Vec<Wanted> {
        let live: Vec<(&Fingerprint, &Seen)> =
            self.alerts.iter().filter(|(_, seen)| seen.lives(now, grace)).collect();
        let sources = sources(&book.inhibitions, &live);
        let mut known: BTreeSet<GroupKey> = BTreeSet::new();
        let mut wanted: BTreeMap<GroupKey, Wanted> = BTreeMap::new();
        for (print, seen) in live {
            let labels = &seen.alert.labels;
            let is_silent = silences.holding(labels, now).is_some();
            if seen.is_held || is_silent || inhibits(&book.inhibitions, &sources, *print, labels) {
                continue;
            }
            let route = book.rules.route(labels);
            let Some(owner) = route.owner else { continue };
            if seen.is_known {
                known.insert(route.group);
                continue;
            }
            // Nobody has given it a number yet.
            let rendered = book.rules.policy(owner, &route.also, &seen.alert, Number(0));
            let Some(rendered) = rendered else { continue };
            let Some(page) = rendered.policy.page else { continue };
            let new = Wanted {
                group: route.group.clone(),
                policy: page,
                severity: rendered.policy.severity,
                title: rendered.policy.title,
                since: seen.alert.starts_at,
            };
            let old = wanted.entry(route.group).or_insert_with(|| new.clone());
            if new.since < old.since {
                *old = new;
            }
        }
        wanted.into_values().filter(|it| !known.contains(&it.group)).collect()
    }
}

impl Seen {
    fn lives(&self, now: DateTime<Utc>, grace: TimeDelta) -> bool {
        self.fires && self.expires_at.is_none_or(|until| until + grace > now)
    }
}

/// Which alerts are filed under which inhibition key.
fn sources(
    inhibitions: &Inhibitions,
    live: &[(&Fingerprint, &Seen)],
) -> BTreeMap<u64, BTreeSet<Fingerprint>> {
    let mut sources: BTreeMap<u64, BTreeSet<Fingerprint>> = BTreeMap::new();
    for (print, seen) in live {
        for key in inhibitions.source_keys(&seen.alert.labels) {
            sources.entry(key).or_default().insert(**print);
        }
    }
    sources
}

fn inhibits(
    inhibitions: &Inhibitions,
    sources: &BTreeMap<u64, BTreeSet<Fingerprint>>,
    own: Fingerprint,
    labels: &Labels,
) -> bool {
    let keys = inhibitions.target_keys(labels).into_iter();
    let mut filed = keys.filter_map(|(_, key)| sources.get(&key));
    filed.any(|sources| sources.iter().any(|source| *source != own))
}
