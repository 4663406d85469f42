//! What an event of a room means, as [`Heard`].
//!
//! Only a message of the kind `m.text` is typed. An edit is an edit, a file or an action is told and
//! never executed, a notice is a program's, and what a reply quotes is taken out:
//! <https://spec.matrix.org/v1.11/client-server-api/#rich-replies>.

use chrono::DateTime;
use serde_json::Value;

use super::api::{Me, text};
use super::content::choice;
use super::platform::Matrix;
use super::users::local;
use crate::adapters::chat::platform::{Heard, Manner, RoomChange, Speaker, What};
use crate::adapters::chat::words::visible;

/// Bytes of one line that are passed on: an event has no more.
const LINE_MAX: usize = 64 * 1024;

impl Matrix {
    /// What happened by an event; none, where it is our own or nothing to us.
    pub(super) fn heard(
        &self,
        me: &Me,
        room: &str,
        is_direct: bool,
        event: &Value,
    ) -> Option<Heard> {
        self.names.learn(event);
        let sender = text(event, "sender");
        let content = event.get("content").unwrap_or(&Value::Null);
        let what = match text(event, "type") {
            _ if sender == me.id => return None,
            "m.room.message" => self.message(me, is_direct, content),
            "m.reaction" => reaction(content)?,
            "m.room.encrypted" => {
                tracing::warn!(room, "a message is encrypted and cannot be read: is the room?");
                return None;
            }
            _ if event.get("state_key").is_none() => return None,
            "m.room.name" => What::RoomChanged {
                how: RoomChange::Renamed { name: visible(text(content, "name")) },
            },
            "m.room.tombstone" => What::RoomChanged { how: RoomChange::Deleted },
            "m.room.member" => removed(me, event, content)?,
            _ => return None,
        };
        let is_bot = text(content, "msgtype") == "m.notice";
        let at = event.get("origin_server_ts").and_then(Value::as_i64).unwrap_or_default();
        Some(Heard {
            id: text(event, "event_id").into(),
            room: (!is_direct).then(|| room.into()),
            by: self.speaker(sender, me, is_bot),
            at: DateTime::from_timestamp_millis(at).unwrap_or_default(),
            what,
        })
    }

    /// That events may be missing.
    pub(super) fn gap(&self, me: &Me, room: Option<&str>, since: &str) -> Heard {
        Heard {
            id: format!("gap/{}/{since}", room.unwrap_or_default()).into(),
            room: room.map(Into::into),
            by: Speaker { is_guest: false, ..self.speaker(&me.id, me, true) },
            at: DateTime::default(),
            what: What::Gap,
        }
    }

    /// That we are in a room no more, where no event said so. With the event, it is told twice under
    /// two ids, and the second changes nothing.
    pub(super) fn lost(&self, me: &Me, room: &str) -> Heard {
        let what = What::RoomChanged { how: RoomChange::Removed };
        let id = format!("lost/{room}").into();
        Heard { id, room: Some(room.into()), what, ..self.gap(me, None, "") }
    }

    fn message(&self, me: &Me, is_direct: bool, content: &Value) -> What {
        let relation = content.get("m.relates_to").unwrap_or(&Value::Null);
        let is_edit = text(relation, "rel_type") == "m.replace";
        let content = match content.get("m.new_content").filter(|_| is_edit) {
            Some(new) => new,
            None => content,
        };
        let body: String = text(content, "body").chars().take(LINE_MAX).collect();
        let replied = relation
            .get("m.in_reply_to")
            .filter(|_| relation.get("is_falling_back").is_none_or(|it| it != true));
        let body = if replied.is_some() { unquoted(&body) } else { body.as_str() };
        let (said, is_named) = self.unaddressed(me, body);
        let manner = match text(content, "msgtype") {
            _ if is_edit => Manner::Edited,
            "m.text" | "m.notice" => Manner::Typed,
            _ => Manner::Quoted,
        };
        if let (Some(replied), Some(choice), Manner::Typed) = (replied, choice(said), manner) {
            return What::Picked { message: text(replied, "event_id").into(), choice };
        }
        let is_thread = text(relation, "rel_type") == "m.thread";
        What::Line {
            text: said.to_owned(),
            is_addressed: is_direct || is_named || mentions(me, content),
            manner,
            below: is_thread.then(|| text(relation, "event_id").into()),
        }
    }

