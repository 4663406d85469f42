//! Channels: names, members, the archive.

use serde_json::{Value, json};

use super::people::is_in_team;
use super::web::{Answer, Ask, FORBIDDEN};
use super::{BOT, Channel, TEAM, World};

const UNKNOWN: (u16, &str) = (404, "app.channel.get.existing.app_error");
const TAKEN: (u16, &str) = (400, "store.sql_channel.save_channel.exists.app_error");

pub(crate) fn perform(world: &mut World, ask: &Ask<'_>) -> Answer {
    let place = |at: usize| ask.places.get(at).cloned().unwrap_or_default();
    match ask.name {
        "CreateChannel" => create(world, ask),
        "CreateDirectChannel" => direct(world, ask),
        "GetChannelByName" => {
            let name = place(1);
            let channel = world.channels.values().find(|it| it.name == name && it.delete_at == 0);
            let channel = channel.filter(|it| it.kind == "O" || it.has(ask.user));
            channel
                .map(|it| (200, it.json()))
                .ok_or((404, "app.channel.get_by_name.missing.app_error"))
        }
        "GetChannelsForTeamForUser" => Ok((200, list(world, ask))),
        "GetChannelMember" | "RemoveUserFromChannel" | "AddChannelMember" => members(world, ask),
        _ => {
            let channel = visible(world, ask.user, &place(0))?.clone();
            one(world, ask, channel)
        }
    }
}

/// The channel, as far as somebody may know of it.
fn visible<'a>(world: &'a World, user: &str, id: &str) -> Result<&'a Channel, (u16, &'static str)> {
    let channel = world.channels.get(id).ok_or(UNKNOWN)?;
    if channel.kind == "O" || channel.has(user) { Ok(channel) } else { Err(FORBIDDEN) }
}

fn one(world: &mut World, ask: &Ask<'_>, mut channel: Channel) -> Answer {
    let id = channel.id.clone();
    match ask.name {
        "GetChannel" => return Ok((200, channel.json())),
        "DeleteChannel" if channel.delete_at > 0 => {
            return Err((400, "api.channel.delete_channel.deleted.app_error"));
        }
        "DeleteChannel" => {
            channel.delete_at = world.now();
            let data = json!({ "channel_id": id, "delete_at": channel.delete_at });
            world.channels.insert(id, channel);
            world.tell_team("channel_deleted", data);
            return Ok((200, json!({ "status": "OK" })));
        }
        "RestoreChannel" if ask.user != BOT => return Err(FORBIDDEN),
        "RestoreChannel" if channel.delete_at == 0 => {
            return Err((400, "api.channel.restore_channel.restored.app_error"));
        }
        "RestoreChannel" => {
            channel.delete_at = 0;
            world.channels.insert(id.clone(), channel.clone());
            world.tell_team("channel_restored", json!({ "channel_id": id }));
            return Ok((200, channel.json()));
        }
        "PatchChannel" => {}
        name => panic!("{name} is not done here"),
    }
    if channel.delete_at > 0 {
        return Err((400, "api.channel.update_channel.deleted.app_error"));
    }
    for (key, field) in [
        ("display_name", &mut channel.display_name),
        ("purpose", &mut channel.purpose),
        ("header", &mut channel.header),
    ] {
        if let Some(value) = ask.json[key].as_str() {
            value.clone_into(field);
        }
    }
    check(world, &channel)?;
    channel.update_at = world.now();
    world.channels.insert(id.clone(), channel.clone());
    world.tell_channel("channel_updated", json!({ "channel": channel.json().to_string() }), &id);
    Ok((200, channel.json()))
}

/// `server/public/model/channel.go`
fn check(world: &mut World, channel: &Channel) -> Result<(), (u16, &'static str)> {
    let is_inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    let is_end = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let is_name = (1..=64).contains(&channel.name.len())
        && channel.name.chars().all(is_inner)
        && is_end(channel.name.chars().next())
        && is_end(channel.name.chars().last());
    let length = |text: &str| text.chars().count();
    let id = match () {
        () if !is_name => "model.channel.is_valid.1_or_more.app_error",
        () if length(&channel.display_name) > 64 => "model.channel.is_valid.display_name.app_error",
        () if length(&channel.purpose) > 250 => "model.channel.is_valid.purpose.app_error",
        () if length(&channel.header) > 1_024 => "model.channel.is_valid.header.app_error",
        () => return Ok(()),
    };
    world.complain(format!("{id}: {channel:?}"));
    Err((400, id))
}

