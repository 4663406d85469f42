//! What a chat platform does for a room of ours, and what it hears there.
//!
//! The truth of a room is its log in the brain, which the console shows. A platform mirrors that log:
//! `engine::mirror` opens the room there, carries every entry over in order, and enters what people
//! say there into the log. So two platforms show one room, one that was away is filled in later, and
//! nothing of an incident waits for a platform. It refuses to decide, and to remember: whatever must
//! outlive the process is kept by the engine, in the brain.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use compact_str::CompactString;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use crate::adapters::failure::Failure;
use crate::domain::room::Post;

/// What a platform can do. What it cannot is left out or said in words; `warroom doctor` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Abilities {
    /// The platform's word: `slack`.
    pub kind: &'static str,
    /// Whether a message can be edited in place; else changes are said anew.
    pub edits: bool,
    /// Whether details may hang below a message.
    pub threads: bool,
    /// How a reader picks what a post offers.
    pub buttons: Buttons,
    /// Whether the card can be pinned.
    pub pins: bool,
    /// Whether pictures can be shown; else their words are.
    pub pictures: bool,
    /// Whether a room can be archived and brought back; else it is left, and says so.
    pub archives: bool,
    /// Whether the same key sent twice is one message there, or can be found there afterwards; else
    /// a lost answer may show a post twice.
    pub finds_posts: bool,
    /// Characters of one message at most; more is cut with a link to the whole.
    pub text_max: usize,
    /// Characters of a room's name at most.
    pub name_max: usize,
}

/// How a reader picks what a post offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Buttons {
    /// By buttons of the platform's own.
    Native,
    /// By a reaction to the message: the first choice is the first symbol, and so on.
    Reactions,
    /// By answering with the choice's number.
    Numbers,
}

/// A room that is wanted there.
#[derive(Debug, Clone)]
pub struct Opening<'a> {
    /// Our marker, the same for every try: a room that carries it is ours, any other is not.
    pub marker: &'a str,
    /// An earlier try may have made it: look for the marker first.
    pub is_retry: bool,
    /// The wished name; taken: with a suffix, never a stranger's room.
    pub name: &'a str,
    /// One line about the incident. Untrusted.
    pub topic: &'a str,
    /// Whom to invite, by the platform's own ids.
    pub invite: &'a [CompactString],
}

/// A room that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// The platform's id: what everything else here is called with.
    pub id: CompactString,
    /// The name that it got.
    pub name: String,
    /// Where people open it, where that is an address.
    pub url: Option<String>,
}

/// Something to say in a room.
#[derive(Debug, Clone)]
pub struct Saying<'a> {
    /// The idempotency key.
    pub key: &'a str,
    /// An earlier try may have said it: look for the key first, where the platform can.
    pub is_retry: bool,
    /// What to say. Every text in it is data: it can never mention, format or break out.
    pub post: &'a Post,
    /// Who said it, where it was a person on another platform; none: this program.
    pub by: Option<&'a str>,
    /// The picture of the post as PNG, where there is one and it could be drawn.
    pub picture: Option<&'a [u8]>,
    /// The message that it takes the place of, as [`Sent`] gave it.
    pub edits: Option<&'a str>,
    /// The message below which it hangs, as [`Sent`] gave it.
    pub below: Option<&'a str>,
    /// Whether it is to be pinned: the card.
    pub pin: bool,
}

/// What was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The platform's id of the message.
    pub id: CompactString,
}

/// Something that happened on the platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    /// The platform's id of it, the same however often it is delivered.
    pub id: CompactString,
    /// The room by the platform's id; none: said to us alone.
    pub room: Option<CompactString>,
    /// Who, as the platform itself vouches.
    pub by: Speaker,
    /// When, by the platform's clock.
    pub at: DateTime<Utc>,
    /// What.
    pub what: What,
}

/// Somebody on the platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Speaker {
    /// Their immutable id: never a name or a nickname, which others can take.
    pub id: CompactString,
    /// What the platform calls them now. Untrusted.
    pub name: String,
    /// A program, or this program itself.
    pub is_bot: bool,
    /// From outside of the team: a guest, another workspace. They may never change anything.
    pub is_guest: bool,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum What {
    /// Somebody said something, with the platform's own links and mentions still in it.
    Line {
        /// As it came, without a leading mention of us.
        text: String,
        /// It was said to us: by a mention, a slash command, or in a conversation with us alone.
        is_addressed: bool,
        /// How it came: typed, edited or quoted.
        manner: Manner,
        /// What it hangs below, where it does.
        below: Option<CompactString>,
    },
    /// Somebody picked a choice of a post.
    Picked {
        /// The message, as [`Sent`] gave it.
        message: CompactString,
        /// Which choice, from 0. What it means is looked up in the log, never taken from the platform.
        choice: usize,
    },
    /// The room is gone, archived, renamed, or we were put out of it by a person there.
    RoomChanged {
        /// What became of it.
        how: RoomChange,
    },
    /// Events may have been missed: rooms are to be looked at again.
    Gap,
}

