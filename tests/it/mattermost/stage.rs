//! The stand-in as the contract suite and the stories use it.

use std::sync::Arc;
use std::time::Duration;

use compact_str::CompactString;
use serde_json::{Value, json};
use warroom::adapters::chat::mattermost::{Mattermost, Options};
use warroom::adapters::chat::platform::Platform;
use warroom::domain::secret::Secret;

use super::stand::{ANA, Channel, Stand, TEAM, TEAM_NAME, TOKEN, markdown};
use crate::contract::platform::{Seen, Stage};
use crate::world::wait::pass;

/// The names of symbols that stand for choices.
const SYMBOLS: [&str; 3] = ["one", "two", "three"];

/// The stand-in with a platform that speaks to it.
#[derive(Debug)]
pub(crate) struct Lab {
    pub(crate) stand: Stand,
    pub(crate) mattermost: Arc<Mattermost>,
}

pub(crate) async fn start() -> Option<Lab> {
    let stand = Stand::start().await;
    let mattermost = Arc::new(platform(&stand.url()));
    Some(Lab { stand, mattermost })
}

/// The section of a configuration that connects to it; more of it may follow.
pub(crate) fn section(stand: &Stand) -> String {
    format!(
        "[chat.mattermost]\nkind = \"mattermost\"\nurl = {:?}\ntoken = {TOKEN:?}\nteam = {TEAM_NAME:?}\n",
        stand.url(),
    )
}

pub(crate) fn platform(url: &str) -> Mattermost {
    let options = Options::new(url.parse().unwrap(), Secret::new(TOKEN), TEAM_NAME);
    Mattermost::new(options).unwrap()
}

impl Drop for Lab {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.stand.is_content();
        }
    }
}

impl Stand {
    /// The messages of a channel as a reader sees them.
    pub(crate) fn shown(&self, room: &str) -> Vec<Seen> {
        let world = self.world();
        world.channels.get(room).map(|it| markdown::seen(it, &world.files)).unwrap_or_default()
    }

    /// The channel of this name.
    pub(crate) fn named(&self, name: &str) -> Option<Channel> {
        self.world().channels.values().find(|channel| channel.name == name).cloned()
    }

    /// Somebody comes into the room and types a line.
    pub(crate) fn types(&self, user: &str, room: &str, text: &str) {
        self.writes(user, room, text, json!({}));
    }

    /// The same, with properties.
    pub(crate) fn writes(&self, user: &str, room: &str, text: &str, props: Value) {
        let mut world = self.world();
        if let Some(channel) = world.channels.get_mut(room).filter(|it| !it.has(user)) {
            channel.members.push(user.to_owned());
        }
        let mut post = world.written(user, room, text);
        post["props"] = props;
        world.publish(&post);
    }

    /// A channel that somebody else made.
    pub(crate) fn occupied(&self, name: &str, members: &[&str]) -> String {
        let mut world = self.world();
        let id = world.id();
        let channel = Channel {
            id: id.clone(),
            kind: "O".to_owned(),
            team: TEAM.to_owned(),
            name: name.to_owned(),
            display_name: name.to_owned(),
            creator: ANA.to_owned(),
            members: members.iter().map(|it| (*it).to_owned()).collect(),
            ..Channel::default()
        };
        world.channels.insert(id.clone(), channel);
        id
    }
}

impl Stage for Lab {
    fn platform(&self) -> Arc<dyn Platform> {
        self.mattermost.clone()
    }

    fn at(&self, address: &str) -> Arc<dyn Platform> {
        Arc::new(platform(&format!("http://{address}")))
    }

    fn secrets(&self) -> Vec<String> {
        vec![TOKEN.to_owned()]
    }

    fn person(&self) -> CompactString {
        ANA.into()
    }

    async fn rooms(&self) -> Vec<String> {
        let world = self.stand.world();
        let open = world.channels.values().filter(|channel| channel.delete_at == 0);
        open.map(|channel| channel.id.clone()).collect()
    }

    async fn seen(&self, room: &str) -> Vec<Seen> {
        self.stand.shown(room)
    }

    async fn members(&self, room: &str) -> Vec<String> {
        let world = self.stand.world();
        world.channels.get(room).map(|it| it.members.clone()).unwrap_or_default()
    }

    async fn occupy(&self, name: &str) {
        self.stand.occupied(name, &[ANA]);
    }

    async fn types(&self, room: &str, text: &str) {
        self.listened().await;
        self.stand.types(ANA, room, text);
    }

    async fn picks(&self, _room: &str, message: &str, choice: usize) {
        self.listened().await;
        self.stand.world().react(ANA, message, SYMBOLS[choice]).unwrap();
    }

    async fn delete(&self, room: &str) {
        self.stand.world().channels.remove(room);
    }
}

impl Lab {
    /// Waits for a socket.
    pub(crate) async fn listened(&self) {
        for _ in 0..400 {
            if self.stand.world().is_listened_to() {
                return;
            }
            pass(Duration::from_millis(50)).await;
        }
        panic!("nobody opens a socket");
    }
}
