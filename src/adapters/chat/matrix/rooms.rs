//! Rooms: made once for a marker, found again, closed and reopened.
//!
//! An alias is unique on a server, and made of the name and the marker: so whoever tries again
//! meets the first try's room. A room is ours when we made it and it holds our marker; a stranger's
//! alias costs a suffix. A closed room keeps its people and its history, and only we write in it.

use compact_str::CompactString;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::api::{Fault, Me, nothing, required, text};
use super::platform::Matrix;
use crate::adapters::chat::platform::{Opening, Room};
use crate::adapters::chat::words::visible;
use crate::adapters::failure::Failure;

/// Where a room of ours says so: our own state event, which only we may write.
pub(super) const MARKER: &str = "org.warroom.room";
/// Strangers' rooms under one name before we give up: more is somebody's joke.
const SUFFIXES_MAX: usize = 5;
/// Bytes of the readable part of an alias: with the server's name it has to stay below 255.
const ALIAS_MAX: usize = 80;
/// Characters of a topic: what clients show of one.
const TOPIC_MAX: usize = 1_000;
/// What a room needs to be written in by everybody, and by us alone.
const EVERYBODY: u8 = 0;
const US_ALONE: u8 = 100;

impl Matrix {
    pub(super) async fn open_room(&self, opening: Opening<'_>) -> Result<Room, Failure> {
        let me = self.server.me().await?.clone();
        for suffix in 0..SUFFIXES_MAX {
            let local = alias(&me, &opening, suffix);
            if opening.is_retry
                && let Some(room) = self.ours(&me, &local, opening.marker).await?
            {
                return self.opened(room, &local, &me, &opening).await;
            }
            match self.create(&me, &local, &opening).await {
                Ok(room) => return self.opened(room, &local, &me, &opening).await,
                Err(fault) if fault.is("M_ROOM_IN_USE") => {}
                Err(fault) => return Err(fault.into()),
            }
            if let Some(room) = self.ours(&me, &local, opening.marker).await? {
                return self.opened(room, &local, &me, &opening).await;
            }
        }
        let why = format!("{SUFFIXES_MAX} rooms of strangers have the names that we would take");
        Err(Failure::Refused { why })
    }

    async fn create(&self, me: &Me, local: &str, wanted: &Opening<'_>) -> Result<String, Fault> {
        // People of other servers are invited afterwards: an unreachable server would hold it up.
        let here: Vec<&str> =
            wanted.invite.iter().map(CompactString::as_str).filter(|id| is_at(id, me)).collect();
        let body = json!({
            "room_alias_name": local,
            "name": visible(wanted.name),
            "topic": topic(wanted.topic),
            "preset": "private_chat",
            "visibility": "private",
            "invite": here,
            "initial_state": [
                {"type": MARKER, "state_key": "", "content": {"marker": wanted.marker}},
                {"type": "m.room.guest_access", "state_key": "",
                 "content": {"guest_access": "forbidden"}},
            ],
            "power_level_content_override": {
                "events_default": EVERYBODY,
                "invite": 0,
                "events": {
                    MARKER: US_ALONE,
                    "m.room.encryption": US_ALONE,
                    "m.room.power_levels": US_ALONE,
                    "m.room.tombstone": US_ALONE,
                    "m.room.server_acl": US_ALONE,
                    "m.room.history_visibility": US_ALONE,
                },
            },
        });
        let answer = self.server.post(&["v3", "createRoom"], &body).await?;
        Ok(required(&answer, "room_id")?.to_owned())
    }

    async fn opened(
        &self,
        room: String,
        local: &str,
        me: &Me,
        opening: &Opening<'_>,
    ) -> Result<Room, Failure> {
        self.must_be_clear(&room).await?;
        let away: Vec<CompactString> =
            opening.invite.iter().filter(|id| !is_at(id, me)).cloned().collect();
        let everybody = if opening.is_retry { opening.invite } else { &away };
        // Who cannot be invited must not cost the room: the topic and the card reach the others.
        if let Err(failure) = self.invite_all(&room, everybody).await {
            tracing::debug!(%failure, "not everybody could be invited at once");
        }
        let url = link(&format!("#{local}:{}", me.server));
        Ok(Room { id: room.into(), name: opening.name.to_owned(), url })
    }

