//! The platform itself: one bot in one team, and what it keeps in memory to ask less.

use std::sync::Arc;

use compact_str::CompactString;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::Value;
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

use super::api::{Server, required, text};
use super::content::TEXT_MAX;
use super::messages::Offered;
use super::options::Options;
use super::people::People;
use super::rooms::{NAME_MAX, Names};
use crate::adapters::chat::platform::{
    Abilities, Buttons, Call, Ears, Finding, Opening, Platform, Reply, Room, Saying, Sent, Speaker,
};
use crate::adapters::failure::Failure;

/// One bot in one team.
#[derive(Debug)]
pub struct Mattermost {
    pub(super) server: Server,
    pub(super) options: Options,
    pub(super) abilities: Abilities,
    pub(super) people: People,
    /// What rooms are called, so that a change of name is told from every other change.
    pub(super) names: Names,
    pub(super) offered: Offered,
    own: OnceCell<Own>,
}

/// Who we are there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Own {
    /// Our user.
    pub(super) id: String,
    /// By what people mention us.
    pub(super) name: String,
    /// Our team.
    pub(super) team: String,
    /// The team as it stands in addresses.
    pub(super) team_name: String,
}

impl Mattermost {
    /// A bot; nothing is sent yet.
    ///
    /// # Errors
    /// When the token or a certificate cannot be used.
    pub fn new(options: Options) -> Result<Self, Failure> {
        let server = Server::new(&options)?;
        let abilities = abilities(&options);
        let (people, names, offered) = (People::default(), Names::default(), Offered::default());
        Ok(Self { server, options, abilities, people, names, offered, own: OnceCell::new() })
    }

    /// Who we are; asked once.
    pub(super) async fn own(&self) -> Result<&Own, Failure> {
        self.own.get_or_try_init(|| self.ask_who_we_are()).await
    }

    pub(super) async fn ask_who_we_are(&self) -> Result<Own, Failure> {
        let me = self.server.get(&["users", "me"]).await?;
        let team = self.server.get(&["teams", "name", &self.options.team]).await;
        let team = team.map_err(|fault| self.no_team(fault.into()))?;
        Ok(Own {
            id: required(&me, "id")?.to_owned(),
            name: text(&me, "username").to_owned(),
            team: required(&team, "id")?.to_owned(),
            team_name: text(&team, "name").to_owned(),
        })
    }

    fn no_team(&self, failure: Failure) -> Failure {
        match failure {
            Failure::Refused { why } => Failure::Broken {
                why: format!(
                    "{why}: is there a team {:?} in the addresses of the server, and is the bot in it?",
                    self.options.team
                ),
            },
            other => other,
        }
    }

    /// A channel as a room.
    pub(super) async fn room(&self, channel: &Value) -> Result<Room, Failure> {
        let (id, name) = (required(channel, "id")?, required(channel, "name")?);
        self.names.learn(channel);
        let mut url = self.options.url.clone();
        let team = &self.own().await?.team_name;
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend([team.as_str(), "channels", name]);
        }
        Ok(Room { id: id.into(), name: name.to_owned(), url: Some(url.into()) })
    }
}

fn abilities(options: &Options) -> Abilities {
    let has_door = options.callback.is_some();
    Abilities {
        kind: "mattermost",
        edits: true,
        threads: true,
        buttons: if has_door { Buttons::Native } else { Buttons::Reactions },
        pins: true,
        pictures: true,
        archives: true,
        finds_posts: true,
        text_max: TEXT_MAX,
        name_max: NAME_MAX,
    }
}

impl Platform for Mattermost {
    fn abilities(&self) -> &Abilities {
        &self.abilities
    }

    fn open<'a>(&'a self, opening: Opening<'a>) -> BoxFuture<'a, Result<Room, Failure>> {
        self.open_room(opening).boxed()
    }

    fn find<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Room, Failure>> {
        self.find_room(name).boxed()
    }

    fn invite<'a>(
        &'a self,
        room: &'a str,
        people: &'a [CompactString],
    ) -> BoxFuture<'a, Result<(), Failure>> {
        self.invite_people(room, people).boxed()
    }

    fn topic<'a>(&'a self, room: &'a str, topic: &'a str) -> BoxFuture<'a, Result<(), Failure>> {
        self.set_header(room, topic).boxed()
    }

    fn say<'a>(
        &'a self,
        room: &'a str,
        saying: Saying<'a>,
    ) -> BoxFuture<'a, Result<Sent, Failure>> {
        self.say_in(room, saying).boxed()
    }

    fn whisper<'a>(
        &'a self,
        person: &'a str,
        saying: Saying<'a>,
    ) -> BoxFuture<'a, Result<Sent, Failure>> {
        self.say_to(person, saying).boxed()
    }

    fn close<'a>(&'a self, room: &'a str) -> BoxFuture<'a, Result<(), Failure>> {
        self.archive(room).boxed()
    }

    fn reopen<'a>(&'a self, room: &'a str) -> BoxFuture<'a, Result<(), Failure>> {
        self.bring_back(room).boxed()
    }

    fn person<'a>(
        &'a self,
        name_or_email: &'a str,
    ) -> BoxFuture<'a, Result<Option<Speaker>, Failure>> {
        self.person_of(name_or_email).boxed()
    }

    fn listen(&self, ears: Arc<dyn Ears>, stop: CancellationToken) -> BoxFuture<'_, ()> {
        self.hear_all(ears, stop).boxed()
    }

    fn hook<'a>(&'a self, call: Call<'a>, ears: &'a dyn Ears) -> BoxFuture<'a, Reply> {
        self.take_click(call, ears).boxed()
    }

    fn check(&self) -> BoxFuture<'_, Vec<Finding>> {
        self.examine().boxed()
    }
}
