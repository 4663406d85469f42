//! Everything that is known of one incident, read once.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::domain::ids::Number;
use crate::domain::incident::Stored;
use crate::domain::messages::postmortem::Ran;
use crate::domain::messages::talk::run_phase;
use crate::domain::review::Review;
use crate::domain::room::{Entry, Picture};
use crate::engine::Engine;
use crate::engine::runs::RunView;
use crate::engine::views::Refusal;

/// Events of one incident that are read at most: a night has hundreds, and what has more is a fault
/// of its rule.
const EVENTS_MAX: u64 = 10_000;
/// Events in one answer of the brain.
const PAGE: usize = 1000;
/// Entries of its room that are read at most.
const ENTRIES_MAX: usize = 5000;
/// Runs that are looked at.
const RUNS_MAX: usize = 50;

/// Everything that is known of one incident.
#[derive(Debug, Clone)]
pub struct Dossier {
    /// What it came to.
    pub review: Review,
    /// What happened, with its sentences, the oldest first.
    pub told: Vec<(Stored, String)>,
    /// The first events, where there are too many.
    pub left_out: u64,
    /// What its room shows, the oldest first: of each slot the newest.
    pub entries: Vec<(u64, Entry)>,
    /// What runbooks did for it.
    pub runs: Vec<RunView>,
}

impl Engine {
    /// Reads everything that is known of an incident.
    ///
    /// # Errors
    /// When there is none with this number, or the brain is away.
    pub async fn dossier(self: &Arc<Self>, number: Number) -> Result<Dossier, Refusal> {
        let (told, left_out) = self.all_told(number).await?;
        let events: Vec<Stored> = told.iter().map(|(stored, _)| stored.clone()).collect();
        let gone = || Refusal::NotFound(format!("nothing is known of incident #{number} any more"));
        let review = Review::of(&events).ok_or_else(gone)?;
        let mut runs = Vec::new();
        let mut numbers: Vec<u64> = review.fixes.iter().map(|fix| fix.run).collect();
        numbers.dedup();
        for run in numbers.into_iter().take(RUNS_MAX) {
            // A run that was forgotten is told by the timeline alone.
            runs.extend(self.run(run).await.ok());
        }
        let entries = self.shown_in(number).await?;
        Ok(Dossier { review, told, left_out, entries, runs })
    }

    /// What an incident came to.
    ///
    /// # Errors
    /// When there is none with this number, or the brain is away.
    pub async fn review(&self, number: Number) -> Result<Option<Review>, Refusal> {
        let mut events = Vec::new();
        let mut from = 1;
        while from <= EVENTS_MAX {
            let page = self.timeline(number, from, PAGE).await?;
            let Some(last) = page.last() else { break };
            from = last.number + 1;
            events.extend(page);
        }
        Ok(Review::of(&events))
    }

    async fn all_told(&self, number: Number) -> Result<(Vec<(Stored, String)>, u64), Refusal> {
        let last = self.incident(number).await?.events;
        // The opening stands at the beginning, so that the first events are never left out.
        let (mut told, mut from) = (Vec::new(), 1);
        while from <= last.min(EVENTS_MAX) {
            let page = self.told(number, from, PAGE).await?;
            let Some((end, _)) = page.last() else { break };
            from = end.number + 1;
            told.extend(page);
        }
        Ok((told, last.saturating_sub(EVENTS_MAX)))
    }

    /// The entries of an incident's room as its readers see them.
    async fn shown_in(&self, number: Number) -> Result<Vec<(u64, Entry)>, Refusal> {
        let room = number.to_string();
        let (mut entries, mut from): (Vec<(u64, Entry)>, u64) = (Vec::new(), 1);
        while entries.len() < ENTRIES_MAX {
            let page = self.entries(&room, from, PAGE).await?;
            let Some((last, _)) = page.last() else { break };
            from = last + 1;
            for (place, entry) in page {
                let known = entry.slot.as_ref().and_then(|slot| {
                    entries.iter_mut().find(|(_, known)| known.slot.as_ref() == Some(slot))
                });
                match known {
                    Some((_, known)) => *known = entry,
                    None => entries.push((place, entry)),
                }
            }
        }
        Ok(entries)
    }
}

impl Dossier {
    /// The pictures that its room shows, in their order, each once.
    #[must_use]
    pub fn pictures(&self) -> Vec<(DateTime<Utc>, Picture)> {
        let mut pictures: Vec<(DateTime<Utc>, Picture)> = Vec::new();
        for (_, entry) in &self.entries {
            let Some(picture) = &entry.post.picture else { continue };
            if !pictures.iter().any(|(_, known)| known.id == picture.id) {
                pictures.push((entry.at, picture.clone()));
            }
        }
        pictures
    }

    /// What runbooks did, as the postmortem tells it.
    #[must_use]
    pub fn ran(&self) -> Vec<Ran> {
        let one = |run: &RunView| Ran {
            number: run.number,
            what: format!("{} on {}", run.runbook, run.target),
            by: run.by.clone(),
            approved_by: run.approved_by.clone(),
            state: run_phase(run.phase).to_owned(),
            took: run.started_at.zip(run.ended_at).map(|(from, to)| to - from),
        };
        self.runs.iter().map(one).collect()
    }
}
