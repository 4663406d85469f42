//! Rooms: channels that our own user made, with our marker as their purpose.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use compact_str::CompactString;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::api::{Fault, list, number, text};
use super::budget::Lane;
use super::escape::escape;
use super::platform::{Mattermost, Own};
use crate::adapters::chat::platform::{Opening, Room};
use crate::adapters::failure::Failure;
use crate::domain::messages;

/// Characters of a channel's name, of its purpose and of its header, the last one with what escaping
/// adds: `server/public/model/channel.go`.
pub(super) const NAME_MAX: usize = 64;
const PURPOSE_MAX: usize = 250;
const HEADER_MAX: usize = 1_024;
/// How much of a topic is shown.
const TOPIC_MAX: usize = 250;
/// How many suffixes are tried where names are taken, and characters that one may need.
const SUFFIXES_MAX: usize = 20;
const SUFFIX_CHARS: usize = 4;
/// Rooms whose names are remembered.
const NAMES_MAX: usize = 5_000;

/// The name is another channel's, archived ones included.
const TAKEN: [&str; 2] = [
    "store.sql_channel.save_channel.exists.app_error",
    "store.sql_channel.save_channel.previously.app_error",
];
const ARCHIVED: [&str; 1] = ["api.channel.delete_channel.deleted.app_error"];
const NOT_ARCHIVED: [&str; 1] = ["api.channel.restore_channel.restored.app_error"];

/// What channels are called, as we heard last.
#[derive(Debug, Default)]
pub(super) struct Names(Mutex<BTreeMap<String, String>>);

impl Names {
    /// Takes a channel's name in; what it was called before, where that was something else.
    pub(super) fn learn(&self, channel: &Value) -> Option<String> {
        let (id, name) = (text(channel, "id"), text(channel, "display_name"));
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if names.len() > NAMES_MAX {
            names.clear();
        }
        let before = names.insert(id.to_owned(), name.to_owned());
        before.filter(|before| before != name)
    }

    /// It is archived, and nobody is told more of it.
    pub(super) fn forget(&self, room: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(room);
    }

    /// Channels that are none of these: they are forgotten.
    pub(super) fn without(&self, known: &BTreeSet<&str>) -> Vec<String> {
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let gone: Vec<String> =
            names.keys().filter(|id| !known.contains(id.as_str())).cloned().collect();
        names.retain(|id, _| known.contains(id.as_str()));
        gone
    }
}

impl Mattermost {
    pub(super) async fn open_room(&self, opening: Opening<'_>) -> Result<Room, Failure> {
        let own = self.own().await?;
        let found = match opening.is_retry {
            true => self.marked(own, &purpose(opening.marker)).await?,
            false => None,
        };
        let channel = match found {
            Some(channel) => channel,
            None => self.make(own, &opening).await?,
        };
        let room = self.room(&channel).await?;
        // The room is found by its marker from here on: what else fails is not worth another one.
        if let Err(failure) = self.invite_people(&room.id, opening.invite).await {
            tracing::warn!(%failure, "people were not invited");
        }
        Ok(room)
    }

    /// The channel of an earlier try. A marker that somebody else wrote is none.
    async fn marked(&self, own: &Own, purpose: &str) -> Result<Option<Value>, Failure> {
        let channels = self.server.get(&["users", "me", "teams", &own.team, "channels"]).await?;
        let is_ours = |channel: &&Value| {
            text(channel, "purpose") == purpose
                && text(channel, "creator_id") == own.id
                && number(channel, "delete_at") == 0
        };
        Ok(list(&channels).iter().find(is_ours).cloned())
    }

    async fn make(&self, own: &Own, opening: &Opening<'_>) -> Result<Value, Failure> {
        let wished = plain_name(opening.name);
        for suffix in 1..=SUFFIXES_MAX {
            let name = if suffix == 1 {
                wished.clone()
            } else {
                let head: String = wished.chars().take(NAME_MAX - SUFFIX_CHARS).collect();
                format!("{head}-{suffix}")
            };
            let body = json!({
                "team_id": own.team,
                "name": name,
                "display_name": name,
                "purpose": purpose(opening.marker),
                "header": header(opening.topic),
                "type": if self.options.is_private { "P" } else { "O" },
            });
            match self.server.post(&["channels"], &body).await {
                Ok(channel) => return Ok(channel),
                Err(fault) if fault.is_one_of(&TAKEN) => {}
                Err(fault) => return Err(forbidden(fault, "make channels")),
            }
        }
        Err(Failure::Refused { why: format!("mattermost: {wished} and its suffixes are taken") })
    }

    pub(super) async fn find_room(&self, name: &str) -> Result<Room, Failure> {
        let name = name.trim_start_matches(['#', '~']);
        let own = self.own().await?;
        let missing = || Failure::Broken {
            why: format!(
                "mattermost: there is no channel ~{name} in the team {} that the bot is in: type \
                 `/invite @{}` there",
                own.team_name, own.name
            ),
        };
        let path = ["teams", own.team.as_str(), "channels", "name", name];
        let channel = match self.server.get(&path).await {
            Ok(channel) => channel,
            Err(fault) if matches!(fault.failure, Failure::Refused { .. }) => return Err(missing()),
            Err(fault) => return Err(fault.into()),
        };
        let room = self.room(&channel).await?;
        if self.is_member(&room.id).await? { Ok(room) } else { Err(missing()) }
    }