/// How a line came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Manner {
    /// Typed.
    Typed,
    /// An old message was changed.
    Edited,
    /// Somebody else's words.
    Quoted,
}

/// What became of a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "how", rename_all = "snake_case")]
pub enum RoomChange {
    /// It is archived: it can be brought back.
    Archived,
    /// It is open again.
    Reopened,
    /// It is deleted for good.
    Deleted,
    /// It has another name; its id stays.
    Renamed {
        /// The new name.
        name: String,
    },
    /// We were put out of it.
    Removed,
}

/// Hears what happens on a platform.
pub trait Ears: Send + Sync + fmt::Debug {
    /// Takes it over: once this has answered, it is kept, and the platform may forget it. What is
    /// heard again with the same id changes nothing. An error: deliver it again.
    fn hear(&self, heard: Heard) -> BoxFuture<'_, Result<(), Failure>>;

    /// Where the platform's stream of events was when it was last taken down; none at first.
    fn bookmark(&self) -> BoxFuture<'_, Result<Option<String>, Failure>>;

    /// Takes down where the stream is: everything before it was heard.
    fn mark<'a>(&'a self, bookmark: &'a str) -> BoxFuture<'a, Result<(), Failure>>;
}

/// One thing that `warroom doctor` found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Whether it is as it should be.
    pub is_well: bool,
    /// What was looked at and found.
    pub what: String,
    /// What to do about it, where something is to be done: what to click where.
    pub advice: Option<String>,
}

/// A request that came to `/hooks/chat/NAME`, or to a door that a platform's own specification names:
/// nobody has looked yet who sent it.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// `POST`, `PUT`.
    pub method: &'a str,
    /// What stands behind the door in the path, as it came; empty for nothing.
    pub path: &'a str,
    /// The query of the address, as it came.
    pub query: &'a str,
    /// The value of a header, by its name in small letters.
    pub header: &'a (dyn Fn(&str) -> Option<String> + Send + Sync),
    /// The body as it came.
    pub body: &'a [u8],
}

/// What is answered to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// What the body is.
    pub kind: &'static str,
    /// The body.
    pub body: String,
}

impl Reply {
    /// A few words.
    #[must_use]
    pub fn plain(status: u16, words: &str) -> Self {
        Self { status, kind: "text/plain; charset=utf-8", body: words.to_owned() }
    }
}

/// One chat platform.
///
/// Everything but [`Platform::listen`] must answer within [`crate::engine::outside::CALL_MAX`]. A
/// budget that is used up answers [`Failure::Retry`] with the time to wait, and never waits inside.
pub trait Platform: Send + Sync + fmt::Debug {
    /// What it can do.
    fn abilities(&self) -> &Abilities;

    /// Opens a room, or finds the one with our marker.
    fn open<'a>(&'a self, opening: Opening<'a>) -> BoxFuture<'a, Result<Room, Failure>>;

    /// The room that the configuration names, `#ops`: it must be there, and we in it.
    fn find<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Room, Failure>>;

    /// Brings people into a room, by the platform's ids; who is there already stays.
    fn invite<'a>(
        &'a self,
        room: &'a str,
        people: &'a [CompactString],
    ) -> BoxFuture<'a, Result<(), Failure>>;

    /// Says what the room is about.
    fn topic<'a>(&'a self, room: &'a str, topic: &'a str) -> BoxFuture<'a, Result<(), Failure>>;

    /// Says something, or edits what was said.
    fn say<'a>(&'a self, room: &'a str, saying: Saying<'a>)
    -> BoxFuture<'a, Result<Sent, Failure>>;

    /// Says something to one person alone, by the platform's id.
    fn whisper<'a>(
        &'a self,
        person: &'a str,
        saying: Saying<'a>,
    ) -> BoxFuture<'a, Result<Sent, Failure>>;

    /// Archives the room.
    fn close<'a>(&'a self, room: &'a str) -> BoxFuture<'a, Result<(), Failure>>;

    /// Brings an archived room back.
    fn reopen<'a>(&'a self, room: &'a str) -> BoxFuture<'a, Result<(), Failure>>;

    /// The person with this mail address or user name, for `warroom people import`.
    fn person<'a>(
        &'a self,
        name_or_email: &'a str,
    ) -> BoxFuture<'a, Result<Option<Speaker>, Failure>>;

    /// Hears what happens until it is stopped; connects again by itself, and misses nothing: what it
    /// cannot fetch afterwards it reports as [`What::Gap`].
    fn listen(&self, ears: Arc<dyn Ears>, stop: CancellationToken) -> BoxFuture<'_, ()>;

    /// Takes a request that came to a door of its own, checks who sent it, and answers when what it
    /// says is kept; 403: it is for another account, or a stranger's. A platform that posts nothing
    /// to us has no such door.
    fn hook<'a>(&'a self, _call: Call<'a>, _ears: &'a dyn Ears) -> BoxFuture<'a, Reply> {
        async { Reply::plain(404, "this platform posts nothing here") }.boxed()
    }

    /// Looks whether it works: token, rights, rate class, clock.
    fn check(&self) -> BoxFuture<'_, Vec<Finding>>;
}
