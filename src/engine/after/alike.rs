//! What was alike before, and what ended it.
//!
//! Incidents are looked at by their numbers, the newest first, up to a limit: numbers are the index
//! that every brain has, and heads are small.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::alert::Labels;
use crate::domain::ids::Number;
use crate::domain::messages::alike as messages;
use crate::domain::room::{Author, Entry, Post};
use crate::engine::Engine;
use crate::engine::views::{IncidentView, Refusal};

/// How far back: closed incidents are kept for 90 days.
const SINCE: TimeDelta = TimeDelta::days(90);
/// Incidents that are looked at: one question of the brain.
const LOOKED_MAX: usize = 500;
/// How many are shown.
const SHOWN: usize = 3;
/// The share of its labels that an incident of the same rule must have in common, as a fraction.
const ENOUGH: (usize, usize) = (1, 2);

/// An incident that was alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alike {
    /// Its number.
    pub number: u64,
    /// What was wrong.
    pub title: String,
    /// When it opened.
    pub opened_at: DateTime<Utc>,
    /// Whether it was the same group, not only the same rule.
    pub is_same: bool,
    /// What ended it, in words.
    pub ended: String,
}

impl Engine {
    /// What was alike in the last 90 days, the most alike and the newest first.
    ///
    /// # Errors
    /// When there is no incident with this number, or the brain is away.
    pub async fn alike(&self, number: Number) -> Result<Vec<Alike>, Refusal> {
        let this = self.incident(number).await?;
        let since = self.clock.now() - SINCE;
        let earlier = self.incidents(Some(number), LOOKED_MAX).await?;
        let mut ranked: Vec<(usize, IncidentView)> = earlier
            .into_iter()
            .filter(|it| it.opened_at.is_some_and(|at| at >= since))
            .filter_map(|it| Some((rank(&this, &it)?, it)))
            .collect();
        // The order of their numbers stays inside a rank: the newest first.
        ranked.sort_by_key(|(rank, _)| std::cmp::Reverse(*rank));
        let mut alike = Vec::new();
        for (rank, view) in ranked.into_iter().take(SHOWN) {
            let review = self.review(Number(view.number)).await?;
            alike.push(Alike {
                number: view.number,
                title: view.title,
                opened_at: view.opened_at.unwrap_or(since),
                is_same: rank == usize::MAX,
                ended: review.as_ref().map(messages::ended).unwrap_or_default(),
            });
        }
        Ok(alike)
    }

    /// Says in the room of an incident that has just opened what was alike before, once. It is help,
    /// and no reason to hold anything up: what fails is left out.
    pub(in crate::engine) async fn show_alike(self: Arc<Self>, number: Number) {
        let alike = match self.alike(number).await {
            Ok(alike) if !alike.is_empty() => alike,
            Ok(_) => return,
            Err(error) => {
                tracing::debug!(%error, %number, "what was alike could not be found");
                return;
            }
        };
        let post = Post::text(messages::opening(&lines(&alike)));
        let id = format!("alike/{number}").into();
        let entry = Entry { id, at: self.clock.now(), by: Author::Warroom, slot: None, post };
        if let Err(error) = self.enter(&number.to_string(), &entry).await {
            tracing::debug!(%error, %number, "what was alike could not be said");
        }
    }
}

/// How alike two incidents are; none: not enough. The same group is more than any labels.
fn rank(this: &IncidentView, other: &IncidentView) -> Option<usize> {
    if this.group == other.group {
        return Some(usize::MAX);
    }
    let shared = common(&this.labels, &other.labels);
    let is_enough = shared * ENOUGH.1 >= this.labels.len() * ENOUGH.0 && shared > 0;
    (this.rule == other.rule && is_enough).then_some(shared)
}

fn common(these: &Labels, others: &Labels) -> usize {
    these.iter().filter(|(name, value)| others.get(*name) == Some(*value)).count()
}

/// Each as a line.
pub(crate) fn lines(alike: &[Alike]) -> Vec<String> {
    let line = |it: &Alike| messages::line((it.number, &it.title), it.opened_at, &it.ended);
    alike.iter().map(line).collect()
}
