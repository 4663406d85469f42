//! What Slack's events, clicks and slash commands say.
//!
//! They are read the same whether a socket or a signed request brought them. What is ours is left out;
//! whoever speaks is asked of Slack, never taken from the event.

use chrono::{DateTime, Utc};
use compact_str::{CompactString, format_compact};
use serde_json::Value;

use super::Slack;
use super::blocks::{CHOICE, unescaped};
use crate::adapters::chat::platform::{Heard, Manner, RoomChange, Speaker, What};
use crate::adapters::failure::Failure;

impl Slack {
    /// What an event of the Events API says; none: nothing that matters here.
    pub(super) async fn event(&self, envelope: &Value) -> Result<Option<Heard>, Failure> {
        let event = &envelope["event"];
        let kind = word(event, "type");
        match kind {
            "message" => self.message(event).await,
            "channel_archive" | "group_archive" => {
                self.change(envelope, RoomChange::Archived).await
            }
            "channel_unarchive" | "group_unarchive" => {
                self.change(envelope, RoomChange::Reopened).await
            }
            "channel_deleted" | "group_deleted" => self.change(envelope, RoomChange::Deleted).await,
            "channel_left" | "group_left" => self.change(envelope, RoomChange::Removed).await,
            "channel_rename" | "group_rename" => {
                let name = word(&event["channel"], "name").to_owned();
                self.change(envelope, RoomChange::Renamed { name }).await
            }
            _ => Ok(None),
        }
    }

    async fn message(&self, event: &Value) -> Result<Option<Heard>, Failure> {
        let (message, manner) = match word(event, "subtype") {
            "" | "file_share" | "thread_broadcast" | "me_message" => (event, Manner::Typed),
            "message_changed" => (&event["message"], Manner::Edited),
            // Joins, topics, our own uploads and other bots' words.
            _ => return Ok(None),
        };
        let own = self.own().await?;
        let user = word(message, "user");
        if user.is_empty() || user == own.user || message["bot_id"].is_string() {
            return Ok(None);
        }
        let (room, ts) = (word(event, "channel"), word(event, "ts"));
        let (text, is_mention) = unmentioned(word(message, "text"), &own.user);
        let is_quote = text.trim_start().starts_with('>');
        let thread = word(message, "thread_ts");
        let is_direct = word(event, "channel_type") == "im";
        let what = What::Line {
            text: text.trim().to_owned(),
            is_addressed: is_mention || is_direct,
            manner: if is_quote && manner == Manner::Typed { Manner::Quoted } else { manner },
            below: (!thread.is_empty() && thread != ts).then(|| thread.into()),
        };
        let by = self.speaker(user).await?;
        let id = format_compact!("{manner:?}/{room}/{ts}");
        let room = (!is_direct).then(|| room.into());
        Ok(Some(Heard { id, room, by, at: time(ts), what }))
    }

    /// Nobody in particular: what became of a room counts, whoever did it.
    async fn change(&self, envelope: &Value, how: RoomChange) -> Result<Option<Heard>, Failure> {
        let event = &envelope["event"];
        let room = match &event["channel"] {
            Value::String(room) => room.as_str(),
            channel => word(channel, "id"),
        };
        let own = self.own().await?;
        if word(event, "user") == own.user {
            return Ok(None);
        }
        let id = format_compact!("event/{}", word(envelope, "event_id"));
        let by = nobody(&own.team);
        let at = envelope["event_time"].as_i64().and_then(|at| DateTime::from_timestamp(at, 0));
        let what = What::RoomChanged { how };
        Ok(Some(Heard { id, room: Some(room.into()), by, at: at.unwrap_or_default(), what }))
    }

    /// What a click says: which choice of which message. The rest of it is not believed.
    pub(super) async fn click(&self, payload: &Value) -> Result<Vec<Heard>, Failure> {
        if word(payload, "type") != "block_actions" {
            return Ok(Vec::new());
        }
        let room = word(&payload["container"], "channel_id");
        let message = word(&payload["container"], "message_ts");
        let user = word(&payload["user"], "id");
        let mut heard = Vec::new();
        for action in payload["actions"].as_array().map(Vec::as_slice).unwrap_or_default() {
            let place = word(action, "action_id").strip_prefix(CHOICE);
            let Some(choice) = place.and_then(|place| place.parse().ok()) else { continue };
            let ts = word(action, "action_ts");
            let id = format_compact!("click/{room}/{message}/{user}/{ts}");
            let what = What::Picked { message: message.into(), choice };
            let by = self.speaker(user).await?;
            heard.push(Heard { id, room: Some(room.into()), by, at: time(ts), what });
        }
        Ok(heard)
    }

    /// What was typed behind `/warroom`.
    pub(super) async fn slash(&self, command: &Value) -> Result<Option<Heard>, Failure> {
        let (trigger, user) = (word(command, "trigger_id"), word(command, "user_id"));
        if trigger.is_empty() || user.is_empty() {
            return Ok(None);
        }
        let what = What::Line {
            text: unescaped(word(command, "text")).trim().to_owned(),
            is_addressed: true,
            manner: Manner::Typed,
            below: None,
        };
        let by = self.speaker(user).await?;
        // A trigger begins with milliseconds in no documented way: it dates nothing.
        let at = crate::adapters::chat::slack::hook::now();
        let channel = word(command, "channel_id");
        let room = (!channel.is_empty() && !channel.starts_with('D')).then(|| channel.into());
        Ok(Some(Heard { id: format_compact!("slash/{trigger}"), room, by, at, what }))
    }
}

fn nobody(team: &str) -> Speaker {
    let id = CompactString::from(format!("{team}/"));
    Speaker { id, name: "somebody".to_owned(), is_bot: false, is_guest: true }
}

/// Without a leading mention of us, and whether there was one; entities undone.
fn unmentioned(text: &str, us: &str) -> (String, bool) {
    let text = text.trim_start();
    let rest = text.strip_prefix("<@").and_then(|rest| rest.strip_prefix(us));
    // `<@U1>` and `<@U1|name>` are one.
    let rest = rest
        .and_then(|rest| rest.split_once('>'))
        .filter(|(head, _)| head.is_empty() || head.starts_with('|'));
    match rest {
        Some((_, rest)) => (unescaped(rest.trim_start_matches([':', ',', ' '])), true),
        None => (unescaped(text), false),
    }
}

/// Slack's times are seconds and an order: `1700000000.000100`.
fn time(ts: &str) -> DateTime<Utc> {
    let (seconds, rest) = ts.split_once('.').unwrap_or((ts, "0"));
    let micros: u32 = rest.parse().unwrap_or_default();
    let seconds = seconds.parse().unwrap_or_default();
    DateTime::from_timestamp(seconds, micros.min(999_999) * 1_000).unwrap_or_default()
}

fn word<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mention_of_us_is_an_address_and_no_other_is() {
        let read = |text| unmentioned(text, "U1");
        assert_eq!(read("<@U1> ack &amp; go"), ("ack & go".to_owned(), true));
        assert_eq!(read("<@U1|warroom>: ack"), ("ack".to_owned(), true));
        assert_eq!(read("<@U12> ack"), ("<@U12> ack".to_owned(), false));
        assert_eq!(read("ask <@U1>"), ("ask <@U1>".to_owned(), false));
    }

    #[test]
    fn times_keep_their_order() {
        assert!(time("1700000000.000100") < time("1700000000.000200"));
        assert_eq!(time("nonsense"), DateTime::<Utc>::default());
    }
}
