//! The platform itself: one account, and what it keeps in memory to ask less.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use compact_str::CompactString;
use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use super::api::Server;
use super::content::TEXT_MAX;
use super::direct::Directs;
use super::options::Options;
use super::service::Desk;
use super::users::Names;
use crate::adapters::chat::platform::{
    Abilities, Buttons, Call, Ears, Finding, Opening, Platform, Reply, Room, Saying, Sent, Speaker,
};
use crate::adapters::failure::Failure;

/// Characters of a room's name: an alias has at most 255 bytes with its server in it.
const NAME_MAX: usize = 80;

/// One account on one homeserver.
#[derive(Debug)]
pub struct Matrix {
    pub(super) options: Options,
    pub(super) server: Server,
    /// Who has which direct room with us: a copy of what the homeserver keeps for us.
    pub(super) directs: tokio::sync::Mutex<Option<Directs>>,
    /// What people call themselves: only to be shown.
    pub(super) names: Names,
    /// How many choices a message has been given; only saves calls.
    pub(super) offered: Mutex<BTreeMap<CompactString, usize>>,
    /// What was pushed lately.
    pub(super) desk: Desk,
    abilities: Abilities,
}

impl Matrix {
    /// Gets ready; nothing is sent yet.
    ///
    /// # Errors
    /// [`Failure::Broken`], when a certificate or the token cannot be used.
    pub fn new(options: Options) -> Result<Self, Failure> {
        let abilities = Abilities {
            kind: "matrix",
            edits: true,
            threads: true,
            buttons: Buttons::Reactions,
            pins: true,
            pictures: true,
            archives: true,
            finds_posts: true,
            text_max: TEXT_MAX,
            name_max: NAME_MAX,
        };
        Ok(Self {
            server: Server::new(&options)?,
            directs: tokio::sync::Mutex::default(),
            names: Names::default(),
            offered: Mutex::default(),
            desk: Desk::default(),
            options,
            abilities,
        })
    }
}

impl Platform for Matrix {
    fn abilities(&self) -> &Abilities {
        &self.abilities
    }

    fn open<'a>(&'a self, opening: Opening<'a>) -> BoxFuture<'a, Result<Room, Failure>> {
        Box::pin(self.open_room(opening))
    }

    fn find<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Room, Failure>> {
        Box::pin(self.find_room(name))
    }

    fn invite<'a>(
        &'a self,
        room: &'a str,
        people: &'a [CompactString],
    ) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(self.invite_all(room, people))
    }

    fn topic<'a>(&'a self, room: &'a str, topic: &'a str) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(self.set_topic(room, topic))
    }

    fn say<'a>(
        &'a self,
        room: &'a str,
        saying: Saying<'a>,
    ) -> BoxFuture<'a, Result<Sent, Failure>> {
        Box::pin(self.say_in(room, saying))
    }

    fn whisper<'a>(
        &'a self,
        person: &'a str,
        saying: Saying<'a>,
    ) -> BoxFuture<'a, Result<Sent, Failure>> {
        Box::pin(async move {
            let room = self.direct_room(person).await?;
            self.say_in(&room, saying).await
        })
    }

    fn close<'a>(&'a self, room: &'a str) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(self.set_open(room, false))
    }

    fn reopen<'a>(&'a self, room: &'a str) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(self.set_open(room, true))
    }

    fn person<'a>(
        &'a self,
        name_or_email: &'a str,
    ) -> BoxFuture<'a, Result<Option<Speaker>, Failure>> {
        Box::pin(self.find_person(name_or_email))
    }

    fn listen(&self, ears: Arc<dyn Ears>, stop: CancellationToken) -> BoxFuture<'_, ()> {
        Box::pin(self.hear_all(ears, stop))
    }

    fn hook<'a>(&'a self, call: Call<'a>, ears: &'a dyn Ears) -> BoxFuture<'a, Reply> {
        Box::pin(self.take_call(call, ears))
    }

    fn check(&self) -> BoxFuture<'_, Vec<Finding>> {
        Box::pin(self.findings())
    }
}
