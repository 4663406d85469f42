//! Hearing what is said: whatever arrives is a hint to read on in an archive.
//!
//! The bookmark says of each room up to where its archive was read, and is kept by the engine. So a
//! cut, a restart and a lively room are one case; and who said something is who the room vouches for
//! in its archive, not a nickname.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;
use tokio_xmpp::jid::{BareJid, Jid};

use super::archive::{From, Kept, Page, Unread};
use super::link::{News, rooms};
use super::messages::{code, picked};
use super::platform::Xmpp;
use super::xml::{CORRECT, DELAY, MUC_USER};
use crate::adapters::chat::platform::{Ears, Heard, Manner, RoomChange, Speaker, What};
use crate::adapters::failure::Failure;

/// Between two tries when an archive cannot be read or the engine cannot take it.
const PAUSE: Duration = Duration::from_secs(1);
/// How often we look whether we are still in our rooms, as XEP-0410 would.
const LOOK: Duration = Duration::from_secs(60);
/// Pages that are read of one archive in one go; what is more is a gap.
const PAGES_MAX: usize = 100;

/// Up to where each archive was read. The empty name is our own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Marks(BTreeMap<String, Mark>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mark {
    /// After this message.
    After(String),
    /// Since this time: nothing was read of it yet.
    Since(DateTime<Utc>),
}

impl Xmpp {
    pub(super) async fn hear_all(&self, ears: Arc<dyn Ears>, stop: CancellationToken) {
        let mut heard = self.link.heard.lock().await;
        // What came before somebody listened is in the archives.
        while heard.try_recv().is_ok() {}
        let mut next = Some(News::Session);
        loop {
            if let Some(news) = next.take() {
                let done = stop.run_until_cancelled(self.look(ears.as_ref(), &news)).await;
                match done {
                    None => return,
                    Some(Ok(())) => {}
                    Some(Err(failure)) => {
                        tracing::debug!(%failure, "reading on soon");
                        // Ends early when we are stopped; else the time is up.
                        tokio::time::timeout(PAUSE, stop.cancelled()).await.ok();
                        next = Some(match news {
                            News::Out(..) => news,
                            _ => News::Session,
                        });
                    }
                }
                if next.is_some() && !stop.is_cancelled() {
                    continue;
                }
            }
            let news = stop.run_until_cancelled(tokio::time::timeout(LOOK, heard.recv())).await;
            next = match news {
                None | Some(Ok(None)) => return,
                Some(Ok(Some(news))) => Some(news),
                Some(Err(_)) => Some(News::Session),
            };
        }
    }

    async fn look(&self, ears: &dyn Ears, news: &News) -> Result<(), Failure> {
        self.link.up().await?;
        let kept = ears.bookmark().await?;
        let mut marks: Marks =
            kept.and_then(|kept| serde_json::from_str(&kept).ok()).unwrap_or_default();
        let before = marks.clone();
        match news {
            News::Session => self.look_everywhere(ears, &mut marks).await?,
            News::Room(room) | News::Opened(room) => self.read(ears, &mut marks, room).await?,
            News::Direct => self.read(ears, &mut marks, "").await?,
            News::Out(room, is_destroyed) => {
                let how = if *is_destroyed { RoomChange::Deleted } else { RoomChange::Removed };
                self.out_of(ears, &mut marks, room, how).await?;
            }
        }
        if marks == before {
            return Ok(());
        }
        let kept = serde_json::to_string(&marks)
            .map_err(|_| Failure::Refused { why: "a bookmark cannot be written".to_owned() })?;
        ears.mark(&kept).await
    }

    async fn look_everywhere(&self, ears: &dyn Ears, marks: &mut Marks) -> Result<(), Failure> {
        let mut all = rooms(&self.link.shared);
        all.extend(marks.0.keys().cloned());
        all.insert(String::new());
        for room in all {
            self.read(ears, marks, &room).await?;
        }
        Ok(())
    }

    /// Reads on in one archive, and tells everything that is new.
    async fn read(&self, ears: &dyn Ears, marks: &mut Marks, room: &str) -> Result<(), Failure> {
        if !room.is_empty() {
            match self.must_be_in(room).await {
                Ok(()) => {}
                Err(Failure::Refused { .. }) => {
                    return self.out_of(ears, marks, room, RoomChange::Removed).await;
                }
                Err(failure) => return Err(failure),
            }
        }
        for _ in 0..PAGES_MAX {
            let mark = marks.0.entry(room.to_owned()).or_insert_with(|| first(room)).clone();
            let from = match &mark {
                Mark::After(id) => From::After(id),
                Mark::Since(at) => From::Since(*at),
            };
            let page = match self.page(room, from).await {
                Ok(page) => page,
                Err(Unread::Forgotten) => {
                    ears.hear(self.gap(room, &format!("{mark:?}"))).await?;
                    marks.0.insert(room.to_owned(), Mark::Since(now()));
                    return Ok(());
                }
                // A server without an archive of our own: what is said to us alone is not heard.
                Err(Unread::Failed(Failure::Refused { .. })) if room.is_empty() => return Ok(()),
                Err(Unread::Failed(failure)) => return Err(failure),
            };
            let Page { messages, is_last } = page;
            let is_empty = messages.is_empty();
            // A room that vouches for nobody keeps what senders wrote about themselves.
            let is_vouched = is_empty || room.is_empty() || self.shows_addresses(room).await?;
            for kept in messages {
                let heard = if is_vouched { self.heard(room, &kept).await? } else { None };
                if let Some(heard) = heard {
                    ears.hear(heard).await?;
                }
                marks.0.insert(room.to_owned(), Mark::After(kept.id));
            }
            if is_last || is_empty {
                return Ok(());
            }
        }
        ears.hear(self.gap(room, "too much")).await
    }

