//! What posts, reactions and events of the `WebSocket` say.
//!
//! A post is read the same whether an event brought it or it was fetched afterwards, and has the same id
//! then. What is ours is left out; whoever speaks is asked of the server, never taken from the event.

use chrono::{DateTime, Utc};
use compact_str::{CompactString, format_compact};
use serde_json::Value;

use super::api::{number, text};
use super::content::SYMBOLS;
use super::platform::{Mattermost, Own};
use crate::adapters::chat::platform::{Heard, Manner, RoomChange, Speaker, What};
use crate::adapters::failure::Failure;

/// Properties of posts that a program wrote under a person's name: webhooks, plugins, bots.
const BY_PROGRAMS: [&str; 4] = ["from_webhook", "from_bot", "from_plugin", "from_oauth_app"];
/// The kind of a conversation between two.
const DIRECT: &str = "D";

/// Where a post stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    /// Nobody but the speaker and we are there.
    pub(super) is_direct: bool,
    /// The team of the channel; empty between two.
    pub(super) team: &'a str,
}

impl Mattermost {
    /// What an event says; none: nothing that matters here. `id` names what has no id of its own.
    pub(super) async fn heard(&self, event: &Value, id: &str) -> Result<Option<Heard>, Failure> {
        let data = event.get("data").unwrap_or(&Value::Null);
        let own = self.own().await?;
        let in_broadcast = || text(event.get("broadcast").unwrap_or(&Value::Null), "channel_id");
        match text(event, "event") {
            "posted" => {
                let is_direct = text(data, "channel_type") == DIRECT;
                let place = Place { is_direct, team: text(data, "team_id") };
                self.posted(&inner(data, "post"), place).await
            }
            "post_edited" => {
                let place = Place { is_direct: false, team: &own.team };
                self.posted(&inner(data, "post"), place).await
            }
            "reaction_added" => self.reacted(&inner(data, "reaction"), in_broadcast()).await,
            "channel_deleted" => {
                let at = number(data, "delete_at");
                self.names.forget(text(data, "channel_id"));
                let id = format_compact!("archived/{}/{at}", text(data, "channel_id"));
                Ok(changed(own, id, text(data, "channel_id"), at, RoomChange::Archived))
            }
            "channel_restored" => {
                Ok(changed(own, id.into(), text(data, "channel_id"), 0, RoomChange::Reopened))
            }
            "channel_updated" => Ok(self.renamed(own, &inner(data, "channel"))),
            // Told to us alone when it is about us.
            "user_removed" if text(data, "remover_id") != own.id => {
                Ok(changed(own, id.into(), text(data, "channel_id"), 0, RoomChange::Removed))
            }
            "user_updated" => {
                let user = data.get("user").unwrap_or(&Value::Null);
                self.people.forget(text(user, "id"));
                Ok(None)
            }
            "leave_team" | "user_role_updated" => {
                self.people.forget(text(data, "user_id"));
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    /// What a post says.
    pub(super) async fn posted(
        &self,
        post: &Value,
        place: Place<'_>,
    ) -> Result<Option<Heard>, Failure> {
        let own = self.own().await?;
        let (id, user) = (text(post, "id"), text(post, "user_id"));
        let is_foreign = !place.is_direct && place.team != own.team;
        // Joins, headers and the like have a type.
        let is_said = text(post, "type").is_empty() && number(post, "delete_at") == 0;
        if !is_said || is_foreign || id.is_empty() || user.is_empty() || user == own.id {
            return Ok(None);
        }
        if is_by_program(post) {
            return Ok(None);
        }
        let edited = number(post, "edit_at");
        let (line, is_mention) = unmentioned(text(post, "message"), &own.name);
        let (manner, id, at) = match edited > 0 {
            true => (Manner::Edited, format_compact!("edit/{id}/{edited}"), edited),
            false if line.starts_with('>') => {
                (Manner::Quoted, format_compact!("post/{id}"), number(post, "create_at"))
            }
            false => (Manner::Typed, format_compact!("post/{id}"), number(post, "create_at")),
        };
        let root = text(post, "root_id");
        let what = What::Line {
            text: line,
            is_addressed: is_mention || place.is_direct,
            manner,
            below: (!root.is_empty()).then(|| root.into()),
        };
        let room = (!place.is_direct).then(|| text(post, "channel_id").into());
        Ok(Some(Heard { id, room, by: self.speaker(user).await?, at: time(at), what }))
    }

    /// A choice, where choices are reactions and the message is one of ours that offers it.
    pub(super) async fn reacted(
        &self,
        reaction: &Value,
        room: &str,
    ) -> Result<Option<Heard>, Failure> {
        let (message, user) = (text(reaction, "post_id"), text(reaction, "user_id"));
        let symbol = text(reaction, "emoji_name");
        let Some(choice) = SYMBOLS.iter().position(|known| *known == symbol) else {
            return Ok(None);
        };
        let is_ours = self.options.callback.is_some() || user == self.own().await?.id;
        if is_ours || room.is_empty() || !self.offers(message, room, choice).await? {
            return Ok(None);
        }
        let at = number(reaction, "create_at");
        let id = format_compact!("reaction/{message}/{user}/{choice}/{at}");
        let what = What::Picked { message: message.into(), choice };
        let by = self.speaker(user).await?;
        Ok(Some(Heard { id, room: Some(room.into()), by, at: time(at), what }))
    }

    /// A channel's name, where that is what changed.
    pub(super) fn renamed(&self, own: &Own, channel: &Value) -> Option<Heard> {
        let room = text(channel, "id");
        self.names.learn(channel)?;
        let at = number(channel, "update_at");
        let name = text(channel, "display_name").to_owned();
        let id = format_compact!("renamed/{room}/{at}");
        changed(own, id, room, at, RoomChange::Renamed { name })
    }
}

/// What became of a room: it counts whoever did it.
pub(super) fn changed(
    own: &Own,
    id: CompactString,
    room: &str,
    at: i64,
    how: RoomChange,
) -> Option<Heard> {
    let what = What::RoomChanged { how };
    let at = if at > 0 { time(at) } else { now() };
    (!room.is_empty()).then(|| Heard { id, room: Some(room.into()), by: nobody(own), at, what })
}

/// Nobody in particular.
pub(super) fn nobody(own: &Own) -> Speaker {
    let id = format_compact!("{}/", own.team);
    Speaker { id, name: "mattermost".to_owned(), is_bot: true, is_guest: true }
}

fn is_by_program(post: &Value) -> bool {
    let is_set = |name: &&str| {
        let value = post.get("props").and_then(|props| props.get(*name));
        value.is_some_and(|it| it == "true" || it == true)
    };
    BY_PROGRAMS.iter().any(is_set)
}

/// Events carry JSON as text.
fn inner(data: &Value, key: &str) -> Value {
    serde_json::from_str(text(data, key)).unwrap_or_default()
}

/// Without a leading mention of us, and whether there was one.
fn unmentioned(line: &str, us: &str) -> (String, bool) {
    let line = line.trim();
    let end = us.len() + 1;
    let (Some(head), Some(rest)) = (line.get(..end), line.get(end..)) else {
        return (line.to_owned(), false);
    };
    let is_us = head.strip_prefix('@').is_some_and(|name| name.eq_ignore_ascii_case(us));
    // `@warroom2` and `@warroom-test` are others; a dot may end a sentence.
    let goes_on = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    if !is_us || us.is_empty() || rest.starts_with(goes_on) {
        return (line.to_owned(), false);
    }
    (rest.trim_start_matches([':', ',', '.', ' ']).to_owned(), true)
}

/// Mattermost's times are milliseconds.
pub(super) fn time(millis: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(millis).unwrap_or_default()
}

/// The machine's clock: some events carry no time.
#[expect(clippy::disallowed_methods, reason = "an adapter dates what the platform does not")]
pub(super) fn now() -> DateTime<Utc> {
    Utc::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mention_of_us_is_an_address_and_no_other_is() {
        let read = |text| unmentioned(text, "warroom");
        assert_eq!(read("@warroom ack"), ("ack".to_owned(), true));
        assert_eq!(read(" @WarRoom: ack"), ("ack".to_owned(), true));
        assert_eq!(read("@warroom2 ack"), ("@warroom2 ack".to_owned(), false));
        assert_eq!(read("ask @warroom"), ("ask @warroom".to_owned(), false));
        assert_eq!(
            read("\u{e4}\u{e4}\u{e4}\u{e4}"),
            ("\u{e4}\u{e4}\u{e4}\u{e4}".to_owned(), false)
        );
    }

    #[test]
    fn what_a_program_wrote_under_a_name_is_no_persons() {
        let post = |props| serde_json::json!({ "props": props });
        assert!(is_by_program(&post(serde_json::json!({ "from_webhook": "true" }))));
        assert!(is_by_program(&post(serde_json::json!({ "from_bot": true }))));
        assert!(!is_by_program(&post(serde_json::json!({ "warroom": {} }))));
        assert!(!is_by_program(&serde_json::json!({})));
    }
}
