//! Posts: their limits, their repetition, their edits, files and reactions.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::people::name_of;
use super::web::{Answer, Ask, FORBIDDEN};
use super::{BOT, Channel, File, World};

/// `PostMessageMaxRunesV2` and `PostPropsMaxUserRunes` in `server/public/model/post.go`.
const MESSAGE_MAX: usize = 16_383;
const PROPS_MAX: usize = 400_000;
/// `pendingPostIDsCacheTTL` in `server/channels/app/post.go`.
const PENDING: Duration = Duration::from_secs(30);
/// Posts that one question with a time gives at most.
const PAGE_MAX: usize = 1_000;

const UNKNOWN: (u16, &str) = (404, "app.post.get.app_error");

pub(crate) fn perform(world: &mut World, ask: &Ask<'_>) -> Answer {
    match ask.name {
        "CreatePost" => create(world, ask),
        "UploadFile" => upload(world, ask),
        "SaveReaction" => react(world, ask),
        "GetPostsForChannel" => page(world, ask),
        _ => {
            let id = ask.places.first().cloned().unwrap_or_default();
            let (room, post) = world.post(&id).ok_or(UNKNOWN)?;
            if !world.channels.get(&room).is_some_and(|it| it.has(ask.user)) {
                return Err(FORBIDDEN);
            }
            match ask.name {
                "GetPost" => Ok((200, post)),
                "PinPost" => {
                    world.change(&id, |post| post["is_pinned"] = true.into());
                    Ok((200, json!({ "status": "OK" })))
                }
                _ if post["user_id"] != ask.user => Err(FORBIDDEN),
                "PatchPost" => patch(world, ask, &id),
                _ => {
                    let at = world.now();
                    world.change(&id, |post| post["delete_at"] = at.into());
                    Ok((200, json!({ "status": "OK" })))
                }
            }
        }
    }
}

/// Where somebody may write.
fn open<'a>(world: &'a World, user: &str, id: &str) -> Result<&'a Channel, (u16, &'static str)> {
    let channel = world.channels.get(id).filter(|it| it.has(user)).ok_or(FORBIDDEN)?;
    match channel.delete_at {
        0 => Ok(channel),
        _ => Err((400, "api.post.create_post.can_not_post_to_deleted.error")),
    }
}

fn create(world: &mut World, ask: &Ask<'_>) -> Answer {
    let room = ask.text("channel_id").to_owned();
    open(world, ask.user, &room)?;
    let pending = ask.text("pending_post_id").to_owned();
    if let Some((known, at)) = world.pending.get(&pending).cloned()
        && at.elapsed() < PENDING
        && let Some((_, post)) = world.post(&known)
    {
        return Ok((201, post));
    }
    check(world, &ask.json)?;
    let root = ask.text("root_id").to_owned();
    let is_root = |(_, post): (String, Value)| post["root_id"] == "" && post["channel_id"] == room;
    if !root.is_empty() && !world.post(&root).is_some_and(is_root) {
        world.complain(format!("CreatePost: {root} is no root of {room}"));
        return Err((400, "api.post.create_post.root_id.app_error"));
    }
    let mut post = world.written(ask.user, &room, ask.text("message"));
    post["root_id"] = root.into();
    post["pending_post_id"] = pending.as_str().into();
    post["props"] = ask.json["props"].as_object().cloned().unwrap_or_default().into();
    if ask.user == BOT {
        post["props"]["from_bot"] = "true".into();
    }
    attach(world, &mut post, &ask.json);
    if !pending.is_empty() {
        let id = post["id"].as_str().unwrap().to_owned();
        world.pending.insert(pending, (id, Instant::now()));
    }
    world.publish(&post);
    Ok((201, post))
}