fn create(world: &mut World, ask: &Ask<'_>) -> Answer {
    let text = |key: &str| ask.text(key).to_owned();
    let channel = Channel {
        id: world.id(),
        kind: text("type"),
        team: text("team_id"),
        name: text("name"),
        display_name: text("display_name"),
        purpose: text("purpose"),
        header: text("header"),
        creator: ask.user.to_owned(),
        members: vec![ask.user.to_owned()],
        update_at: world.now(),
        ..Channel::default()
    };
    if channel.team != TEAM || !["O", "P"].contains(&channel.kind.as_str()) {
        world.complain(format!("CreateChannel: {channel:?}"));
        return Err(FORBIDDEN);
    }
    check(world, &channel)?;
    // Those in the archive keep their names.
    if world.channels.values().any(|it| it.name == channel.name) {
        return Err(TAKEN);
    }
    let json = channel.json();
    world.channels.insert(channel.id.clone(), channel);
    Ok((201, json))
}

fn direct(world: &mut World, ask: &Ask<'_>) -> Answer {
    let mut both: Vec<String> = serde_json::from_value(ask.json.clone()).unwrap_or_default();
    both.sort();
    if both.len() != 2 || !both.iter().any(|it| it == ask.user) {
        return Err(FORBIDDEN);
    }
    let name = both.join("__");
    if let Some(known) = world.channels.values().find(|it| it.name == name) {
        return Ok((201, known.json()));
    }
    let (id, update_at, kind) = (world.id(), world.now(), "D".to_owned());
    let channel =
        Channel { id: id.clone(), kind, name, members: both, update_at, ..Channel::default() };
    let json = channel.json();
    world.channels.insert(id, channel);
    Ok((201, json))
}

fn members(world: &mut World, ask: &Ask<'_>) -> Answer {
    let id = ask.places.first().cloned().unwrap_or_default();
    let channel = visible(world, ask.user, &id)?;
    let of_path = ask.places.get(1).cloned().unwrap_or_default();
    let user =
        if ask.name == "AddChannelMember" { ask.text("user_id").to_owned() } else { of_path };
    let json = json!({ "channel_id": id, "user_id": user, "roles": "channel_user" });
    let has = channel.has(&user);
    match ask.name {
        "GetChannelMember" if has => Ok((200, json)),
        "GetChannelMember" => Err((404, "app.channel.get_member.missing.app_error")),
        "AddChannelMember" if !is_in_team(&user) => {
            Err((403, "api.channel.add_members.user_denied"))
        }
        // Who is outside may come in alone.
        "AddChannelMember" if !channel.has(ask.user) && user != ask.user => Err(FORBIDDEN),
        "AddChannelMember" => {
            let channel = world.channels.get_mut(&id).ok_or(UNKNOWN)?;
            if !has {
                channel.members.push(user);
            }
            Ok((201, json))
        }
        _ => {
            world.put_out(&id, &user, ask.user);
            Ok((200, json!({ "status": "OK" })))
        }
    }
}

fn list(world: &World, ask: &Ask<'_>) -> Value {
    let user = ask.places.first().map(String::as_str).filter(|it| *it != "me").unwrap_or(ask.user);
    let since: i64 = ask.asked("last_delete_at").parse().unwrap_or_default();
    let with_deleted = ask.asked("include_deleted") == "true";
    let is_shown = |it: &&Channel| {
        it.has(user) && (it.delete_at == 0 || (with_deleted && it.delete_at >= since))
    };
    world.channels.values().filter(is_shown).map(Channel::json).collect()
}

impl World {
    /// Somebody is put out of a channel: `removeUserFromChannel` tells the channel, then them.
    pub(crate) fn put_out(&mut self, id: &str, user: &str, by: &str) {
        if let Some(channel) = self.channels.get_mut(id) {
            channel.members.retain(|member| member != user);
        }
        self.tell_channel("user_removed", json!({ "user_id": user, "remover_id": by }), id);
        self.tell_user("user_removed", json!({ "channel_id": id, "remover_id": by }), user);
    }
}

impl Channel {
    /// `api/v4/source/definitions.yaml`, Channel.
    pub(crate) fn json(&self) -> Value {
        let last = self.posts.iter().filter_map(|post| post["create_at"].as_i64()).max();
        json!({
            "id": self.id, "team_id": self.team, "type": self.kind, "name": self.name,
            "display_name": self.display_name, "purpose": self.purpose, "header": self.header,
            "creator_id": self.creator, "delete_at": self.delete_at, "update_at": self.update_at,
            "create_at": 1, "last_post_at": last.unwrap_or_default(),
        })
    }
}
