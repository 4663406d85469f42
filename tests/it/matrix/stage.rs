//! A Synapse with an account for us and a person beside it.

use std::collections::BTreeMap;
use std::sync::Arc;

use compact_str::CompactString;
use reqwest::Method;
use serde_json::{Value, json};
use url::Url;
use warroom::adapters::chat::matrix::{Matrix, Options};
use warroom::adapters::chat::platform::Platform;
use warroom::domain::secret::Secret;

use crate::contract::platform::{Seen, Stage};
use crate::world::synapse::{NAME, Person, Synapse};

/// Tags that our own markup has, whatever a text says.
const OURS: [&str; 7] = ["br", "strong", "/strong", "pre", "/pre", "code", "/code"];

/// A Synapse, our account and a person.
pub(crate) struct Lab {
    pub(crate) synapse: Arc<Synapse>,
    pub(crate) bot: Person,
    pub(crate) ana: Person,
    matrix: Arc<Matrix>,
}

/// Nothing where Synapse is not installed.
pub(crate) async fn start() -> Option<Lab> {
    Some(Lab::at(Synapse::shared().await?).await)
}

/// The platform for an account.
pub(crate) fn matrix(base: &str, token: &str) -> Matrix {
    let url = Url::parse(base).unwrap();
    Matrix::new(Options::new(url, Secret::new(token))).unwrap()
}

impl Lab {
    pub(crate) async fn at(synapse: Arc<Synapse>) -> Self {
        let (bot, ana) = (synapse.person("warroom").await, synapse.person("ana").await);
        let matrix = Arc::new(matrix(&synapse.url(), &bot.token));
        Self { synapse, bot, ana, matrix }
    }

    pub(crate) fn matrix(&self) -> Arc<Matrix> {
        self.matrix.clone()
    }

    /// The person comes into a room of ours.
    pub(crate) async fn enter(&self, room: &str) {
        let body = json!({"user_id": self.ana.id});
        self.bot.room(Method::POST, room, "invite", &body).await;
        self.ana.join(room).await;
    }
}

impl Stage for Lab {
    fn platform(&self) -> Arc<dyn Platform> {
        self.matrix.clone()
    }

    fn at(&self, address: &str) -> Arc<dyn Platform> {
        Arc::new(matrix(&format!("http://{address}"), &self.bot.token))
    }

    fn secrets(&self) -> Vec<String> {
        vec![self.bot.token.clone()]
    }

    fn person(&self) -> CompactString {
        self.ana.id.as_str().into()
    }

    async fn rooms(&self) -> Vec<String> {
        let answer =
            self.bot.call(Method::GET, "/_matrix/client/v3/joined_rooms", &Value::Null).await;
        let rooms = answer["joined_rooms"].as_array().unwrap();
        rooms.iter().map(|room| room.as_str().unwrap().to_owned()).collect()
    }

    async fn seen(&self, room: &str) -> Vec<Seen> {
        let path = "state/m.room.pinned_events";
        let pinned = self.bot.room(Method::GET, room, path, &Value::Null).await;
        let is_pinned = |id: &str| {
            pinned["pinned"].as_array().is_some_and(|pins| pins.iter().any(|pin| pin == id))
        };
        let mut shown: Vec<Seen> = Vec::new();
        let mut newest: BTreeMap<String, Value> = BTreeMap::new();
        let messages = self.bot.messages(room).await;
        for event in &messages {
            let content = &event["content"];
            match content["m.relates_to"]["rel_type"] == "m.replace" {
                true => {
                    let id = content["m.relates_to"]["event_id"].as_str().unwrap().to_owned();
                    newest.insert(id, content["m.new_content"].clone());
                }
                false => {
                    let id = event["event_id"].as_str().unwrap().to_owned();
                    newest.insert(id.clone(), content.clone());
                    shown.push(Seen { id, ..Seen::default() });
                }
            }
        }
        for seen in &mut shown {
            *seen = Seen { is_pinned: is_pinned(&seen.id), ..look(&seen.id, &newest[&seen.id]) };
        }
        shown
    }

    async fn members(&self, room: &str) -> Vec<String> {
        let answer =
            self.bot.room(Method::GET, room, "members?not_membership=leave", &Value::Null).await;
        let events = answer["chunk"].as_array().unwrap();
        events.iter().map(|event| event["state_key"].as_str().unwrap().to_owned()).collect()
    }

    async fn occupy(&self, name: &str) {
        let body = json!({"room_alias_name": name, "preset": "public_chat"});
        let answer = self.ana.call(Method::POST, "/_matrix/client/v3/createRoom", &body).await;
        assert!(answer["room_id"].is_string() || answer["errcode"] == "M_ROOM_IN_USE", "{answer}");
    }

    async fn types(&self, room: &str, text: &str) {
        self.enter(room).await;
        self.ana.types(room, text).await;
    }

    async fn picks(&self, room: &str, message: &str, choice: usize) {
        self.enter(room).await;
        let key = format!("{}\u{fe0f}\u{20e3}", choice + 1);
        let relation = json!({"rel_type": "m.annotation", "event_id": message, "key": key});
        self.ana.send(room, "m.reaction", &json!({"m.relates_to": relation})).await;
    }

    async fn delete(&self, room: &str) {
        self.synapse.delete(room).await;
    }
}

/// What a client makes of a content: HTML where it is there, words where it is not.
fn look(id: &str, content: &Value) -> Seen {
    let html = content["formatted_body"].as_str();
    let body = content["body"].as_str().unwrap();
    let text = html.map_or_else(|| body.to_owned(), unescaped);
    let is_plain = |tag: &str| OURS.contains(&tag);
    let formats = html.is_some_and(|html| !tags(html).iter().all(|tag| is_plain(tag)));
    let is_picture = content["msgtype"] == "m.image";
    Seen {
        id: id.to_owned(),
        mentions: content["m.mentions"] != json!({}) || body.contains("@room"),
        // What has no width is not on the screen.
        text: text.replace('\u{2060}', ""),
        formats,
        alts: if is_picture { vec![body.to_owned()] } else { Vec::new() },
        choices: 0,
        is_pinned: false,
    }
}

fn tags(html: &str) -> Vec<String> {
    let parts = html.split('<').skip(1);
    parts.map(|part| part.split('>').next().unwrap_or_default().to_owned()).collect()
}

fn unescaped(html: &str) -> String {
    let mut text = html.replace("<br>", "\n");
    for tag in OURS {
        text = text.replace(&format!("<{tag}>"), "");
    }
    for (from, to) in
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
    {
        text = text.replace(from, to);
    }
    text
}

/// The alias that an administrator would give.
pub(crate) fn alias(name: &str) -> String {
    format!("#{name}:{NAME}")
}
