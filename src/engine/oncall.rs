//! Who is on call, as this process knows it: what files, configuration and people say, put together.
//!
//! Overrides are documents of the brain. Everything else is read from files, by each process alike.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use compact_str::CompactString;

use super::Engine;
use super::outside::Order;
use super::queries::away;
use super::views::Refusal;
use crate::brain::{Error, Kind};
use crate::domain::access::Directory;
use crate::domain::ids::{EffectId, Number};
use crate::domain::incident::{Effect, Policy};
use crate::domain::messages;
use crate::domain::oncall::{Duty, Escalation, Override, Plans, Roster};
use crate::domain::room::{Author, Entry, Post};

/// So long overrides are kept after their end: long enough for whoever writes the postmortem.
const KEEP: TimeDelta = TimeDelta::days(30);
/// Overrides that people made, in all: more is a program that has gone wild.
const OVERRIDES_MAX: usize = 2000;
/// How often it is looked whether somebody else is on duty.
const LOOK_EVERY: Duration = Duration::from_secs(15);

impl Engine {
    /// Who is on call and how people are reached, now.
    #[must_use]
    pub fn roster(&self) -> Arc<Roster> {
        self.roster.load_full()
    }

    /// Takes new schedules and policies.
    pub(super) fn plan(&self, plans: &Arc<Plans>) {
        self.roster.rcu(|old| Roster { plans: plans.clone(), ..(**old).clone() });
    }

    /// Takes the people and teams of the configuration.
    pub(super) fn reach(&self, directory: &Directory) {
        let reaches: BTreeMap<_, _> = directory
            .people
            .iter()
            .map(|(name, person)| (name.clone(), person.reach.clone()))
            .collect();
        self.roster.rcu(|old| Roster {
            reaches: reaches.clone(),
            teams: directory.teams.clone(),
            ..(**old).clone()
        });
    }

    /// The policy that a rule's incident is paged by, as the files have it now.
    pub(super) fn escalation_of(&self, policy: &Policy) -> Option<Escalation> {
        self.roster.load().escalation(policy.page.as_deref()?).cloned()
    }

    /// The step that an incident was paged with last, and whether none is left.
    ///
    /// # Errors
    /// When there is no such incident, or the brain is away.
    pub async fn escalation_standing(&self, number: Number) -> Result<(u16, bool), Refusal> {
        let (_, head) = self.numbered(number).await?;
        Ok((head.step, head.exhausted))
    }

    /// Reads the overrides again.
    pub(super) async fn refresh_overrides(&self) -> Result<(), Error> {
        let documents = self.brain.documents(Kind::Override).await?;
        let read = |document: crate::brain::Document| {
            serde_json::from_value::<Override>(document.body)
                .inspect_err(|error| {
                    tracing::error!(id = %document.id, %error, "a stored override cannot be read");
                })
                .ok()
        };
        let made: Vec<Override> = documents.into_iter().filter_map(read).collect();
        self.roster.rcu(|old| Roster { made: made.clone(), ..(**old).clone() });
        Ok(())
    }

    /// As [`Engine::refresh_overrides`], for a round that comes again.
    pub(super) async fn look_at_overrides(&self) {
        if let Err(error) = self.refresh_overrides().await {
            tracing::debug!(%error, "cannot read the overrides");
        }
    }

    /// Lets somebody stand in. Gives the overrides that want some of the same hours: the new one
    /// counts before them.
    ///
    /// # Errors
    /// When there are too many, or the brain is away.
    pub async fn put_override(&self, new: Override) -> Result<Vec<Override>, Refusal> {
        self.refresh_overrides().await.map_err(away)?;
        let roster = self.roster();
        if roster.made.len() >= OVERRIDES_MAX {
            let why =
                format!("there are {OVERRIDES_MAX} overrides already: end some of them first");
            return Err(Refusal::Invalid(why));
        }
        let all = roster.overrides(&new.schedule);
        let met = all.into_iter().filter(|old| old.meets(&new) && old.until > new.made_at);
        let met = met.collect();
        let body =
            serde_json::to_value(&new).map_err(|error| Refusal::Invalid(error.to_string()))?;
        self.brain.put(Kind::Override, new.id.clone(), 0, Some(body)).await.map_err(away)?;
        self.forget_old_overrides(new.made_at).await;
        self.refresh_overrides().await.map_err(away)?;
        Ok(met)
    }

