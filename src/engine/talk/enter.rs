//! What was typed and answered, as lines of the room's log.

use compact_str::{CompactString, format_compact};

use super::{Origin, Outcome, Said, Spoken};
use crate::domain::commands::Typed;
use crate::domain::room::{Author, Entry, Post};
use crate::engine::Engine;

/// How far behind the log's end an answer is looked for when a client asks again.
const AGAIN: usize = 200;

/// One line, named so that it can be said again.
pub(super) struct Request<'a> {
    /// As it came.
    pub(super) spoken: Spoken<'a>,
    /// Cleaned.
    pub(super) typed: Typed,
    /// What the ids of its entries have in common.
    pub(super) id: CompactString,
}

impl Request<'_> {
    fn answer_id(&self) -> CompactString {
        format_compact!("say/{}/answer", self.id)
    }
}

impl Engine {
    /// Something that was said to others.
    pub(super) async fn said_only(&self, request: &Request<'_>) -> Said {
        let entry = match request.spoken.origin {
            // The platform shows an edit in its place; a line of the log is what was said then.
            Origin::Edited => None,
            Origin::Typed | Origin::Quoted | Origin::Bot => self.enter_line(request).await,
        };
        let post = Post::default();
        Said { ran: String::new(), outcome: Outcome::Done, post, private: false, entry }
    }

    /// Enters what was typed.
    pub(super) async fn enter_line(&self, request: &Request<'_>) -> Option<u64> {
        let Request { spoken, typed, id } = request;
        let by = Author::Person { name: spoken.actor.name.clone() };
        if typed.line.is_empty() {
            return None;
        }
        let post = Post::text(typed.line.clone());
        let id = format_compact!("say/{id}/line");
        self.enter_one(spoken.room, id, by, post).await
    }

    /// Enters what was answered.
    pub(super) async fn enter_answer(&self, request: &Request<'_>, post: &Post) -> Option<u64> {
        let room = request.spoken.room;
        self.enter_one(room, request.answer_id(), Author::Warroom, post.clone()).await
    }

    /// Enters one line. A room that cannot be written to does not stop a command.
    async fn enter_one(
        &self,
        room: Option<&str>,
        id: CompactString,
        by: Author,
        post: Post,
    ) -> Option<u64> {
        let room = room?;
        let entry = Entry { id, at: self.clock.now(), by, slot: None, post };
        match self.enter(room, &entry).await {
            Ok(number) => Some(number),
            Err(error) => {
                tracing::warn!(room, %error, "a line could not be entered into its room");
                None
            }
        }
    }

    /// What was answered to this request before, as far as the room's log knows.
    pub(super) async fn answered(&self, request: &Request<'_>) -> Option<Said> {
        let room = request.spoken.room?;
        let log = format_compact!("room/{room}");
        let last = self.brain.length(log).await.ok()?;
        let from = last.saturating_sub(u64::try_from(AGAIN).ok()?).max(1);
        let entries = self.entries(room, from, AGAIN + 1).await.ok()?;
        let id = request.answer_id();
        let (number, entry) = entries.into_iter().find(|(_, entry)| entry.id == id)?;
        let (ran, post, entry) = (String::new(), entry.post, Some(number));
        Some(Said { ran, outcome: Outcome::Done, post, private: false, entry })
    }
}
