//! Messages: posted once for each key, edited in place, pinned, with their picture.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use compact_str::CompactString;
use reqwest::Method;
use serde_json::{Map, Value, json};

use super::api::{list, odd, required, text};
use super::budget::Lane;
use super::content::{OURS, SYMBOLS, message, props};
use super::platform::Mattermost;
use crate::adapters::chat::platform::{Saying, Sent};
use crate::adapters::failure::Failure;
use crate::domain::messages;
use crate::domain::room::Picture;

/// Messages that are looked through for a key: an unknown outcome is seconds old.
const LOOKED_THROUGH: &str = "100";
/// Characters of a file's name: `FileInfo` keeps 256 bytes.
const FILE_NAME_MAX: usize = 120;
/// Messages whose symbols are remembered; an older one is given them again, which changes nothing.
const OFFERED_MAX: usize = 2_000;

/// How many symbols a message has been given; only saves calls.
#[derive(Debug, Default)]
pub(super) struct Offered(Mutex<BTreeMap<String, usize>>);

impl Offered {
    fn of(&self, message: &str) -> usize {
        let offered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        offered.get(message).copied().unwrap_or_default()
    }

    fn note(&self, message: &str, choices: usize) {
        let mut offered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if offered.len() >= OFFERED_MAX {
            offered.clear();
        }
        offered.insert(message.to_owned(), choices);
    }
}

impl Mattermost {
    pub(super) async fn say_in(&self, room: &str, saying: Saying<'_>) -> Result<Sent, Failure> {
        let sent = match (saying.edits, saying.is_retry) {
            (Some(message), _) => self.edit(room, message, &saying).await?,
            (None, true) => match self.said_before(room, saying.key).await? {
                Some(sent) => sent,
                None => self.publish(room, &saying).await?,
            },
            (None, false) => self.publish(room, &saying).await?,
        };
        self.offer(&sent, &saying).await;
        if saying.pin {
            self.pin(&sent).await;
        }
        Ok(sent)
    }

    pub(super) async fn say_to(&self, person: &str, saying: Saying<'_>) -> Result<Sent, Failure> {
        let own = &self.own().await?.id;
        // The server gives the same conversation for the same two.
        let direct = self.server.post(&["channels", "direct"], &json!([own, person])).await?;
        let room = required(&direct, "id")?.to_owned();
        self.say_in(&room, saying).await
    }

    async fn publish(&self, room: &str, saying: &Saying<'_>) -> Result<Sent, Failure> {
        let mut body = self.body(room, saying).await?;
        body.insert("channel_id".to_owned(), room.into());
        // For half a minute the server itself answers a repetition with the first post:
        // `deduplicateCreatePost` in `server/channels/app/post.go`.
        let pending = format!("{}:{}", self.own().await?.id, saying.key);
        body.insert("pending_post_id".to_owned(), pending.into());
        if let Some(below) = saying.below {
            body.insert("root_id".to_owned(), below.into());
        }
        sent(&self.server.post(&["posts"], &body.into()).await?)
    }

    async fn edit(&self, room: &str, message: &str, saying: &Saying<'_>) -> Result<Sent, Failure> {
        let body = self.body(room, saying).await?;
        sent(&self.server.put(&["posts", message, "patch"], &body.into()).await?)
    }

    async fn body(&self, room: &str, saying: &Saying<'_>) -> Result<Map<String, Value>, Failure> {
        let mut body = Map::new();
        body.insert("message".to_owned(), message(&self.options, saying).into());
        body.insert("props".to_owned(), props(&self.options, room, saying));
        if let Some((picture, bytes)) = saying.post.picture.as_ref().zip(saying.picture) {
            body.insert("file_ids".to_owned(), json!([self.upload(room, picture, bytes).await?]));
        }
        Ok(body)
    }

