//! Rooms that warroom keeps itself: a log of entries for each, which the console shows.
//!
//! A room is named by its incident's number, or by its name in the configuration without the `#`;
//! such a one appears when it is first used. It refuses to render: a post is kept as it is, so that
//! every text in it stays data until the page puts it on a screen.

use std::fmt;

use chrono::{DateTime, Utc};
use compact_str::{CompactString, format_compact};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::{Chat, Message, Wanted};
use crate::adapters::failure::Failure;
use crate::domain::ids::EffectId;
use crate::domain::incident::{PostKey, Receipt, Target};
use crate::domain::messages;
use crate::domain::room::{Author, CARD, Entry, Post, is_room_name};

/// What a room of this platform is called in receipts, before its name.
const PREFIX: &str = "console:";
/// The same, as older versions wrote it; the incident's number follows, then the wished name.
const OLD_PREFIX: &str = "local:";

/// Where entries are kept.
pub trait Ledger: Send + Sync + fmt::Debug {
    /// Appends an entry to a room, once for each entry's id; gives its number.
    fn append<'a>(&'a self, room: &'a str, entry: &'a Entry)
    -> BoxFuture<'a, Result<u64, Failure>>;

    /// The time that an entry carries.
    fn now(&self) -> DateTime<Utc>;
}

/// The platform.
#[derive(Debug)]
pub struct Console<L> {
    ledger: L,
}

impl<L: Ledger> Console<L> {
    /// Rooms that are kept there.
    pub fn new(ledger: L) -> Self {
        Self { ledger }
    }

    async fn enter(
        &self,
        room: &str,
        id: CompactString,
        slot: Option<CompactString>,
        post: Post,
    ) -> Result<Receipt, Failure> {
        let entry = Entry { id, at: self.ledger.now(), by: Author::Warroom, slot, post };
        let number = self.ledger.append(room, &entry).await?;
        Ok(Receipt { id: format_compact!("{PREFIX}{room}#{number}"), at: None })
    }
}

/// The idempotency key of an effect, as the id of its entry.
fn key(id: EffectId) -> CompactString {
    format_compact!("{id}")
}

/// The room that a receipt or a name means.
fn room_of(to: &Target) -> Result<CompactString, Failure> {
    match to {
        Target::Room(room) => of_receipt(room),
        Target::Named(name) => {
            let room = name.strip_prefix('#').unwrap_or(name);
            if is_room_name(room) {
                return Ok(room.into());
            }
            let why = format!(
                "{name:?} cannot be the name of a room: it needs a letter, and only letters, digits, dots, dashes and underscores"
            );
            Err(Failure::Broken { why })
        }
    }
}

fn of_receipt(receipt: &CompactString) -> Result<CompactString, Failure> {
    let old = |rest: &str| rest.split(':').next().unwrap_or_default().into();
    let room = receipt.strip_prefix(PREFIX).map(CompactString::from);
    room.or_else(|| receipt.strip_prefix(OLD_PREFIX).map(old))
        .ok_or_else(|| Failure::missing(&format!("{receipt} is no room of the console")))
}

impl<L: Ledger> Chat for Console<L> {
    fn open<'a>(&'a self, wanted: Wanted<'a>) -> BoxFuture<'a, Result<Receipt, Failure>> {
        async move {
            let room = format_compact!("{}", wanted.number);
            let post = Post::text(messages::room_opened(wanted.name, wanted.topic, wanted.invite));
            // The number is the marker: an incident has one room, however often it is asked for.
            self.enter(&room, CompactString::const_new("open"), None, post).await?;
            Ok(Receipt { id: format_compact!("{PREFIX}{room}"), at: None })
        }
        .boxed()
    }

    fn close<'a>(
        &'a self,
        id: EffectId,
        room: &'a CompactString,
    ) -> BoxFuture<'a, Result<Receipt, Failure>> {
        async move {
            let post = Post::text(messages::room_closed());
            let (room, key) = (of_receipt(room)?, key(id));
            self.enter(&room, key, None, post).await
        }
        .boxed()
    }

    fn reopen<'a>(
        &'a self,
        id: EffectId,
        room: &'a CompactString,
    ) -> BoxFuture<'a, Result<Receipt, Failure>> {
        async move {
            let post = Post::text(messages::room_reopened());
            let (room, key) = (of_receipt(room)?, key(id));
            self.enter(&room, key, None, post).await
        }
        .boxed()
    }

    fn post<'a>(&'a self, message: Message<'a>) -> BoxFuture<'a, Result<Receipt, Failure>> {
        async move {
            let room = room_of(message.to)?;
            let slot = match message.key {
                PostKey::Card => Some(CARD),
                PostKey::Line => None,
                PostKey::Slot(order) => Some(format_compact!("{order}")),
            };
            self.enter(&room, key(message.id), slot, message.post.clone()).await
        }
        .boxed()
    }
}