    async fn out_of(
        &self,
        ears: &dyn Ears,
        marks: &mut Marks,
        room: &str,
        how: RoomChange,
    ) -> Result<(), Failure> {
        let Some(mark) = marks.0.remove(room) else { return Ok(()) };
        let id = format!("out/{room}/{mark:?}").into();
        let what = What::RoomChanged { how };
        let (room, by) = (Some(room.into()), self.nobody());
        ears.hear(Heard { id, room, by, at: now(), what }).await
    }

    /// What a message of an archive means; none, where it is our own or nothing to us.
    async fn heard(&self, room: &str, kept: &Kept) -> Result<Option<Heard>, Failure> {
        let Some(from) = self.real(room, kept).filter(|from| from.as_str() != self.bare()) else {
            return Ok(None);
        };
        let body = kept.body();
        if body.is_empty() {
            return Ok(None);
        }
        let is_edit = kept.message.has_child("replace", CORRECT);
        let is_old = kept.message.has_child("delay", DELAY);
        let (said, is_named) = self.unaddressed(&body);
        let manner = match (is_edit, is_old || said.starts_with('>')) {
            (true, _) => Manner::Edited,
            (false, true) => Manner::Quoted,
            (false, false) => Manner::Typed,
        };
        let picked = match manner {
            Manner::Typed => self.picked(room, said).await?,
            Manner::Edited | Manner::Quoted => None,
        };
        let what = picked.unwrap_or_else(|| What::Line {
            text: said.to_owned(),
            is_addressed: room.is_empty() || is_named,
            manner,
            below: None,
        });
        Ok(Some(Heard {
            id: format!("{room}/{}", kept.id).into(),
            room: (!room.is_empty()).then(|| room.into()),
            by: self.speaker(&from),
            at: kept.at,
            what,
        }))
    }

    /// Who said it: in a room, who it vouches for; a nickname is nobody.
    fn real(&self, room: &str, kept: &Kept) -> Option<BareJid> {
        let from = Jid::new(kept.message.attr("from")?).ok()?;
        if room.is_empty() {
            return Some(from.to_bare());
        }
        from.resource()?;
        // Prosody puts its own beside one that the sender wrote: two are nobody.
        let mut users = kept.message.children().filter(|it| it.is("x", MUC_USER));
        let user = users.next().filter(|_| users.next().is_none())?;
        let mut items = user.children().filter(|it| it.is("item", MUC_USER));
        let item = items.next().filter(|_| items.next().is_none())?;
        let jid = item.attr("jid")?;
        Jid::new(jid).ok().map(|jid| jid.to_bare())
    }

    /// The message of ours that a word chooses from, where it is such a word.
    async fn picked(&self, room: &str, said: &str) -> Result<Option<What>, Failure> {
        let Some((wanted, choice)) = picked(said) else { return Ok(None) };
        let word = format!("\n{wanted}{}  ", choice + 1);
        let is_it = |kept: &&Kept| {
            code(kept.message_id()) == wanted
                && kept.body().contains(&word)
                && self.real(room, kept).is_some_and(|from| from.as_str() == self.bare())
        };
        let newest = self.newest(room).await?;
        let found = newest.iter().rev().find(is_it);
        Ok(found.map(|kept| What::Picked { message: kept.message_id().into(), choice }))
    }

    /// A line without our name at its beginning, and whether it was there.
    fn unaddressed<'a>(&self, body: &'a str) -> (&'a str, bool) {
        let name = self.nick();
        let body = body.trim();
        let bare = body.strip_prefix('@').unwrap_or(body);
        match bare.split_at_checked(name.len()) {
            Some((head, rest))
                if head.eq_ignore_ascii_case(&name) && rest.starts_with([':', ',', ' ']) =>
            {
                (rest.trim_start_matches([':', ',']).trim_start(), true)
            }
            _ => (body, false),
        }
    }

    fn gap(&self, room: &str, place: &str) -> Heard {
        Heard {
            id: format!("gap/{room}/{place}").into(),
            room: (!room.is_empty()).then(|| room.into()),
            by: self.nobody(),
            at: now(),
            what: What::Gap,
        }
    }

    fn nobody(&self) -> Speaker {
        let id = self.bare();
        Speaker { name: self.nick(), id: id.into(), is_bot: true, is_guest: false }
    }
}

/// A room of ours is heard from its beginning; what was said to us before we came is nobody's
/// command.
fn first(room: &str) -> Mark {
    let since =
        if room.is_empty() { chrono::TimeDelta::zero() } else { chrono::TimeDelta::minutes(1) };
    Mark::Since(now() - since)
}

fn now() -> DateTime<Utc> {
    #[expect(
        clippy::disallowed_methods,
        reason = "where an archive begins to be read is said once"
    )]
    Utc::now()
}
