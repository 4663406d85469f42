//! Chat platforms: rooms and what is said in them.
//!
//! A platform is one file here, and lines in the list below.

pub mod console;
#[cfg(feature = "matrix")]
pub mod matrix;
#[cfg(feature = "mattermost")]
pub mod mattermost;
pub mod platform;
#[cfg(feature = "slack")]
pub mod slack;
#[cfg(any(feature = "matrix", feature = "mattermost", feature = "xmpp"))]
pub mod words;
#[cfg(feature = "xmpp")]
pub mod xmpp;

use std::fmt;

use compact_str::CompactString;
use futures_util::future::BoxFuture;

use super::failure::Failure;
use crate::domain::ids::{EffectId, Number};
use crate::domain::incident::{PostKey, Receipt, Target};
use crate::domain::room::Post;

pub use platform::{
    Abilities, Buttons, Call, Ears, Finding, Heard, Manner, Opening, Platform, Reply, Room,
    RoomChange, Saying, Sent, Speaker, What,
};

/// The room that an incident wants.
#[derive(Debug, Clone)]
pub struct Wanted<'a> {
    /// The idempotency key, and the marker that the room carries.
    pub id: EffectId,
    /// Above 1: an earlier try may have made it: look for the marker first.
    pub attempt: u32,
    /// The incident.
    pub number: Number,
    /// The wished name; taken: with a suffix, never a stranger's room.
    pub name: &'a str,
    /// One line about the incident.
    pub topic: &'a str,
    /// Whom to invite.
    pub invite: &'a [String],
}

/// A message.
#[derive(Debug, Clone)]
pub struct Message<'a> {
    /// The idempotency key.
    pub id: EffectId,
    /// Where.
    pub to: &'a Target,
    /// The card is edited in place, a line is appended.
    pub key: PostKey,
    /// What to say; the platform renders and escapes it for itself.
    pub post: &'a Post,
}

/// One chat platform.
pub trait Chat: Send + Sync + fmt::Debug {
    /// Opens a room: the receipt is its id.
    fn open<'a>(&'a self, wanted: Wanted<'a>) -> BoxFuture<'a, Result<Receipt, Failure>>;

    /// Archives a room; `id` is the idempotency key of what it says there.
    fn close<'a>(
        &'a self,
        id: EffectId,
        room: &'a CompactString,
    ) -> BoxFuture<'a, Result<Receipt, Failure>>;

    /// Brings an archived room back; `id` as above.
    fn reopen<'a>(
        &'a self,
        id: EffectId,
        room: &'a CompactString,
    ) -> BoxFuture<'a, Result<Receipt, Failure>>;

    /// Says something.
    fn post<'a>(&'a self, message: Message<'a>) -> BoxFuture<'a, Result<Receipt, Failure>>;
}