    /// The room with this alias, where we made it for this marker.
    async fn ours(&self, me: &Me, local: &str, marker: &str) -> Result<Option<String>, Failure> {
        let Some(room) = self.resolve(&format!("#{local}:{}", me.server)).await? else {
            return Ok(None);
        };
        let state = match self.server.get(&["v3", "rooms", &room, "state"]).await {
            Ok(state) => state,
            // We are not in it, or it is gone: a stranger's, or as good as one.
            Err(fault) if is_gone(&fault) => return Ok(None),
            Err(fault) => return Err(fault.into()),
        };
        let by_us = |kind: &str| {
            let events = state.as_array().into_iter().flatten();
            events.into_iter().find(|it| text(it, "type") == kind && text(it, "sender") == me.id)
        };
        let is_marked = by_us(MARKER).and_then(|it| it.get("content")).map(|it| text(it, "marker"));
        Ok((by_us("m.room.create").is_some() && is_marked == Some(marker)).then_some(room))
    }

    async fn resolve(&self, alias: &str) -> Result<Option<String>, Failure> {
        match self.server.get(&["v3", "directory", "room", alias]).await {
            Ok(answer) => Ok(Some(text(&answer, "room_id").to_owned())),
            Err(fault) if fault.is("M_NOT_FOUND") => Ok(None),
            Err(fault) => Err(fault.into()),
        }
    }

    pub(super) async fn find_room(&self, name: &str) -> Result<Room, Failure> {
        let me = self.server.me().await?;
        let bare = name.trim_start_matches('#');
        let alias = match bare.contains(':') || bare.starts_with('!') {
            true if bare.starts_with('!') => bare.to_owned(),
            true => format!("#{bare}"),
            false => format!("#{bare}:{}", me.server),
        };
        let joined = self.server.post(&["v3", "join", &alias], &nothing()).await;
        let room = match joined {
            Ok(answer) => required(&answer, "room_id")?.to_owned(),
            Err(fault) if matches!(fault.failure, Failure::Refused { .. }) => {
                let why = format!(
                    "there is no room {alias} that {} may enter: make it, or invite {} there",
                    me.id, me.id
                );
                return Err(Failure::Broken { why });
            }
            Err(fault) => return Err(fault.into()),
        };
        self.must_be_clear(&room).await?;
        let url = link(&alias);
        Ok(Room { id: room.into(), name: bare.to_owned(), url })
    }

    /// Refuses a room that is encrypted: nobody would hear us, and we nobody.
    pub(super) async fn must_be_clear(&self, room: &str) -> Result<(), Failure> {
        if !self.is_encrypted(room).await? {
            return Ok(());
        }
        let why = format!(
            "the room {room} is encrypted, and what is said there cannot be read by us: let the \
             homeserver leave rooms of this account clear (Synapse: \
             encryption_enabled_by_default_for_room_type), or use another room"
        );
        Err(Failure::Broken { why })
    }

    pub(super) async fn is_encrypted(&self, room: &str) -> Result<bool, Failure> {
        match self.server.get(&["v3", "rooms", room, "state", "m.room.encryption"]).await {
            Ok(_) => Ok(true),
            Err(fault) if fault.is("M_NOT_FOUND") => Ok(false),
            Err(fault) => Err(fault.into()),
        }
    }

