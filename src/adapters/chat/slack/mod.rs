//! Slack, through its Web API; heard by Socket Mode, or by requests that Slack signs.
//!
//! The facts, limits and traps are those of <https://docs.slack.dev>. Slack keeps no idempotency keys:
//! a post carries its key as metadata, a room its marker as its purpose, and after an unknown outcome
//! both are looked for before anything is said or made again. It refuses to decide who may do what,
//! and to take any meaning from a button: a click is only the place of a choice.

#![expect(
    clippy::indexing_slicing,
    reason = "a JSON value gives null for a name that it has not, and an object takes any name"
)]

mod blocks;
mod budget;
mod check;
mod events;
mod hook;
mod manifest;
mod people;
mod rooms;
mod say;
mod socket;
mod web;

use std::sync::Arc;

use compact_str::CompactString;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;
use url::Url;

use self::people::People;
use self::web::Web;
use super::platform::{
    Abilities, Buttons, Call, Ears, Finding, Opening, Platform, Reply, Room, Saying, Sent, Speaker,
};
use crate::adapters::failure::Failure;
use crate::domain::secret::Secret;

pub use self::manifest::manifest;

/// Where the Web API is, where nothing else is configured.
pub const API: &str = "https://slack.com/api/";

/// What the configuration says about a workspace.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where the Web API begins.
    pub api: Url,
    /// The bot's token, `xoxb-…`.
    pub token: Secret,
    /// The app's token, `xapp-…`: with it, events are heard by Socket Mode.
    pub app_token: Option<Secret>,
    /// What Slack signs its requests with, where it posts events to us.
    pub signing_secret: Option<Secret>,
    /// Whether rooms are for those who were invited only.
    pub is_private: bool,
    /// Where people reach the console; links that are paths begin with it.
    pub external_url: Option<Url>,
}

/// One workspace.
#[derive(Debug)]
pub struct Slack {
    web: Web,
    options: Options,
    /// Who we are there; asked once.
    own: OnceCell<Own>,
    people: People,
}

/// Who we are in the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Own {
    user: String,
    bot: String,
    team: String,
    /// Where people open the workspace, `https://example.slack.com/`.
    url: String,
}

const ABILITIES: Abilities = Abilities {
    kind: "slack",
    edits: true,
    threads: true,
    buttons: Buttons::Native,
    pins: true,
    pictures: true,
    archives: true,
    finds_posts: true,
    text_max: blocks::TEXT_MAX,
    name_max: rooms::NAME_MAX,
};

impl Slack {
    /// A workspace; nothing is sent yet.
    ///
    /// # Errors
    /// When a token has characters that HTTP forbids, or the HTTP client cannot be built.
    pub fn new(options: Options) -> Result<Self, Failure> {
        let web = Web::new(options.api.clone(), options.token.clone())?;
        Ok(Self { web, options, own: OnceCell::new(), people: People::default() })
    }

    async fn own(&self) -> Result<&Own, Failure> {
        self.own.get_or_try_init(|| self.ask_who_we_are()).await
    }

    async fn ask_who_we_are(&self) -> Result<Own, Failure> {
        let answer = self.web.read("auth.test", &[]).await?;
        let text = |key: &str| answer[key].as_str().unwrap_or_default().to_owned();
        let own = Own {
            user: text("user_id"),
            bot: text("bot_id"),
            team: text("team_id"),
            url: text("url"),
        };
        if own.user.is_empty() || own.team.is_empty() {
            return Err(Failure::Unknown { why: "auth.test does not say who we are".to_owned() });
        }
        Ok(own)
    }
}

/// Slack's own id of a person: ours is `T123/U456`.
fn user_of(person: &str) -> &str {
    person.rsplit_once('/').map_or(person, |(_, user)| user)
}

impl Platform for Slack {
    fn abilities(&self) -> &Abilities {
        &ABILITIES
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
        self.set_topic(room, topic).boxed()
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
        self.unarchive(room).boxed()
    }

    fn person<'a>(
        &'a self,
        name_or_email: &'a str,
    ) -> BoxFuture<'a, Result<Option<Speaker>, Failure>> {
        self.person_of(name_or_email).boxed()
    }

    fn listen(&self, ears: Arc<dyn Ears>, stop: CancellationToken) -> BoxFuture<'_, ()> {
        self.listen_by_sockets(ears, stop).boxed()
    }

    fn hook<'a>(&'a self, call: Call<'a>, ears: &'a dyn Ears) -> BoxFuture<'a, Reply> {
        self.take_call(call, ears).boxed()
    }

    fn check(&self) -> BoxFuture<'_, Vec<Finding>> {
        self.examine().boxed()
    }
}
