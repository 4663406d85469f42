//! What is said: once for a key, edited in place, with a picture, a pin and symbols to pick by.
//!
//! The transaction id is the key, so a homeserver takes a repetition for the first one:
//! <https://spec.matrix.org/v1.11/client-server-api/#transaction-identifiers>. How long it remembers
//! is its own affair, so a retry looks into the room first.

use compact_str::CompactString;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::api::{required, text};
use super::content::{CHOICES_MAX, KEY, Media, content, symbol};
use super::platform::Matrix;
use crate::adapters::chat::platform::{Saying, Sent};
use crate::adapters::failure::Failure;

/// Messages that a retry looks through: an order is tried again within minutes.
const LOOKED_BACK: usize = 100;
/// Messages whose symbols are remembered; an older one is given them again, and refuses.
const OFFERED_MAX: usize = 1_000;
/// Pinned messages of one room at most: ours is one, people have theirs.
const PINS_MAX: usize = 50;

impl Matrix {
    pub(super) async fn say_in(&self, room: &str, saying: Saying<'_>) -> Result<Sent, Failure> {
        let said = match saying.is_retry {
            true => self.said_before(room, saying.key).await?,
            false => None,
        };
        let event = match said {
            Some(event) => event,
            None => self.send(room, &saying).await?,
        };
        let id: CompactString = saying.edits.map_or(event, ToOwned::to_owned).into();
        if saying.pin {
            self.pin(room, &id).await;
        }
        self.offer(room, &id, saying.post.buttons.len()).await;
        Ok(Sent { id })
    }

    async fn send(&self, room: &str, saying: &Saying<'_>) -> Result<String, Failure> {
        let media = match saying.picture {
            Some(png) => self.upload(png, saying.is_retry).await?,
            None => None,
        };
        let txn = transaction(saying.key);
        let path = ["v3", "rooms", room, "send", "m.room.message", &txn];
        let answer = self.server.put(&path, &content(saying, media.as_ref())).await?;
        Ok(required(&answer, "event_id")?.to_owned())
    }

    /// The event that a lost answer was about.
    async fn said_before(&self, room: &str, key: &str) -> Result<Option<String>, Failure> {
        let me = self.server.me().await?;
        let filter = json!({"types": ["m.room.message"], "senders": [me.id]}).to_string();
        let request = self.server.request(Method::GET, &["v3", "rooms", room, "messages"]);
        let limit = LOOKED_BACK.to_string();
        let query = [("dir", "b"), ("limit", &limit), ("filter", &filter)];
        let answer = self.server.send(request.query(&query)).await?;
        let events = answer.get("chunk").and_then(Value::as_array).into_iter().flatten();
        let is_it = |event: &&Value| {
            text(event, "sender") == me.id
                && event.get("content").is_some_and(|content| text(content, KEY) == key)
        };
        Ok(events.into_iter().find(is_it).map(|event| text(event, "event_id").to_owned()))
    }

    /// Brings a picture there. One that is refused, or fails again, is said in words instead.
    async fn upload(&self, png: &[u8], is_retry: bool) -> Result<Option<Media>, Failure> {
        let request = self
            .server
            .request_to(Method::POST, &["_matrix", "media", "v3", "upload"])
            .query(&[("filename", "graph.png")])
            .header("content-type", "image/png")
            .body(png.to_vec());
        match self.server.send(request).await {
            Ok(answer) => {
                let uri = required(&answer, "content_uri")?.to_owned();
                Ok(Some(Media { uri, bytes: png.len(), size: size_of(png) }))
            }
            Err(fault) if is_retry || matches!(fault.failure, Failure::Refused { .. }) => {
                tracing::debug!(failure = %fault.failure, "a picture was not taken");
                Ok(None)
            }
            Err(fault) => Err(fault.into()),
        }
    }

    /// Pins a message. What fails here is mended by the next edit: the message itself is said.
    async fn pin(&self, room: &str, id: &str) {
        let path = ["v3", "rooms", room, "state", "m.room.pinned_events"];
        let pinned = match self.server.get(&path).await {
            Ok(state) => state.get("pinned").and_then(Value::as_array).cloned().unwrap_or_default(),
            Err(fault) if fault.is("M_NOT_FOUND") => Vec::new(),
            Err(_) => return,
        };
        if pinned.iter().any(|it| it == id) || pinned.len() >= PINS_MAX {
            return;
        }
        let pinned: Vec<Value> = std::iter::once(json!(id)).chain(pinned).collect();
        if let Err(fault) = self.server.put(&path, &json!({"pinned": pinned})).await {
            tracing::debug!(failure = %fault.failure, "the card was not pinned");
        }
    }

    /// Gives a message the symbols of its choices. They are a help: people may add them themselves.
    async fn offer(&self, room: &str, id: &str, choices: usize) {
        let there = self.offered.lock().map_or(0, |it| it.get(id).copied().unwrap_or_default());
        let mut given = there;
        for choice in there..choices.min(CHOICES_MAX) {
            let relation =
                json!({"rel_type": "m.annotation", "event_id": id, "key": symbol(choice)});
            let txn = transaction(&format!("{id}/{choice}"));
            let path = ["v3", "rooms", room, "send", "m.reaction", &txn];
            match self.server.put(&path, &json!({"m.relates_to": relation})).await {
                Ok(_) => given = choice + 1,
                Err(fault) if fault.is("M_DUPLICATE_ANNOTATION") => given = choice + 1,
                Err(_) => break,
            }
        }
        let Ok(mut offered) = self.offered.lock() else { return };
        if given > there {
            offered.insert(id.into(), given);
        }
        while offered.len() > OFFERED_MAX {
            offered.pop_first();
        }
    }
}

/// A transaction id of letters and digits alone, the same for the same key.
fn transaction(key: &str) -> String {
    hex::encode(Sha256::digest(key)).chars().take(32).collect()
}

/// Width and height, as a PNG says them in its first chunk.
fn size_of(png: &[u8]) -> Option<(u32, u32)> {
    let number = |at: usize| png.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes);
    Some((number(16)?, number(20)?))
}