    /// Takes an override back.
    ///
    /// # Errors
    /// When there is none with this id, or the brain is away.
    pub async fn end_override(&self, id: &str) -> Result<Override, Refusal> {
        let documents = self.brain.documents(Kind::Override).await.map_err(away)?;
        let missing = || Refusal::NotFound(format!("there is no override {id}"));
        let document = documents.into_iter().find(|it| it.id == id).ok_or_else(missing)?;
        let old = serde_json::from_value(document.body).map_err(|_| missing())?;
        let id = CompactString::from(id);
        self.brain.put(Kind::Override, id, document.version, None).await.map_err(away)?;
        self.refresh_overrides().await.map_err(away)?;
        Ok(old)
    }

    async fn forget_old_overrides(&self, now: DateTime<Utc>) {
        let Ok(documents) = self.brain.documents(Kind::Override).await else { return };
        for document in documents {
            let is_old = serde_json::from_value::<Override>(document.body)
                .is_ok_and(|old| old.until + KEEP < now);
            if is_old {
                // Another replica may have been quicker.
                let gone = self.brain.put(Kind::Override, document.id, document.version, None);
                if let Err(error) = gone.await {
                    tracing::debug!(%error, "an old override will be forgotten later");
                }
            }
        }
    }

    /// The orders of a page without a person, one for each of those whom the first step of its policy
    /// wakes now, under keys that every process computes alike.
    pub(super) fn addressed(&self, order: &Order) -> Vec<Order> {
        let Effect::Page { policy, severity, to: None, .. } = &order.effect else {
            return Vec::new();
        };
        let (roster, now) = (self.roster.load(), self.clock.now());
        let step = roster.escalation(policy).and_then(|escalation| {
            escalation.steps.iter().find(|step| escalation.is_for(step, severity, now))
        });
        let Some(step) = step else { return Vec::new() };
        let calls = roster.resolve(&step.page, severity, now).calls.into_iter();
        let calls = calls.filter(|call| call.after.is_zero()).zip(1_u16..);
        calls
            .map(|(call, place)| {
                let mut order = order.clone();
                order.id = EffectId { index: order.id.index.saturating_add(place), ..order.id };
                if let Effect::Page { to, .. } = &mut order.effect {
                    *to = Some(call.contact);
                }
                order
            })
            .collect()
    }

    /// Says in a schedule's room who is on duty from now on.
    pub(super) async fn tell_of_hand_offs(self: Arc<Self>) {
        let mut known: BTreeMap<CompactString, Duty> = self.duties();
        loop {
            self.clock.sleep(LOOK_EVERY).await;
            let now = self.duties();
            for (name, duty) in &now {
                let before = known.get(name);
                if before.is_some_and(|before| before.people != duty.people) {
                    self.tell_of_hand_off(name, before, duty).await;
                }
            }
            known = now;
        }
    }

    fn duties(&self) -> BTreeMap<CompactString, Duty> {
        self.roster.load().duties(self.clock.now()).into_iter().collect()
    }

    /// Every process says it under the same id, so that it is read once.
    async fn tell_of_hand_off(&self, name: &str, before: Option<&Duty>, duty: &Duty) {
        let roster = self.roster.load_full();
        let Some(schedule) = roster.plans.schedules.get(name) else { return };
        let Some(room) = &schedule.room else { return };
        let now = self.clock.now();
        let (_, next) = schedule.now_and_next(now, &roster.overrides(name));
        let text = messages::oncall::handed_over(name, before, duty, next.as_ref(), schedule.zone);
        let minute = now.timestamp().div_euclid(60);
        let id = format!("hand-off/{name}/{minute}/{}", duty.people.join("+"));
        let entry = Entry {
            id: id.as_str().into(),
            at: now,
            by: Author::Warroom,
            slot: None,
            post: Post::text(text),
        };
        let room = room.strip_prefix('#').unwrap_or(room);
        if let Err(error) = self.rooms.enter(room, &entry).await {
            tracing::warn!(id, %error, "a room was not told of a hand-off");
        }
    }
}