    pub(super) async fn invite_all(
        &self,
        room: &str,
        people: &[CompactString],
    ) -> Result<(), Failure> {
        if people.is_empty() {
            return Ok(());
        }
        let path = ["v3", "rooms", room, "members"];
        let request = self.server.request(reqwest::Method::GET, &path);
        let members = self.server.send(request.query(&[("not_membership", "leave")])).await?;
        let events = members.get("chunk").and_then(Value::as_array).cloned().unwrap_or_default();
        let is_there = |id: &str| events.iter().any(|event| text(event, "state_key") == id);
        let mut refused = Vec::new();
        for id in people.iter().filter(|id| !is_there(id)) {
            let body = json!({"user_id": id});
            match self.server.post(&["v3", "rooms", room, "invite"], &body).await {
                Ok(_) => {}
                Err(Fault { failure: Failure::Refused { why }, .. }) => {
                    refused.push(format!("{}: {why}", visible(id)));
                }
                Err(fault) => return Err(fault.into()),
            }
        }
        match refused.is_empty() {
            true => Ok(()),
            false => Err(Failure::Refused { why: format!("cannot invite {}", refused.join("; ")) }),
        }
    }

    pub(super) async fn set_topic(&self, room: &str, words: &str) -> Result<(), Failure> {
        let path = ["v3", "rooms", room, "state", "m.room.topic"];
        self.server.put(&path, &json!({"topic": topic(words)})).await?;
        Ok(())
    }

    /// Lets everybody write, or us alone; the rest of the room stays as people made it.
    pub(super) async fn set_open(&self, room: &str, is_open: bool) -> Result<(), Failure> {
        let path = ["v3", "rooms", room, "state", "m.room.power_levels"];
        let mut levels = self.server.get(&path).await?;
        let wanted = json!(if is_open { EVERYBODY } else { US_ALONE });
        let now = levels.get("events_default").cloned().unwrap_or_else(|| json!(EVERYBODY));
        if now == wanted {
            return Ok(());
        }
        let Some(fields) = levels.as_object_mut() else {
            return Err(Failure::Refused { why: format!("the room {room} has no power levels") });
        };
        fields.insert("events_default".to_owned(), wanted);
        self.server.put(&path, &levels).await?;
        Ok(())
    }
}

/// Whether a room is not there for us.
pub(super) fn is_gone(fault: &Fault) -> bool {
    fault.is("M_FORBIDDEN") || fault.is("M_NOT_FOUND")
}

fn topic(words: &str) -> String {
    crate::domain::line::cut(&visible(words).replace('\n', " "), TOPIC_MAX)
}

fn is_at(id: &str, me: &Me) -> bool {
    id.split_once(':').is_some_and(|(_, server)| server == me.server)
}

/// The readable name and what tells it from every other: people read it, and a retry finds it.
fn alias(me: &Me, opening: &Opening<'_>, suffix: usize) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let name: String = opening.name.chars().take(ALIAS_MAX).map(plain).collect();
    let mark = Sha256::digest(format!("{}\n{}", me.id, opening.marker));
    let mark: String = hex::encode(mark).chars().take(8).collect();
    let name = name.trim_matches('-');
    if suffix == 0 { format!("{name}-{mark}") } else { format!("{name}-{mark}-{}", suffix + 1) }
}

/// Where a client opens it: <https://spec.matrix.org/v1.11/appendices/#matrixto-navigation>.
fn link(alias: &str) -> Option<String> {
    let mut url = url::Url::parse("https://matrix.to/").ok()?;
    url.set_fragment(Some(&format!("/{alias}")));
    Some(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_is_readable_and_belongs_to_one_marker() {
        let me = Me { id: "@bot:here".into(), server: "here".into(), device: None };
        let of = |name: &str, marker: &str, suffix| {
            let opening = Opening { marker, is_retry: false, name, topic: "", invite: &[] };
            alias(&me, &opening, suffix)
        };
        assert!(of("Inc 42/cms:\u{e4}", "m1", 0).starts_with("inc-42-cms-"));
        assert_eq!(of("inc-42", "m1", 0), of("inc-42", "m1", 0));
        assert_ne!(of("inc-42", "m1", 0), of("inc-42", "m2", 0));
        assert!(of("inc-42", "m1", 1).ends_with("-2"));
    }
}
