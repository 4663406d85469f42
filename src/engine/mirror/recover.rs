//! What is done when a platform does not do what it should: the room is brought back, made anew, or
//! shown elsewhere, and the ops room is told.

use std::time::Duration;

use compact_str::format_compact;

use super::carry::{Desk, in_time};
use super::lead::document;
use crate::adapters::failure::Failure;
use crate::brain::{Error, Kind};
use crate::domain::messages;
use crate::domain::messages::mirror as say;
use crate::domain::room::{Author, Entry, Post};

/// A platform that fails for so long is given up for new rooms: the next one takes them.
const UNREACHABLE: Duration = Duration::from_secs(20);
/// How often a room is made anew: who takes it away more often means it.
const REMADE_MAX: u32 = 5;
/// Entries that are shown again in a room that was made anew.
const SHOWN_AGAIN: u64 = 200;
/// Characters of a message that was refused as it was.
const PLAIN_MAX: usize = 1_500;

impl Desk {
    /// A message that was refused is said with fewer words and nothing else.
    pub(super) fn plainer(&self, post: &Post) -> Option<Post> {
        (self.refusals > 0).then(|| Post::text(messages::cut(&post.text, PLAIN_MAX)))
    }

    /// Takes a failure in: brings the room back where it was refused, hands it over where the platform
    /// is away.
    pub(super) async fn failed(&mut self, failure: &Failure) {
        let now = self.engine.clock.uptime();
        let since = *self.failing_since.get_or_insert(now);
        let (platform, room) = (&self.office.site.name, &self.room);
        tracing::debug!(%platform, %room, %failure, "a platform did not do it");
        if let Failure::Refused { why } = failure {
            self.refusals = self.refusals.saturating_add(1);
            if let Err(error) = self.bring_back(why).await {
                tracing::debug!(%error, "a room could not be brought back");
            }
            return;
        }
        let is_waiting = matches!(failure, Failure::Retry { after: Some(_), .. });
        let is_long = now.saturating_sub(since) >= UNREACHABLE;
        if is_long && !is_waiting && !self.was_handed_over && !self.wish.is_named {
            self.was_handed_over = true;
            if let Err(error) = self.hand_over(failure).await {
                self.was_handed_over = false;
                tracing::debug!(%error, "a room could not be handed over");
            }
        }
    }

    /// The first refusal may be about an archived room, the second about the message; after the third
    /// the room is gone.
    async fn bring_back(&mut self, why: &str) -> Result<(), Error> {
        let Some(room) = self.place.room.clone() else {
            let text = say::not_opened(&self.office.site.name, &self.room, why);
            self.tell_ops("refused", text).await;
            return Ok(());
        };
        let is_back = in_time(self.office.site.platform.reopen(&room)).await;
        let is_gone = matches!(is_back, Err(Failure::Refused { .. } | Failure::Broken { .. }));
        if self.wish.is_named || (self.refusals < 3 && !is_gone) {
            return Ok(());
        }
        let length = self.engine.rooms.length(&self.room).await?;
        if self.place.remade < REMADE_MAX {
            self.make_anew(length, why).await?;
            return self.store().await;
        }
        // Whatever it is, the console has it, and the others must not wait behind it.
        self.place.cursor = (self.place.cursor + 1).min(length);
        self.refusals = 0;
        self.tell_ops("skipped", say::skipped(&self.office.site.name, &self.room, why)).await;
        self.store().await
    }

    /// Forgets a room that is gone: the next step opens another, with a note.
    pub(super) async fn make_anew(&mut self, length: u64, why: &str) -> Result<(), Error> {
        let site = self.office.site.name.clone();
        self.place.forget_room(length.saturating_sub(SHOWN_AGAIN));
        (self.is_in_doubt, self.refusals) = (false, 0);
        let text = say::made_anew(&site, why);
        let id = format_compact!("mirror/{site}/anew/{}", self.place.remade);
        self.note(&id, text.clone()).await?;
        self.tell_ops("anew", say::in_room(&self.room, &text)).await;
        Ok(())
    }

    /// The next platform shows the room, too; what is said is filled in here when it can be.
    async fn hand_over(&mut self, failure: &Failure) -> Result<(), Error> {
        let site = self.office.site.name.clone();
        let others = self.engine.mirror.sites().iter().map(|site| site.name.clone());
        let mut taken = Vec::new();
        for other in others {
            let has = self.engine.places(&other).await?.iter().any(|(room, ..)| *room == self.room);
            if has || self.wish.on.contains(&other) {
                taken.push(other);
            }
        }
        let next = self.engine.next_site(&taken);
        if let Some(next) = &next {
            let body = serde_json::json!({});
            let put =
                self.engine.brain.put(Kind::Mirror, document(next, &self.room), 0, Some(body));
            match put.await {
                Ok(_) | Err(Error::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        let text = say::unreachable(&site, next.as_deref(), &failure.to_string());
        // The note wakes whoever leads the next platform.
        let id = format_compact!("mirror/{site}/away/{}", self.place.remade);
        self.note(&id, text.clone()).await?;
        self.tell_ops("away", say::in_room(&self.room, &text)).await;
        Ok(())
    }

    /// Enters a note into the room's log, once for each id.
    async fn note(&self, id: &str, text: String) -> Result<(), Error> {
        let (at, by, post) = (self.engine.clock.now(), Author::Warroom, Post::text(text));
        let entry = Entry { id: id.into(), at, by, slot: None, post };
        self.engine.rooms.enter(&self.room, &entry).await.map(drop)
    }

    async fn tell_ops(&self, what: &str, text: String) {
        let (site, room, remade) = (&self.office.site.name, &self.room, self.place.remade);
        self.engine.tell_ops(&format!("mirror/{site}/{room}/{what}/{remade}"), text).await;
    }
}
