//! Messages: their limits, their pace, their metadata.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::web::{Answer, Args, text};
use super::{BOT, BOT_USER, Workspace, blocks};

/// Posts in one channel inside five seconds: one a second, with a short burst.
const POSTS: (usize, Duration) = (10, Duration::from_secs(5));

pub(crate) fn perform(work: &mut Workspace, method: &str, args: &Args) -> Answer {
    match method {
        "chat.postMessage" => post(work, args),
        "chat.update" => update(work, args),
        "conversations.history" => history(work, args),
        _ => {
            let channel = open(work, args)?;
            let ts = text(args, "timestamp").to_owned();
            if channel.pins.contains(&ts) {
                return Err("already_pinned".to_owned());
            }
            if !channel.messages.iter().any(|message| message["ts"] == ts.as_str()) {
                return Err("message_not_found".to_owned());
            }
            channel.pins.push(ts);
            Ok(json!({}))
        }
    }
}

fn open<'a>(work: &'a mut Workspace, args: &Args) -> Result<&'a mut super::Channel, String> {
    let channel = work.channel(text(args, "channel"))?;
    if channel.is_archived {
        return Err("is_archived".to_owned());
    }
    if !channel.members.iter().any(|member| member == BOT_USER) {
        return Err("not_in_channel".to_owned());
    }
    Ok(channel)
}

/// What is posted, as the API gives it back.
fn message(work: &mut Workspace, args: &Args, ts: &str) -> Result<Value, String> {
    let list = args.get("blocks").and_then(Value::as_array).cloned().unwrap_or_default();
    if let Err(word) = blocks::check(&list) {
        work.complaints.push(format!("blocks: {word} in {list:?}"));
        return Err(word.split(':').next().unwrap_or_default().to_owned());
    }
    if list.is_empty() && text(args, "text").is_empty() {
        return Err("no_text".to_owned());
    }
    let mut message = json!({
        "type": "message", "user": BOT_USER, "bot_id": BOT, "ts": ts,
        // Slack cuts here: <https://docs.slack.dev/changelog/2018-truncating-really-long-messages>.
        "text": text(args, "text").chars().take(40_000).collect::<String>(),
        "blocks": list,
    });
    for key in ["metadata", "thread_ts"] {
        if let Some(value) = args.get(key) {
            message[key] = value.clone();
        }
    }
    Ok(message)
}

fn post(work: &mut Workspace, args: &Args) -> Answer {
    let id = text(args, "channel").to_owned();
    let ts = work.ts();
    if id.starts_with('U') {
        let message = message(work, args, &ts)?;
        work.direct.entry(id.clone()).or_default().push(message.clone());
        return Ok(json!({ "channel": format!("D{id}"), "ts": ts, "message": message }));
    }
    open(work, args)?;
    let posts = work.posts.entry(id.clone()).or_default();
    if Workspace::is_over(posts, POSTS.0, POSTS.1) {
        work.complaints.push(format!("more than {} posts in 5 s in {id}", POSTS.0));
        return Err("ratelimited".to_owned());
    }
    posts.push(Instant::now());
    let message = message(work, args, &ts)?;
    work.channel(&id)?.messages.push(message.clone());
    Ok(json!({ "channel": id, "ts": ts, "message": message }))
}

fn update(work: &mut Workspace, args: &Args) -> Answer {
    open(work, args)?;
    let ts = text(args, "ts").to_owned();
    let newer = message(work, args, &ts)?;
    let channel = open(work, args)?;
    let id = channel.id.clone();
    let Some(message) = channel.messages.iter_mut().find(|message| message["ts"] == ts.as_str())
    else {
        return Err("message_not_found".to_owned());
    };
    if message["bot_id"] != BOT {
        return Err("cant_update_message".to_owned());
    }
    *message = newer.clone();
    Ok(json!({ "channel": id, "ts": ts, "text": newer["text"], "message": newer }))
}

fn history(work: &mut Workspace, args: &Args) -> Answer {
    let with_metadata =
        args.get("include_all_metadata").is_some_and(|it| it == true || it == "true");
    let limit: usize = text(args, "limit").parse().unwrap_or(100);
    let channel = work.channel(text(args, "channel"))?;
    let newest = channel.messages.iter().rev().filter(|message| {
        let thread = message["thread_ts"].as_str();
        thread.is_none() || thread == message["ts"].as_str()
    });
    let shown = newest.take(limit).cloned().map(|mut message| {
        if !with_metadata {
            message.as_object_mut().unwrap().remove("metadata");
        }
        message
    });
    Ok(json!({ "messages": shown.collect::<Vec<_>>(), "has_more": false }))
}