    async fn is_member(&self, room: &str) -> Result<bool, Failure> {
        let own = self.own().await?;
        match self.server.get(&["channels", room, "members", &own.id]).await {
            Ok(_) => Ok(true),
            Err(fault) if matches!(fault.failure, Failure::Refused { .. }) => Ok(false),
            Err(fault) => Err(fault.into()),
        }
    }

    pub(super) async fn set_header(&self, room: &str, topic: &str) -> Result<(), Failure> {
        let body = json!({ "header": header(topic) });
        self.server.put(&["channels", room, "patch"], &body).await?;
        Ok(())
    }

    /// One by one: who cannot come keeps nobody out.
    pub(super) async fn invite_people(
        &self,
        room: &str,
        people: &[CompactString],
    ) -> Result<(), Failure> {
        for person in people {
            match self.join(room, person).await {
                Ok(()) => {}
                Err(Failure::Refused { why }) => {
                    tracing::warn!(%person, why, "somebody was not invited: are they in the team?");
                }
                Err(failure) => return Err(failure),
            }
        }
        Ok(())
    }

    /// Who is there already stays: the server answers the same.
    async fn join(&self, room: &str, person: &str) -> Result<(), Failure> {
        let body = json!({ "user_id": person });
        self.server.post(&["channels", room, "members"], &body).await?;
        Ok(())
    }

    pub(super) async fn archive(&self, room: &str) -> Result<(), Failure> {
        let request = self.server.request(Method::DELETE, &["channels", room]);
        done(self.server.send(Lane::First, request).await, &ARCHIVED)?;
        self.names.forget(room);
        Ok(())
    }

    /// Takes it out of the archive, and comes back into it where somebody put us out.
    pub(super) async fn bring_back(&self, room: &str) -> Result<(), Failure> {
        let channel = self.server.get(&["channels", room]).await?;
        if number(&channel, "delete_at") > 0 {
            let restored = self.server.post(&["channels", room, "restore"], &json!({})).await;
            done(restored, &NOT_ARCHIVED)?;
        }
        if !self.is_member(room).await? {
            let own = self.own().await?.id.clone();
            self.join(room, &own).await?;
        }
        Ok(())
    }
}

fn done(answer: Result<Value, Fault>, as_good: &[&str]) -> Result<(), Failure> {
    match answer {
        Ok(_) => Ok(()),
        Err(fault) if fault.is_one_of(as_good) => Ok(()),
        Err(fault) => Err(fault.into()),
    }
}

/// A right that the bot lacks everywhere is no matter of one room.
fn forbidden(fault: Fault, what: &str) -> Failure {
    if !fault.is(StatusCode::FORBIDDEN) {
        return fault.into();
    }
    let why = format!("{}: the bot may not {what}; ask `warroom doctor`", Failure::from(fault));
    Failure::Broken { why }
}

pub(super) const OPENED: &str = "warroom opened this room for an incident. Marker: ";

fn purpose(marker: &str) -> String {
    messages::plain(&format!("{OPENED}{marker}"), PURPOSE_MAX)
}

/// A header is Markdown, too.
fn header(topic: &str) -> String {
    let header = escape(&messages::plain(topic, TOPIC_MAX));
    if header.chars().count() <= HEADER_MAX { header } else { escape(&messages::plain(topic, 100)) }
}

/// Small Latin letters, digits, dashes and underscores, with a letter or digit at both ends.
fn plain_name(wished: &str) -> String {
    let plain = |letter: char| match letter.to_ascii_lowercase() {
        letter if letter.is_ascii_alphanumeric() || letter == '_' => letter,
        _ => '-',
    };
    let name: String = wished.trim_start_matches(['#', '~']).chars().map(plain).collect();
    let name: String = name.trim_matches(['-', '_']).chars().take(NAME_MAX).collect();
    let name = name.trim_end_matches(['-', '_']);
    if name.is_empty() { "incident".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_that_mattermost_takes() {
        assert_eq!(plain_name("#INC 12: CMS/prod"), "inc-12--cms-prod");
        assert_eq!(plain_name("***"), "incident");
        assert_eq!(plain_name("caf\u{e9}-"), "caf");
        assert_eq!(plain_name(&"x-".repeat(200)).len(), NAME_MAX - 1);
    }

    #[test]
    fn a_header_fits_whatever_is_in_it() {
        assert!(header(&"&lt;\\".repeat(500)).chars().count() <= HEADER_MAX);
        assert_eq!(header("INC-1 sev1: @all *x*"), "INC-1 sev1: @\u{2060}all \\*x\\*");
    }

    #[test]
    fn a_change_of_name_is_told_from_others() {
        let names = Names::default();
        let channel = |name: &str| json!({ "id": "c", "display_name": name });
        assert_eq!(names.learn(&channel("a")), None);
        assert_eq!(names.learn(&channel("a")), None);
        assert_eq!(names.learn(&channel("b")), Some("a".to_owned()));
    }
}