/// Why the server would not take this: `Post.IsValid`, and the ids of actions in its routes.
fn check(world: &mut World, body: &Value) -> Result<(), (u16, &'static str)> {
    let length = body["message"].as_str().map_or(0, |text| text.chars().count());
    let props = &body["props"];
    let actions = props["attachments"].as_array().into_iter().flatten();
    let mut actions = actions.flat_map(|it| it["actions"].as_array().cloned().unwrap_or_default());
    let is_action = |action: &Value| {
        let id = action["id"].as_str().unwrap_or_default();
        let name = action["name"].as_str().unwrap_or_default();
        let url = action["integration"]["url"].as_str().unwrap_or_default();
        !id.is_empty()
            && id.chars().all(|c| c.is_ascii_alphanumeric())
            && !name.is_empty()
            && url.starts_with("http")
            && action["type"] == "button"
    };
    let id = match () {
        () if length > MESSAGE_MAX => "model.post.is_valid.message_length.app_error",
        () if props.to_string().chars().count() > PROPS_MAX => {
            "model.post.is_valid.props.app_error"
        }
        () if !actions.all(|action| is_action(&action)) => "model.post.is_valid.props_invalid",
        () => return Ok(()),
    };
    world.complain(format!("{id}: {length} characters, {props}"));
    Err((400, id))
}

/// Files that were uploaded to this channel.
fn attach(world: &mut World, post: &mut Value, body: &Value) {
    let Some(ids) = body["file_ids"].as_array() else { return };
    let is_there = |id: &&Value| {
        let file = id.as_str().and_then(|id| world.files.get(id));
        file.is_some_and(|file| post["channel_id"] == file.channel && file.size > 0)
    };
    let there: Vec<Value> = ids.iter().filter(is_there).cloned().collect();
    if there.len() < ids.len() || ids.len() > 5 {
        world.complain(format!("files that are not there: {ids:?}"));
    }
    post["file_ids"] = there.into();
}

/// Fields that are given take the place of what was there: properties as a whole.
fn patch(world: &mut World, ask: &Ask<'_>, id: &str) -> Answer {
    let room = world.post(id).map(|(room, _)| room).unwrap_or_default();
    open(world, ask.user, &room)?;
    check(world, &ask.json)?;
    let at = world.now();
    let (_, mut post) = world.post(id).ok_or(UNKNOWN)?;
    for key in ["message", "props", "is_pinned"] {
        if let Some(value) = ask.json.get(key) {
            post[key] = value.clone();
        }
    }
    attach(world, &mut post, &ask.json);
    post["edit_at"] = at.into();
    post["update_at"] = at.into();
    world.change(id, |old| *old = post.clone());
    world.tell_channel("post_edited", json!({ "post": post.to_string() }), &room);
    Ok((200, post))
}

fn page(world: &World, ask: &Ask<'_>) -> Answer {
    let id = ask.places.first().map(String::as_str).unwrap_or_default();
    let channel = world.channels.get(id).filter(|it| it.has(ask.user)).ok_or(FORBIDDEN)?;
    let since: i64 = ask.asked("since").parse().unwrap_or_default();
    let per_page: usize = ask.asked("per_page").parse().unwrap_or(60);
    let most = if since > 0 { PAGE_MAX } else { per_page };
    let newest = channel.posts.iter().rev();
    let shown = newest.filter(|post| post["update_at"].as_i64().unwrap_or_default() > since);
    let shown: Vec<&Value> =
        shown.filter(|post| since > 0 || post["delete_at"] == 0).take(most).collect();
    let order: Vec<&Value> = shown.iter().map(|post| &post["id"]).collect();
    let posts: Value = shown
        .iter()
        .map(|post| (post["id"].as_str().unwrap().to_owned(), (*post).clone()))
        .collect::<serde_json::Map<_, _>>()
        .into();
    Ok((200, json!({ "order": order, "posts": posts })))
}

fn react(world: &mut World, ask: &Ask<'_>) -> Answer {
    if ask.text("user_id") != ask.user {
        return Err(FORBIDDEN);
    }
    let (user, post, symbol) = (ask.user, ask.text("post_id"), ask.text("emoji_name"));
    world.react(user, post, symbol).map(|reaction| (201, reaction)).ok_or(UNKNOWN)
}

