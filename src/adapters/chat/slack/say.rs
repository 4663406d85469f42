//! Messages: posted once for each key, edited in place, pinned, with their picture behind them.

use compact_str::CompactString;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::blocks::{Rendered, render};
use super::web::Trouble;
use super::{Slack, user_of};
use crate::adapters::chat::platform::{Saying, Sent};
use crate::adapters::failure::Failure;
use crate::domain::messages;
use crate::domain::room::Picture;

/// The name of our metadata.
const EVENT: &str = "warroom";
/// Messages that are looked through for a key: an unknown outcome is seconds old.
const LOOKED_THROUGH: &str = "100";
/// Characters of the words of a picture:
/// <https://docs.slack.dev/reference/methods/files.getUploadURLExternal>.
const ALT_MAX: usize = 1_000;
/// Characters of a file's title.
const TITLE_MAX: usize = 250;

impl Slack {
    pub(super) async fn say_in(&self, room: &str, saying: Saying<'_>) -> Result<Sent, Failure> {
        let sent = match (saying.edits, saying.is_retry) {
            (Some(message), _) => self.update(room, message, &saying).await?,
            (None, true) => match self.said_before(room, saying.key).await? {
                Some(sent) => sent,
                None => self.post(room, &saying).await?,
            },
            (None, false) => self.post(room, &saying).await?,
        };
        if saying.pin {
            self.pin(room, &sent).await;
        }
        if let Some((picture, bytes)) = saying.post.picture.as_ref().zip(saying.picture) {
            self.show(room, &saying, picture, bytes).await?;
        }
        Ok(sent)
    }

    /// A conversation with one person alone has the person's id for a name.
    pub(super) async fn say_to(&self, person: &str, saying: Saying<'_>) -> Result<Sent, Failure> {
        self.post(user_of(person), &saying).await
    }

    async fn post(&self, room: &str, saying: &Saying<'_>) -> Result<Sent, Failure> {
        let mut body = self.body(room, saying);
        if let Some(below) = saying.below {
            body["thread_ts"] = below.into();
        }
        let answer = self.web.change("chat.postMessage", Some(room), &body).await?;
        sent(&answer)
    }

    async fn update(
        &self,
        room: &str,
        message: &str,
        saying: &Saying<'_>,
    ) -> Result<Sent, Failure> {
        let mut body = self.body(room, saying);
        body["ts"] = message.into();
        let answer = self.web.change("chat.update", None, &body).await?;
        sent(&answer)
    }

    fn body(&self, room: &str, saying: &Saying<'_>) -> Value {
        let base = self.options.external_url.as_ref();
        let Rendered { text, blocks } =
            render(saying.post, saying.by, saying.picture.is_some(), base);
        json!({
            "channel": room,
            "text": text,
            "blocks": blocks,
            "metadata": { "event_type": EVENT, "event_payload": { "key": saying.key } },
            "unfurl_links": false,
            "unfurl_media": false,
        })
    }

    /// Looks for the key of a try whose outcome is unknown.
    async fn said_before(&self, room: &str, key: &str) -> Result<Option<Sent>, Failure> {
        let own = self.own().await?;
        let is_ours = |message: &&Value| {
            message["metadata"]["event_type"] == EVENT
                && message["metadata"]["event_payload"]["key"] == key
                && message["bot_id"] == own.bot.as_str()
        };
        let found = self.history(room).await?.iter().find(is_ours).map(sent);
        found.transpose()
    }

    async fn history(&self, room: &str) -> Result<Vec<Value>, Failure> {
        let query =
            [("channel", room), ("limit", LOOKED_THROUGH), ("include_all_metadata", "true")];
        let page = self.web.read("conversations.history", &query).await?;
        Ok(page["messages"].as_array().cloned().unwrap_or_default())
    }

    /// A card that is not pinned is still a card.
    async fn pin(&self, room: &str, sent: &Sent) {
        let body = json!({ "channel": room, "timestamp": sent.id });
        match self.web.change("pins.add", None, &body).await {
            Ok(_) => {}
            Err(Trouble::Said(word)) if word == "already_pinned" => {}
            Err(trouble) => tracing::debug!(?trouble, "the card was not pinned"),
        }
    }

    /// Shows a picture behind its message. A file's name tells whether it is there already.
    async fn show(
        &self,
        room: &str,
        saying: &Saying<'_>,
        picture: &Picture,
        bytes: &[u8],
    ) -> Result<(), Failure> {
        let name = file_name(saying.key);
        if saying.is_retry && self.has_file(room, &name).await? {
            return Ok(());
        }
        let length = bytes.len().to_string();
        let alt = messages::plain(&picture.alt, ALT_MAX);
        let query = [("filename", name.as_str()), ("length", &length), ("alt_txt", &alt)];
        let place = self.web.read("files.getUploadURLExternal", &query).await?;
        let (Some(url), Some(id)) = (place["upload_url"].as_str(), place["file_id"].as_str())
        else {
            return Err(Failure::Unknown {
                why: "slack: no address for an upload came".to_owned(),
            });
        };
        self.web.upload(url, bytes).await?;
        let title = messages::plain(&picture.command, TITLE_MAX);
        let mut body = json!({ "files": [{ "id": id, "title": title }], "channel_id": room });
        if let Some(below) = saying.below {
            body["thread_ts"] = below.into();
        }
        self.web.change("files.completeUploadExternal", None, &body).await?;
        Ok(())
    }

    async fn has_file(&self, room: &str, name: &str) -> Result<bool, Failure> {
        let has = |message: &Value| {
            let files = message["files"].as_array().map(Vec::as_slice).unwrap_or_default();
            files.iter().any(|file| file["name"] == name)
        };
        Ok(self.history(room).await?.iter().any(has))
    }
}

/// The same for every try of a key.
fn file_name(key: &str) -> String {
    let digest = hex::encode(Sha256::digest(key));
    format!("graph-{}.png", digest.get(..16).unwrap_or(&digest))
}

fn sent(message: &Value) -> Result<Sent, Failure> {
    match message["ts"].as_str() {
        Some(ts) if !ts.is_empty() => Ok(Sent { id: CompactString::from(ts) }),
        _ => Err(Failure::Unknown { why: "slack: a message without a time came".to_owned() }),
    }
}
