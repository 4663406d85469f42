//! Buttons: what the server posts to us when one was pressed.
//!
//! <https://developers.mattermost.com/integrate/plugins/interactive-messages/>. Nothing is signed there:
//! a request is believed when it brings the proof that we put behind that very button, which the server
//! shows no client, and when the message is ours and offers that choice. What the choice means is
//! looked up in the log.

use compact_str::format_compact;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::api::text;
use super::content::is_proven;
use super::events::now;
use super::platform::Mattermost;
use crate::adapters::chat::platform::{Call, Ears, Heard, Reply, What};
use crate::adapters::failure::Failure;

/// Digits of a digest that tell presses apart.
const DIGITS: usize = 24;

/// A press, as somebody says.
struct Press<'a> {
    user: &'a str,
    room: &'a str,
    message: &'a str,
    /// Different for every press.
    trigger: &'a str,
    choice: usize,
}

impl Mattermost {
    pub(super) async fn take_click(&self, call: Call<'_>, ears: &dyn Ears) -> Reply {
        if self.options.callback.is_none() {
            return Reply::plain(404, "no callback is configured for this server");
        }
        let Ok(body) = serde_json::from_slice::<Value>(call.body) else {
            return Reply::plain(400, "this is nothing that Mattermost sends");
        };
        let Some(press) = self.believed(&body) else {
            return Reply::plain(403, "nothing proves that one of our buttons was pressed");
        };
        match self.keep(&press, ears).await {
            // The server wants JSON: nothing is changed, nobody is told anything.
            Ok(true) => Reply { status: 200, kind: "application/json", body: "{}".to_owned() },
            Ok(false) => Reply::plain(403, "no message of ours offers this"),
            Err(failure) => {
                tracing::warn!(%failure, "a press was not kept");
                Reply::plain(503, "not kept: press again")
            }
        }
    }

    fn believed<'a>(&self, body: &'a Value) -> Option<Press<'a>> {
        let context = body.get("context")?;
        let choice = usize::try_from(context.get("choice")?.as_u64()?).ok()?;
        let (room, key) = (text(context, "room"), text(context, "key"));
        let is_ours = is_proven(&self.options.token, (room, key), choice, text(context, "proof"));
        let press = Press {
            user: text(body, "user_id"),
            room: text(body, "channel_id"),
            message: text(body, "post_id"),
            trigger: text(body, "trigger_id"),
            choice,
        };
        let is_whole = !press.user.is_empty() && !press.message.is_empty() && press.room == room;
        (is_ours && is_whole).then_some(press)
    }

    async fn keep(&self, press: &Press<'_>, ears: &dyn Ears) -> Result<bool, Failure> {
        let Press { user, room, message, trigger, choice } = *press;
        if !self.offers(message, room, choice).await? {
            return Ok(false);
        }
        let digest = hex::encode(Sha256::digest(trigger));
        let digest = digest.get(..DIGITS).unwrap_or_default();
        let id = format_compact!("click/{message}/{choice}/{digest}");
        let what = What::Picked { message: message.into(), choice };
        let by = self.speaker(user).await?;
        ears.hear(Heard { id, room: Some(room.into()), by, at: now(), what }).await?;
        Ok(true)
    }
}