/// Raw, or as a form with files: `uploadFileStream` in `server/channels/api4/file.go`.
fn upload(world: &mut World, ask: &Ask<'_>) -> Answer {
    let is_form = ask.kind.starts_with("multipart/form-data");
    let whole = String::from_utf8_lossy(ask.bytes);
    let field = |before: &str| {
        let rest = whole.split_once(before)?.1;
        rest.split(['"', '\r']).next().map(str::to_owned)
    };
    let (room, name) = match is_form {
        true => (field("name=\"channel_id\"\r\n\r\n"), field("filename=\"")),
        false => (Some(ask.asked("channel_id").to_owned()), Some(ask.asked("filename").to_owned())),
    };
    let (channel, name) = (room.unwrap_or_default(), name.unwrap_or_default());
    open(world, ask.user, &channel)?;
    if name.is_empty() || name.len() > 256 || name.contains('/') {
        world.complain(format!("a file is called {name:?}"));
        return Err((400, "model.file_info.is_valid.name.app_error"));
    }
    let (id, size) = (world.id(), ask.bytes.len());
    world.files.insert(id.clone(), File { name: name.clone(), channel, size });
    let info = json!({ "id": id, "user_id": ask.user, "name": name, "size": size });
    Ok((201, json!({ "file_infos": [info], "client_ids": [] })))
}

impl World {
    /// A post, and where it is.
    pub(crate) fn post(&self, id: &str) -> Option<(String, Value)> {
        let mut channels = self.channels.values();
        channels.find_map(|channel| {
            let post = channel.posts.iter().find(|it| it["id"] == id && it["delete_at"] == 0)?;
            Some((channel.id.clone(), post.clone()))
        })
    }

    fn change(&mut self, id: &str, change: impl FnOnce(&mut Value)) {
        let at = self.now();
        let posts = self.channels.values_mut().flat_map(|channel| &mut channel.posts);
        if let Some(post) = posts.into_iter().find(|post| post["id"] == id) {
            post["update_at"] = at.into();
            change(post);
        }
    }

    /// A post of somebody, not there yet.
    pub(crate) fn written(&mut self, user: &str, room: &str, message: &str) -> Value {
        let (id, at) = (self.id(), self.now());
        json!({
            "id": id, "user_id": user, "channel_id": room, "message": message, "type": "",
            "create_at": at, "update_at": at, "edit_at": 0, "delete_at": 0, "root_id": "",
            "props": {}, "is_pinned": false, "file_ids": [], "metadata": {},
        })
    }

    /// Puts a post where it belongs, and tells everybody there.
    pub(crate) fn publish(&mut self, post: &Value) {
        let room = post["channel_id"].as_str().unwrap().to_owned();
        let Some(channel) = self.channels.get_mut(&room) else { return };
        channel.posts.push(post.clone());
        let sender = format!("@{}", name_of(post["user_id"].as_str().unwrap()));
        let data = json!({
            "channel_display_name": channel.display_name, "channel_name": channel.name,
            "channel_type": channel.kind, "team_id": channel.team, "sender_name": sender,
            "post": post.to_string(), "set_online": true,
        });
        self.tell_channel("posted", data, &room);
    }

    /// Somebody reacts to a post.
    pub(crate) fn react(&mut self, user: &str, id: &str, symbol: &str) -> Option<Value> {
        let (room, post) = self.post(id)?;
        let there = post["metadata"]["reactions"].as_array().cloned().unwrap_or_default();
        let same = |it: &&Value| it["user_id"] == user && it["emoji_name"] == symbol;
        if let Some(known) = there.iter().find(same) {
            return Some(known.clone());
        }
        let at = self.now();
        let reaction = json!({
            "user_id": user, "post_id": id, "emoji_name": symbol, "create_at": at, "channel_id": room,
        });
        let all: Vec<Value> = there.into_iter().chain([reaction.clone()]).collect();
        self.change(id, |post| post["metadata"]["reactions"] = all.into());
        let data = json!({ "reaction": reaction.to_string() });
        self.tell_channel("reaction_added", data, &room);
        Some(reaction)
    }
}
