//! Rooms: channels that carry our marker as their purpose.

use compact_str::CompactString;
use serde_json::{Value, json};

use super::web::Trouble;
use super::{Slack, user_of};
use crate::adapters::chat::platform::{Opening, Room};
use crate::adapters::failure::Failure;
use crate::domain::messages;

/// Characters of a channel's name: <https://docs.slack.dev/reference/methods/conversations.create>.
pub(super) const NAME_MAX: usize = 80;
/// Characters of a topic and of a purpose.
const TOPIC_MAX: usize = 250;
/// People in one invitation: <https://docs.slack.dev/reference/methods/conversations.invite>.
const INVITED_MAX: usize = 100;
/// How many suffixes are tried where names are taken.
const SUFFIXES_MAX: usize = 20;
/// Channels on one page, and pages that are looked through.
const PAGE: &str = "999";
const PAGES_MAX: usize = 20;
/// Characters that a suffix may need.
const SUFFIX_CHARS: usize = 4;

impl Slack {
    pub(super) async fn open_room(&self, opening: Opening<'_>) -> Result<Room, Failure> {
        let channel = match self.marked(&opening).await? {
            Some(channel) => channel,
            None => self.make(&opening).await?,
        };
        let room = self.room(&channel).await?;
        let purpose = json!({ "channel": room.id, "purpose": purpose(opening.marker) });
        self.web.change("conversations.setPurpose", None, &purpose).await?;
        // From here on the room is found by its marker: what else fails is not worth another room.
        if let Err(failure) = self.set_topic(&room.id, opening.topic).await {
            tracing::debug!(%failure, "the topic was not set");
        }
        if let Err(failure) = self.invite_people(&room.id, opening.invite).await {
            tracing::warn!(%failure, "people were not invited");
        }
        Ok(room)
    }

    /// The room of an earlier try: it has our marker, or we made it under this name and died before it
    /// got one.
    async fn marked(&self, opening: &Opening<'_>) -> Result<Option<Value>, Failure> {
        if !opening.is_retry {
            return Ok(None);
        }
        let own = self.own().await?;
        let (marker, name) = (purpose(opening.marker), plain_name(opening.name));
        let is_orphan = |channel: &Value| {
            let is_unmarked = channel["purpose"]["value"].as_str().unwrap_or_default().is_empty();
            is_unmarked
                && channel["creator"] == own.user.as_str()
                && channel["name"] == name.as_str()
        };
        let mut orphan = None;
        let found = self
            .look_through(|channel| {
                if is_orphan(channel) {
                    orphan.get_or_insert_with(|| channel.clone());
                }
                channel["purpose"]["value"] == marker.as_str()
            })
            .await?;
        Ok(found.or(orphan))
    }

    /// The first of our channels that is meant.
    async fn look_through(
        &self,
        mut is_meant: impl FnMut(&Value) -> bool,
    ) -> Result<Option<Value>, Failure> {
        let mut cursor = String::new();
        for _ in 0..PAGES_MAX {
            let kinds = "public_channel,private_channel";
            let query = [
                ("types", kinds),
                ("exclude_archived", "true"),
                ("limit", PAGE),
                ("cursor", cursor.as_str()),
            ];
            let page = self.web.read("users.conversations", &query).await?;
            let channels = page["channels"].as_array().map(Vec::as_slice).unwrap_or_default();
            if let Some(channel) = channels.iter().find(|channel| is_meant(channel)) {
                return Ok(Some(channel.clone()));
            }
            let next = page["response_metadata"]["next_cursor"].as_str().unwrap_or_default();
            if next.is_empty() {
                return Ok(None);
            }
            cursor = next.to_owned();
        }
        Ok(None)
    }

    async fn make(&self, opening: &Opening<'_>) -> Result<Value, Failure> {
        let wished = plain_name(opening.name);
        for suffix in 1..=SUFFIXES_MAX {
            let name = if suffix == 1 {
                wished.clone()
            } else {
                let head: String = wished.chars().take(NAME_MAX - SUFFIX_CHARS).collect();
                format!("{head}-{suffix}")
            };
            let body = json!({ "name": name, "is_private": self.options.is_private });
            match self.web.change("conversations.create", None, &body).await {
                Ok(answer) => return Ok(answer["channel"].clone()),
                Err(Trouble::Said(word)) if word == "name_taken" => {}
                Err(trouble) => return Err(trouble.into()),
            }
        }
        Err(Failure::Refused { why: format!("slack: {wished} and its suffixes are all taken") })
    }

