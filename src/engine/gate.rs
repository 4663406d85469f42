//! Says of each alert whether something holds it back: silences first, inhibition second.
//!
//! It refuses to drop anything: a held alert is stored with its reason and looked at again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arc_swap::ArcSwap;
use chrono::{DateTime, Utc};

use super::{Book, Engine};
use crate::brain::{At, Error, Found, Key, Kind, Rows};
use crate::domain::alert::{Labels, Report, What};
use crate::domain::ids::Fingerprint;
use crate::domain::incident::{HeldBy, MemberStatus, Ruling, Sighting};
use crate::domain::noise::silence::{Silence, Silences};

/// What the noise rules of this process know.
#[derive(Debug, Default)]
pub(super) struct Gate {
    silences: ArcSwap<Silences>,
}

/// The inhibition rules whose target side an alert matches, with their keys.
type Targets = Vec<(usize, u64)>;

impl Engine {
    /// The silences as this process knows them.
    pub(super) fn known_silences(&self) -> Arc<Silences> {
        self.gate.silences.load_full()
    }

    /// Reads the silences again.
    pub(super) async fn refresh_silences(&self) -> Result<(), Error> {
        let documents = self.brain.documents(Kind::Silence).await?;
        let mut silences = Vec::with_capacity(documents.len());
        for document in documents {
            match serde_json::from_value::<Silence>(document.body) {
                Ok(silence) => silences.push(silence),
                Err(error) => {
                    tracing::error!(silence = %document.id, %error, "a stored silence cannot be read");
                }
            }
        }
        self.gate.silences.store(Arc::new(Silences::new(silences)));
        Ok(())
    }

    /// What holds each of these reports back now, in their order.
    pub(super) async fn rulings(
        &self,
        reports: &[(Fingerprint, Report)],
        now: DateTime<Utc>,
    ) -> Result<Vec<Ruling>, Error> {
        let book = self.book.load_full();
        let silences = self.gate.silences.load();
        let mut rulings = Vec::with_capacity(reports.len());
        let mut targets: Vec<(usize, Targets)> = Vec::new();
        for (place, (_, report)) in reports.iter().enumerate() {
            let ruling = match report.what {
                What::Firing { .. } => silenced(&silences, &report.alert.labels, now),
                What::Resolved { .. }
                | What::Acknowledged { .. }
                | What::DowntimeStarted
                | What::DowntimeEnded
                | What::FlappingStarted
                | What::FlappingStopped
                | What::Noted { .. } => Ruling::Pass,
            };
            let is_open = ruling == Ruling::Pass && matches!(report.what, What::Firing { .. });
            if is_open && !book.inhibitions.rules().is_empty() {
                let keys = book.inhibitions.target_keys(&report.alert.labels);
                if !keys.is_empty() {
                    targets.push((place, keys));
                }
            }
            rulings.push(ruling);
        }
        if !targets.is_empty() {
            self.inhibit(&book, reports, &targets, &mut rulings).await?;
        }
        Ok(rulings)
    }

    async fn inhibit(
        &self,
        book: &Book,
        reports: &[(Fingerprint, Report)],
        targets: &[(usize, Targets)],
        rulings: &mut [Ruling],
    ) -> Result<(), Error> {
        let mut sources = self.stored_sources(targets).await?;
        // A source and its target often come in one delivery: the source counts at once, and one
        // that ends in this delivery no longer counts.
        for (fingerprint, report) in reports {
            let keys = book.inhibitions.source_keys(&report.alert.labels);
            for key in keys {
                let known: &mut BTreeSet<Fingerprint> = sources.entry(key).or_default();
                match report.what {
                    What::Firing { .. } => known.insert(*fingerprint),
                    What::Resolved { .. } => known.remove(fingerprint),
                    What::Acknowledged { .. }
                    | What::DowntimeStarted
                    | What::DowntimeEnded
                    | What::FlappingStarted
                    | What::FlappingStopped
                    | What::Noted { .. } => false,
                };
            }
        }
        for (place, keys) in targets {
            let (Some((own, _)), Some(ruling)) = (reports.get(*place), rulings.get_mut(*place))
            else {
                continue;
            };
            let hit = keys.iter().find_map(|(rule, key)| {
                let source = sources.get(key)?.iter().find(|source| *source != own)?;
                Some((book.inhibitions.rules().get(*rule)?, *source))
            });
            if let Some((inhibition, source)) = hit {
                let rule = &inhibition.rule;
                *ruling = Ruling::Held(HeldBy::Inhibition {
                    rule: rule.name.clone(),
                    file: rule.file.clone(),
                    line: rule.line,
                    source,
                });
            }
        }
        Ok(())
    }

    /// The stored alerts that fire under these inhibition keys. Index entries may dangle, so each
    /// is looked at.
    async fn stored_sources(
        &self,
        targets: &[(usize, Targets)],
    ) -> Result<BTreeMap<u64, BTreeSet<Fingerprint>>, Error> {
        let keys: BTreeSet<u64> =
            targets.iter().flat_map(|(_, keys)| keys.iter().map(|(_, key)| *key)).collect();
        let keys: Vec<u64> = keys.into_iter().collect();
        let found = self.brain.find(keys.iter().map(|key| Key::Inhibitor(*key)).collect()).await?;
        let entries: Vec<(u64, Found)> = keys
            .iter()
            .zip(found)
            .flat_map(|(key, found)| found.into_iter().map(|entry| (*key, entry)))
            .collect();
        let questions = entries
            .iter()
            .map(|(_, found)| {
                (At::Case(found.case), Rows::Some(found.member.into_iter().collect()))
            })
            .collect();
        let loaded =
            if entries.is_empty() { Vec::new() } else { self.brain.load(questions).await? };
        let mut sources: BTreeMap<u64, BTreeSet<Fingerprint>> = BTreeMap::new();
        for ((key, found), loaded) in entries.into_iter().zip(loaded) {
            let (Some(fingerprint), Some(loaded)) = (found.member, loaded) else { continue };
            let is_firing = loaded.incident.members.get(&fingerprint).is_some_and(|member| {
                matches!(member.status, MemberStatus::Firing | MemberStatus::Held(_))
            });
            if is_firing {
                sources.entry(key).or_default().insert(fingerprint);
            }
        }
        Ok(sources)
    }

    /// Pairs reports with their rulings.
    pub(super) async fn sightings(
        &self,
        reports: Vec<(Fingerprint, Report)>,
        now: DateTime<Utc>,
    ) -> Result<Vec<Sighting>, Error> {
        let rulings = self.rulings(&reports, now).await?;
        Ok(reports
            .into_iter()
            .zip(rulings)
            .map(|((fingerprint, report), ruling)| Sighting { fingerprint, report, ruling })
            .collect())
    }
}

fn silenced(silences: &Silences, labels: &Labels, now: DateTime<Utc>) -> Ruling {
    match silences.holding(labels, now) {
        None => Ruling::Pass,
        Some(silence) => Ruling::Held(HeldBy::Silence {
            id: silence.id.clone(),
            comment: silence.comment.to_string(),
            until: silence.active_until(now),
        }),
    }
}
