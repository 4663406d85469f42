//! Rooms that live in warroom itself, for a team without a chat platform: the timeline is the room,
//! and what is said goes to the log.

use compact_str::{CompactString, format_compact};
use futures_util::future::BoxFuture;

use super::{Chat, Message, Wanted};
use crate::adapters::failure::Failure;
use crate::domain::incident::{Receipt, Target};

/// The local platform. It keeps nothing: a room's name carries its incident's number.
#[derive(Debug, Default)]
pub struct Local;

fn done(id: CompactString) -> BoxFuture<'static, Result<Receipt, Failure>> {
    Box::pin(async move { Ok(Receipt { id, at: None }) })
}

impl Chat for Local {
    fn open<'a>(&'a self, wanted: Wanted<'a>) -> BoxFuture<'a, Result<Receipt, Failure>> {
        tracing::info!(room = wanted.name, topic = wanted.topic, "the room is open");
        // The number makes the id unique whatever name the rule gives.
        done(format_compact!("local:{}:{}", wanted.number, wanted.name))
    }

    fn close<'a>(&'a self, room: &'a CompactString) -> BoxFuture<'a, Result<Receipt, Failure>> {
        tracing::info!(%room, "the room is closed");
        done(room.clone())
    }

    fn reopen<'a>(&'a self, room: &'a CompactString) -> BoxFuture<'a, Result<Receipt, Failure>> {
        tracing::info!(%room, "the room is open again");
        done(room.clone())
    }

    fn post<'a>(&'a self, message: Message<'a>) -> BoxFuture<'a, Result<Receipt, Failure>> {
        let room = match message.to {
            Target::Room(room) => room.as_str(),
            Target::Named(name) => name.as_str(),
        };
        tracing::info!(room, text = message.post.text, "said");
        done(format_compact!("{}", message.id))
    }
}
