//! Channels: names, members, the archive.

use serde_json::{Value, json};

use super::web::{Answer, Args, text};
use super::{ANA, BOT_USER, Channel, GUEST, Stand, Workspace};

pub(crate) fn perform(stand: &Stand, work: &mut Workspace, method: &str, args: &Args) -> Answer {
    match method {
        "conversations.create" => create(work, args),
        "users.conversations" | "conversations.list" => Ok(list(work, args)),
        "conversations.unarchive" => {
            let channel = work.channel(text(args, "channel"))?;
            if !channel.is_archived {
                return Err("not_archived".to_owned());
            }
            channel.is_archived = false;
            Ok(json!({}))
        }
        _ => {
            let id = text(args, "channel").to_owned();
            let answer = change(work.channel(&id)?, method, args)?;
            if method == "conversations.archive" {
                stand.tell_later(
                    work,
                    json!({ "type": "channel_archive", "channel": id, "user": BOT_USER }),
                );
            }
            Ok(answer)
        }
    }
}

fn change(channel: &mut Channel, method: &str, args: &Args) -> Answer {
    if method == "conversations.info" {
        return Ok(json!({ "channel": channel.json() }));
    }
    if channel.is_archived {
        let word =
            if method == "conversations.archive" { "already_archived" } else { "is_archived" };
        return Err(word.to_owned());
    }
    if !channel.members.iter().any(|member| member == BOT_USER) {
        return Err("not_in_channel".to_owned());
    }
    match method {
        "conversations.archive" => channel.is_archived = true,
        "conversations.setTopic" => channel.topic = short(args, "topic")?,
        "conversations.setPurpose" => channel.purpose = short(args, "purpose")?,
        "conversations.rename" => channel.name = text(args, "name").to_owned(),
        "conversations.members" => return Ok(json!({ "members": channel.members })),
        "conversations.invite" => return invite(channel, args),
        _ => return Err("unknown_method".to_owned()),
    }
    Ok(json!({ "channel": channel.json() }))
}

fn short(args: &Args, key: &str) -> Result<String, String> {
    let value = text(args, key);
    if value.chars().count() > 250 { Err("too_long".to_owned()) } else { Ok(value.to_owned()) }
}

fn invite(channel: &mut Channel, args: &Args) -> Answer {
    let users: Vec<&str> = text(args, "users").split(',').collect();
    if users.len() > 100 {
        return Err("too_many_users".to_owned());
    }
    let is_forced = args.get("force").is_some_and(|it| it == true || it == "true");
    let mut last = None;
    for user in users {
        let word = match user {
            BOT_USER => "cant_invite_self",
            ANA | GUEST if channel.members.iter().any(|member| member == user) => {
                "already_in_channel"
            }
            ANA | GUEST => {
                channel.members.push(user.to_owned());
                continue;
            }
            _ => "user_not_found",
        };
        last = Some(word.to_owned());
    }
    match last {
        Some(word) if !is_forced => Err(word),
        _ => Ok(json!({ "channel": channel.json() })),
    }
}

/// <https://docs.slack.dev/reference/methods/conversations.create#naming>
fn is_name(name: &str) -> bool {
    let is_good = |c: char| (c.is_alphanumeric() && !c.is_uppercase()) || c == '-' || c == '_';
    (1..=80).contains(&name.chars().count()) && name.chars().all(is_good)
}

fn create(work: &mut Workspace, args: &Args) -> Answer {
    let name = text(args, "name").to_owned();
    if !is_name(&name) {
        work.complaints.push(format!("conversations.create: the name {name:?}"));
        return Err("invalid_name_specials".to_owned());
    }
    if work.channels.values().any(|channel| channel.name == name) {
        return Err("name_taken".to_owned());
    }
    let id = work.id('C');
    let channel = Channel {
        id: id.clone(),
        name,
        creator: BOT_USER.to_owned(),
        members: vec![BOT_USER.to_owned()],
        is_private: args.get("is_private").is_some_and(|it| it == true || it == "true"),
        ..Channel::default()
    };
    let answer = json!({ "channel": channel.json() });
    work.channels.insert(id, channel);
    Ok(answer)
}

fn list(work: &Workspace, args: &Args) -> Value {
    let without_archive = args.get("exclude_archived").is_some_and(|it| it == true || it == "true");
    let limit: usize = text(args, "limit").parse().unwrap_or(100);
    let from: usize = text(args, "cursor").parse().unwrap_or_default();
    let ours = work.channels.values().filter(|channel| {
        channel.members.iter().any(|member| member == BOT_USER)
            && !(without_archive && channel.is_archived)
    });
    let all: Vec<Value> = ours.map(Channel::json).collect();
    let page: Vec<Value> = all.iter().skip(from).take(limit).cloned().collect();
    let next =
        if from + page.len() < all.len() { (from + page.len()).to_string() } else { String::new() };
    json!({ "channels": page, "response_metadata": { "next_cursor": next } })
}

impl Workspace {
    pub(crate) fn channel(&mut self, id: &str) -> Result<&mut Channel, String> {
        self.channels.get_mut(id).ok_or_else(|| "channel_not_found".to_owned())
    }
}

impl Channel {
    pub(crate) fn json(&self) -> Value {
        json!({
            "id": self.id, "name": self.name, "creator": self.creator,
            "is_archived": self.is_archived, "is_private": self.is_private, "is_channel": true,
            "is_member": self.members.iter().any(|member| member == BOT_USER),
            "topic": { "value": self.topic }, "purpose": { "value": self.purpose },
        })
    }
}