    pub(super) async fn find_room(&self, name: &str) -> Result<Room, Failure> {
        let name = name.trim_start_matches('#');
        let is_id = name.starts_with(['C', 'G']) && name.bytes().all(|b| b.is_ascii_alphanumeric());
        let channel = if is_id {
            let answer = self.web.read("conversations.info", &[("channel", name)]).await?;
            Some(answer["channel"].clone()).filter(|it| it["is_member"].as_bool() != Some(false))
        } else {
            self.look_through(|channel| channel["name"] == name).await?
        };
        match channel {
            Some(channel) => self.room(&channel).await,
            None => Err(Failure::Broken {
                why: format!(
                    "slack: there is no channel #{name} that this app is in: type `/invite @warroom` there"
                ),
            }),
        }
    }

    async fn room(&self, channel: &Value) -> Result<Room, Failure> {
        let text = |key: &str| channel[key].as_str().filter(|text| !text.is_empty());
        let (Some(id), Some(name)) = (text("id"), text("name")) else {
            return Err(Failure::Unknown { why: "slack named a channel without an id".to_owned() });
        };
        let url = format!("{}archives/{id}", self.own().await?.url);
        Ok(Room { id: id.into(), name: name.to_owned(), url: Some(url) })
    }

    pub(super) async fn set_topic(&self, room: &str, topic: &str) -> Result<(), Failure> {
        let topic = messages::plain(topic, TOPIC_MAX);
        let body = json!({ "channel": room, "topic": topic });
        self.web.change("conversations.setTopic", None, &body).await?;
        Ok(())
    }

    pub(super) async fn invite_people(
        &self,
        room: &str,
        people: &[CompactString],
    ) -> Result<(), Failure> {
        for some in people.chunks(INVITED_MAX) {
            let users = some.iter().map(|person| user_of(person)).collect::<Vec<_>>().join(",");
            // `force`: one person who cannot come does not keep the others out.
            let body = json!({ "channel": room, "users": users, "force": true });
            match self.web.change("conversations.invite", None, &body).await {
                Ok(_) => {}
                Err(trouble) if trouble.is_one_of(&ALREADY_IN) => {}
                Err(trouble) => return Err(trouble.into()),
            }
        }
        Ok(())
    }

    pub(super) async fn archive(&self, room: &str) -> Result<(), Failure> {
        let body = json!({ "channel": room });
        done(self.web.change("conversations.archive", None, &body).await, "already_archived")
    }

    pub(super) async fn unarchive(&self, room: &str) -> Result<(), Failure> {
        let body = json!({ "channel": room });
        done(self.web.change("conversations.unarchive", None, &body).await, "not_archived")
    }
}

/// What an invitation answers when there is nothing to do.
const ALREADY_IN: [&str; 2] = ["already_in_channel", "cant_invite_self"];

fn done(answer: Result<Value, Trouble>, as_good: &str) -> Result<(), Failure> {
    match answer {
        Ok(_) => Ok(()),
        Err(trouble) if trouble.is_one_of(&[as_good]) => Ok(()),
        Err(trouble) => Err(trouble.into()),
    }
}

fn purpose(marker: &str) -> String {
    messages::plain(
        &format!("warroom opened this room for an incident. Marker: {marker}"),
        TOPIC_MAX,
    )
}

/// Small letters, digits, dashes and underscores, as Slack wants.
fn plain_name(wished: &str) -> String {
    let plain = |letter: char| match letter {
        letter if letter.is_alphanumeric() => letter.to_lowercase().next().unwrap_or('-'),
        '_' => '_',
        _ => '-',
    };
    let name: String = wished.trim_start_matches('#').chars().map(plain).take(NAME_MAX).collect();
    if name.chars().any(char::is_alphanumeric) { name } else { "incident".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_that_slack_takes() {
        assert_eq!(plain_name("#INC 12: CMS/prod"), "inc-12--cms-prod");
        assert_eq!(plain_name("***"), "incident");
        assert_eq!(plain_name(&"x".repeat(200)).len(), NAME_MAX);
    }
}
