//! The stand-in as the contract suite and the stories use it.

use std::sync::Arc;
use std::time::Duration;

use compact_str::{CompactString, format_compact};
use serde_json::{Value, json};
use warroom::adapters::chat::platform::Platform;
use warroom::adapters::chat::slack::{Options, Slack};
use warroom::domain::secret::Secret;

pub(crate) use super::stand::ANA;
use super::stand::{APP_TOKEN, BOT_TOKEN, Channel, SIGNING, Stand, TEAM, Workspace, blocks};
use crate::contract::platform::{Seen, Stage};
use crate::world::wait::pass;

/// The stand-in with a platform that speaks to it.
#[derive(Debug)]
pub(crate) struct Lab {
    pub(crate) stand: Stand,
    slack: Arc<Slack>,
}

pub(crate) async fn start() -> Option<Lab> {
    let stand = Stand::start().await;
    let slack = Arc::new(platform(&stand.api()));
    Some(Lab { stand, slack })
}

/// The section of a configuration that connects to it; a table of rooms may follow.
pub(crate) fn section(stand: &Stand) -> String {
    format!(
        "[chat.slack]\nkind = \"slack\"\napi = {:?}\ntoken = {BOT_TOKEN:?}\napp_token = {APP_TOKEN:?}\n\
         signing_secret = {SIGNING:?}\n",
        stand.api(),
    )
}

pub(crate) fn platform(api: &str) -> Slack {
    Slack::new(Options {
        api: api.parse().unwrap(),
        token: Secret::new(BOT_TOKEN),
        app_token: Some(Secret::new(APP_TOKEN)),
        signing_secret: Some(Secret::new(SIGNING)),
        is_private: false,
        external_url: None,
    })
    .unwrap()
}

impl Drop for Lab {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.stand.is_content();
        }
    }
}

impl Stand {
    /// The messages of a channel as a reader sees them, with the words of the files behind them.
    pub(crate) fn shown(&self, room: &str) -> Vec<Seen> {
        let work = self.work();
        work.channels.get(room).map(seen).unwrap_or_default()
    }

    /// The channel of this name.
    pub(crate) fn named(&self, name: &str) -> Option<Channel> {
        self.work().channels.values().find(|channel| channel.name == name).cloned()
    }

    /// Somebody types a line.
    pub(crate) fn types(&self, user: &str, room: &str, text: &str) {
        let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        self.types_raw(user, room, &text);
    }

    /// The same, in Slack's own markup.
    pub(crate) fn types_raw(&self, user: &str, room: &str, text: &str) {
        let mut work = self.work();
        let ts = work.ts();
        let message =
            json!({ "type": "message", "user": user, "ts": ts, "text": text, "team": TEAM });
        if let Some(channel) = work.channels.get_mut(room) {
            channel.messages.push(message.clone());
            if !channel.members.iter().any(|member| member == user) {
                channel.members.push(user.to_owned());
            }
        }
        let mut event = message;
        event["channel"] = room.into();
        event["channel_type"] = "channel".into();
        self.tell_later(&mut work, event);
    }

    /// Somebody presses a button: <https://docs.slack.dev/reference/interaction-payloads/block_actions-payload>.
    pub(crate) fn presses(&self, user: &str, room: &str, message: &str, choice: usize) {
        let mut work = self.work();
        let payload = click(&mut work, user, (room, message), choice);
        self.send_frame(&mut work, "interactive", payload);
    }
}

pub(crate) fn click(
    work: &mut Workspace,
    user: &str,
    (room, message): (&str, &str),
    choice: usize,
) -> Value {
    let ts = work.ts();
    let messages =
        work.channels.get(room).map(|channel| channel.messages.clone()).unwrap_or_default();
    let shown = messages.iter().find(|it| it["ts"] == message).cloned().unwrap_or_default();
    let buttons: Vec<Value> = shown["blocks"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|block| block["type"] == "actions")
        .flat_map(|block| block["elements"].as_array().cloned().unwrap_or_default())
        .collect();
    let action_id = buttons.get(choice).map(|it| it["action_id"].clone()).unwrap_or_default();
    json!({
        "type": "block_actions", "team": { "id": TEAM }, "user": { "id": user, "team_id": TEAM },
        "container": { "type": "message", "message_ts": message, "channel_id": room },
        "channel": { "id": room }, "message": shown, "trigger_id": ts,
        "actions": [{ "type": "button", "action_id": action_id, "action_ts": ts }],
    })
}

fn seen(channel: &Channel) -> Vec<Seen> {
    let mut all: Vec<Seen> = Vec::new();
    for message in &channel.messages {
        let files = message["files"].as_array().map(Vec::as_slice).unwrap_or_default();
        let alts = files.iter().filter_map(|file| file["alt_txt"].as_str().map(str::to_owned));
        match all.last_mut().filter(|_| !files.is_empty()) {
            Some(last) => last.alts.extend(alts),
            None => all.push(blocks::seen(message, &channel.pins)),
        }
    }
    all
}

impl Stage for Lab {
    fn platform(&self) -> Arc<dyn Platform> {
        self.slack.clone()
    }

    fn at(&self, address: &str) -> Arc<dyn Platform> {
        Arc::new(platform(&format!("http://{address}/api/")))
    }

    fn secrets(&self) -> Vec<String> {
        [BOT_TOKEN, APP_TOKEN, SIGNING].map(str::to_owned).to_vec()
    }

    fn person(&self) -> CompactString {
        format_compact!("{TEAM}/{ANA}")
    }

    async fn rooms(&self) -> Vec<String> {
        let work = self.stand.work();
        let open = work.channels.values().filter(|channel| !channel.is_archived);
        open.map(|channel| channel.id.clone()).collect()
    }

    async fn seen(&self, room: &str) -> Vec<Seen> {
        self.stand.shown(room)
    }

    async fn members(&self, room: &str) -> Vec<String> {
        let work = self.stand.work();
        let members = work.channels.get(room).map(|channel| channel.members.clone());
        members.unwrap_or_default().iter().map(|member| format!("{TEAM}/{member}")).collect()
    }

    async fn occupy(&self, name: &str) {
        let mut work = self.stand.work();
        let id = work.id('C');
        let channel = Channel {
            id: id.clone(),
            name: name.to_owned(),
            creator: ANA.to_owned(),
            members: vec![ANA.to_owned()],
            ..Channel::default()
        };
        work.channels.insert(id, channel);
    }

    async fn types(&self, room: &str, text: &str) {
        self.listened().await;
        self.stand.types(ANA, room, text);
    }

    async fn picks(&self, room: &str, message: &str, choice: usize) {
        self.listened().await;
        self.stand.presses(ANA, room, message, choice);
    }

    async fn delete(&self, room: &str) {
        self.stand.work().channels.remove(room);
    }
}

impl Lab {
    /// Waits for a socket.
    async fn listened(&self) {
        for _ in 0..400 {
            if !self.stand.work().sockets.is_empty() {
                return;
            }
            pass(Duration::from_millis(50)).await;
        }
        panic!("nobody opens a socket");
    }
}
