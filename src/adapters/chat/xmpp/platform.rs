//! The platform itself: one account, one connection.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use compact_str::CompactString;
use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;
use tokio_xmpp::jid::{BareJid, Jid};

use super::connector::Connector;
use super::link::Link;
use super::messages::TEXT_MAX;
use super::options::Options;
use crate::adapters::chat::platform::{
    Abilities, Buttons, Ears, Finding, Opening, Platform, Room, Saying, Sent, Speaker,
};
use crate::adapters::failure::Failure;

/// Characters of a room's name: its address has at most 1,023 bytes before the sign.
const NAME_MAX: usize = 80;

/// One account on one server.
#[derive(Debug)]
pub struct Xmpp {
    pub(super) options: Options,
    pub(super) link: Link,
    /// For pictures, which go by HTTP.
    pub(super) client: reqwest::Client,
    /// Which service has which feature, as the server said.
    pub(super) services: Mutex<BTreeMap<String, String>>,
    jid: Jid,
    abilities: Abilities,
}

impl Xmpp {
    /// Begins to connect; answers at once. Must be called inside the runtime.
    ///
    /// # Errors
    /// [`Failure::Broken`], when the address or a certificate cannot be used.
    pub fn new(options: Options, client: reqwest::Client) -> Result<Self, Failure> {
        let connector = Connector::new(&options)?;
        let abilities = Abilities {
            kind: "xmpp",
            edits: true,
            threads: false,
            buttons: Buttons::Numbers,
            pins: false,
            pictures: true,
            archives: true,
            finds_posts: true,
            text_max: TEXT_MAX,
            name_max: NAME_MAX,
        };
        let jid = connector.jid().clone();
        let (link, services) = (Link::start(connector), Mutex::default());
        Ok(Self { options, link, client, services, jid, abilities })
    }

    /// Our address without a resource.
    pub(super) fn bare(&self) -> String {
        self.jid.to_bare().to_string()
    }

    pub(super) fn domain(&self) -> String {
        self.jid.domain().as_str().to_owned()
    }

    /// What we are called in rooms.
    pub(super) fn nick(&self) -> String {
        self.jid.node().map(|node| node.as_str().to_owned()).unwrap_or_default()
    }

    /// Somebody by their real address.
    pub(super) fn speaker(&self, jid: &BareJid) -> Speaker {
        let domain = jid.domain().as_str();
        let is_ours = domain == self.jid.domain().as_str()
            || self.options.team_domains.iter().any(|it| it == domain);
        Speaker {
            id: jid.as_str().into(),
            name: jid.node().map_or(domain, |node| node.as_str()).to_owned(),
            is_bot: jid.as_str() == self.bare(),
            is_guest: !is_ours,
        }
    }

    /// The server tells nobody who has an account: a well-formed name is one, until a person says no.
    fn guess(&self, name: &str) -> Option<Speaker> {
        let jid = match name.contains('@') {
            true => BareJid::new(name).ok()?,
            false => BareJid::new(&format!("{name}@{}", self.domain())).ok()?,
        };
        jid.node().is_some().then(|| self.speaker(&jid)).filter(|speaker| !speaker.is_guest)
    }
}

impl Platform for Xmpp {
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
        Box::pin(self.say_to(person, "chat", saying))
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
        let found = self.guess(name_or_email);
        Box::pin(async move { Ok(found) })
    }

    fn listen(&self, ears: Arc<dyn Ears>, stop: CancellationToken) -> BoxFuture<'_, ()> {
        Box::pin(self.hear_all(ears, stop))
    }

    fn check(&self) -> BoxFuture<'_, Vec<Finding>> {
        Box::pin(self.findings())
    }
}