    /// A line without our name at its beginning, and whether it was there.
    fn unaddressed<'a>(&self, me: &Me, body: &'a str) -> (&'a str, bool) {
        let name = self.names.of(&me.id);
        for called in [me.id.as_str(), name.as_str(), local(&me.id)] {
            let body = body.trim_start();
            let body = body.strip_prefix('@').filter(|_| !called.starts_with('@')).unwrap_or(body);
            let Some((head, rest)) = body.split_at_checked(called.len()) else { continue };
            let ends = rest.is_empty() || rest.starts_with([':', ',', ' ', '\n']);
            if !called.is_empty() && head.eq_ignore_ascii_case(called) && ends {
                return (rest.trim_start_matches([':', ',']).trim_start(), true);
            }
        }
        (body, false)
    }
}

fn mentions(me: &Me, content: &Value) -> bool {
    let ids = content.get("m.mentions").and_then(|it| it.get("user_ids")).and_then(Value::as_array);
    ids.is_some_and(|ids| ids.iter().any(|id| id == me.id.as_str()))
}

fn reaction(content: &Value) -> Option<What> {
    let relation = content.get("m.relates_to")?;
    let choice = choice(text(relation, "key"))?;
    Some(What::Picked { message: text(relation, "event_id").into(), choice })
}

/// Only what happened to us; who comes and goes is not ours.
fn removed(me: &Me, event: &Value, content: &Value) -> Option<What> {
    let is_out = matches!(text(content, "membership"), "leave" | "ban");
    (is_out && text(event, "state_key") == me.id)
        .then_some(What::RoomChanged { how: RoomChange::Removed })
}

/// A reply without the lines that it repeats, which older clients put before it.
fn unquoted(body: &str) -> &str {
    let mut rest = body;
    while rest.starts_with("> ") || rest.starts_with(">\n") {
        rest = rest.split_once('\n').map(|(_, rest)| rest).unwrap_or_default();
    }
    if rest.len() < body.len() { rest.trim_start_matches('\n') } else { rest }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::chat::matrix::Options;
    use crate::domain::secret::Secret;
    use serde_json::json;

    fn heard(sender: &str, content: &Value) -> Option<Heard> {
        let url = url::Url::parse("http://127.0.0.1:1").unwrap();
        let matrix = Matrix::new(Options::new(url, Secret::new("t"))).unwrap();
        let me = Me { id: "@bot:here".into(), server: "here".into(), device: None };
        let event = json!({"type": "m.room.message", "event_id": "$1", "sender": sender,
                           "origin_server_ts": 1_000, "content": content});
        matrix.heard(&me, "!r", false, &event)
    }

    fn line(content: &Value) -> (String, bool, Manner) {
        match heard("@ana:here", content).unwrap().what {
            What::Line { text, is_addressed, manner, .. } => (text, is_addressed, manner),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_quote_in_a_reply_is_not_part_of_the_line() {
        let reply = json!({"m.in_reply_to": {"event_id": "$0"}});
        let content = json!({"msgtype": "m.text", "m.relates_to": reply,
                             "body": "> <@ben:here> run restart\n> and more\n\nno"});
        assert_eq!(line(&content), ("no".to_owned(), false, Manner::Typed));
    }

    #[test]
    fn edits_files_and_actions_are_not_typed() {
        let edit = json!({"msgtype": "m.text", "body": "* b", "m.new_content":
            {"msgtype": "m.text", "body": "b"},
            "m.relates_to": {"rel_type": "m.replace", "event_id": "$0"}});
        assert_eq!(line(&edit), ("b".to_owned(), false, Manner::Edited));
        for kind in ["m.emote", "m.file", "m.image", "x.y"] {
            assert_eq!(line(&json!({"msgtype": kind, "body": "ack"})).2, Manner::Quoted, "{kind}");
        }
        assert!(
            heard("@ana:here", &json!({"msgtype": "m.notice", "body": "x"})).unwrap().by.is_bot
        );
        assert_eq!(heard("@bot:here", &json!({"msgtype": "m.text", "body": "x"})), None);
    }

    #[test]
    fn our_name_at_the_beginning_is_an_address() {
        for body in ["bot: ack", "@bot ack", "@bot:here: ack", "BOT, ack", "@bot:here ack"] {
            let content = json!({"msgtype": "m.text", "body": body});
            assert_eq!(line(&content), ("ack".to_owned(), true, Manner::Typed), "{body}");
        }
        for body in ["bots ack", "", "\u{e4}", "a"] {
            assert!(!line(&json!({"msgtype": "m.text", "body": body})).1, "{body}");
        }
    }

    #[test]
    fn people_of_other_servers_and_without_accounts_are_guests() {
        let content = json!({"msgtype": "m.text", "body": "x"});
        let is_guest = |id: &str| heard(id, &content).unwrap().by.is_guest;
        assert!(is_guest("@ana:there") && is_guest("@123:here") && is_guest("ana"));
        assert!(!is_guest("@ana:here"));
    }
}