    /// Clients read a file's name aloud, and show it where the picture is not: it holds the words.
    async fn upload(&self, room: &str, picture: &Picture, bytes: &[u8]) -> Result<String, Failure> {
        let words = messages::plain(&picture.alt, FILE_NAME_MAX).replace(['/', '\\', ':'], " ");
        let name = format!("{}.png", words.trim_matches(['.', ' ']));
        let query = [("channel_id", room), ("filename", name.as_str())];
        let request = self.server.request(Method::POST, &["files"]).query(&query);
        let request = request.header("content-type", "image/png").body(bytes.to_vec());
        let answer = self.server.send(Lane::First, request).await?;
        let info = answer.get("file_infos").and_then(|infos| infos.get(0));
        let info = info.ok_or_else(|| Failure::from(odd("no file came of an upload")))?;
        Ok(required(info, "id")?.to_owned())
    }

    /// Looks for the key of a try whose outcome is unknown. Anybody may write properties: only what
    /// our own user wrote counts.
    async fn said_before(&self, room: &str, key: &str) -> Result<Option<Sent>, Failure> {
        let own = &self.own().await?.id;
        let request = self.server.request(Method::GET, &["channels", room, "posts"]);
        let request = request.query(&[("per_page", LOOKED_THROUGH)]);
        let page = self.server.send(Lane::First, request).await?;
        let posts = page.get("posts").and_then(Value::as_object);
        let is_ours = |post: &&Value| {
            text(post, "user_id") == own && ours(post).is_some_and(|it| text(it, "key") == key)
        };
        posts.into_iter().flatten().map(|(_, post)| post).find(is_ours).map(sent).transpose()
    }

    /// Gives a message the symbols of its choices, where it has no buttons. They are a help: people
    /// may add them themselves.
    async fn offer(&self, sent: &Sent, saying: &Saying<'_>) {
        if self.options.callback.is_some() || saying.post.buttons.is_empty() {
            return;
        }
        let Ok(own) = self.own().await else { return };
        let there = self.offered.of(&sent.id);
        for (at, symbol) in SYMBOLS.iter().enumerate().take(saying.post.buttons.len()).skip(there) {
            let body = json!({ "user_id": own.id, "post_id": sent.id, "emoji_name": symbol });
            if let Err(fault) = self.server.post(&["reactions"], &body).await {
                tracing::debug!(failure = %fault.failure, "a symbol was not added");
                return;
            }
            self.offered.note(&sent.id, at + 1);
        }
    }

    /// A card that is not pinned is still a card.
    async fn pin(&self, sent: &Sent) {
        if let Err(fault) = self.server.post(&["posts", &sent.id, "pin"], &json!({})).await {
            tracing::debug!(failure = %fault.failure, "the card was not pinned");
        }
    }

    /// Whether a message is ours, stands in this room, and offers this choice.
    pub(super) async fn offers(
        &self,
        message: &str,
        room: &str,
        choice: usize,
    ) -> Result<bool, Failure> {
        let post = match self.server.get(&["posts", message]).await {
            Ok(post) => post,
            Err(fault) if matches!(fault.failure, Failure::Refused { .. }) => return Ok(false),
            Err(fault) => return Err(fault.into()),
        };
        let choices = ours(&post).and_then(|it| it.get("choices")?.as_u64()).unwrap_or_default();
        let is_one = u64::try_from(choice).is_ok_and(|choice| choice < choices);
        let is_here = text(&post, "channel_id") == room;
        Ok(is_one && is_here && text(&post, "user_id") == self.own().await?.id)
    }
}

/// Our property of a post.
fn ours(post: &Value) -> Option<&Value> {
    post.get("props")?.get(OURS).filter(|it| it.is_object())
}

fn sent(post: &Value) -> Result<Sent, Failure> {
    Ok(Sent { id: CompactString::from(required(post, "id")?) })
}

/// The posts of a page, the oldest first.
pub(super) fn in_order(page: &Value) -> Vec<&Value> {
    let posts = page.get("posts");
    let order = list(page.get("order").unwrap_or(&Value::Null)).iter();
    let mut found: Vec<&Value> = order.filter_map(|id| posts?.get(id.as_str()?)).collect();
    found.reverse();
    found
}
