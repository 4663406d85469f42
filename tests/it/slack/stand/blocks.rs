//! Block Kit: what Slack takes (<https://docs.slack.dev/reference/block-kit/blocks>), and what a reader
//! sees of it.

use serde_json::Value;

use crate::contract::platform::Seen;

/// Why Slack would not take these.
pub(crate) fn check(blocks: &[Value]) -> Result<(), String> {
    if blocks.len() > 50 {
        return Err("invalid_blocks: more than 50".to_owned());
    }
    let mut letters = 0;
    for block in blocks {
        let kind = block["type"].as_str().unwrap_or_default();
        match kind {
            "rich_text" => {}
            "section" if length(&block["text"]["text"]) > 3_000 => return too_long("section"),
            "header" if length(&block["text"]["text"]) > 150 => return too_long("header"),
            "section" | "header" | "divider" => {}
            "context" => check_context(block)?,
            "actions" => check_actions(block)?,
            _ => return Err(format!("invalid_blocks: {kind:?}")),
        }
        letters += spelled(block).chars().count();
    }
    if letters > 13_200 {
        return Err(format!("msg_blocks_too_long: {letters}"));
    }
    Ok(())
}

fn too_long(what: &str) -> Result<(), String> {
    Err(format!("invalid_blocks: the text of a {what} is too long"))
}

fn length(text: &Value) -> usize {
    text.as_str().unwrap_or_default().chars().count()
}

fn check_context(block: &Value) -> Result<(), String> {
    let elements = list(&block["elements"]);
    let is_good = (1..=10).contains(&elements.len());
    if !is_good || elements.iter().any(|it| length(&it["text"]) > 3_000) {
        return Err("invalid_blocks: context".to_owned());
    }
    Ok(())
}

fn check_actions(block: &Value) -> Result<(), String> {
    let elements = list(&block["elements"]);
    let mut ids: Vec<&str> = elements.iter().filter_map(|it| it["action_id"].as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    let is_label = |it: &Value| {
        it["text"]["type"] == "plain_text" && (1..=75).contains(&length(&it["text"]["text"]))
    };
    let style =
        |it: &Value| it["style"].is_null() || it["style"] == "primary" || it["style"] == "danger";
    let is_good = (1..=25).contains(&elements.len()) && ids.len() == elements.len();
    if !is_good || !elements.iter().all(|it| it["type"] == "button" && is_label(it) && style(it)) {
        return Err("invalid_blocks: actions".to_owned());
    }
    Ok(())
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Every letter of a block.
fn spelled(block: &Value) -> String {
    match block {
        Value::Array(all) => all.iter().map(spelled).collect(),
        Value::Object(fields) => {
            let text = fields.get("text").and_then(Value::as_str).unwrap_or_default().to_owned();
            let rest = fields.iter().filter(|(_, value)| value.is_array() || value.is_object());
            text + &rest.map(|(_, value)| spelled(value)).collect::<String>()
        }
        _ => String::new(),
    }
}

/// What a reader sees of a message.
pub(crate) fn seen(message: &Value, pins: &[String]) -> Seen {
    let mut seen =
        Seen { id: message["ts"].as_str().unwrap_or_default().to_owned(), ..Seen::default() };
    seen.is_pinned = pins.contains(&seen.id);
    let fallback = message["text"].as_str().unwrap_or_default();
    // Notifications read the fallback, mentions in it call people.
    seen.mentions = ["<!", "<@", "<#"].iter().any(|it| fallback.contains(it));
    let blocks = list(&message["blocks"]);
    for block in blocks {
        match block["type"].as_str().unwrap_or_default() {
            "rich_text" => list(&block["elements"]).iter().for_each(|part| rich(part, &mut seen)),
            "actions" => seen.choices += list(&block["elements"]).len(),
            _ => mrkdwn(&spelled(block), &mut seen),
        }
    }
    if blocks.is_empty() {
        mrkdwn(fallback, &mut seen);
    }
    seen
}

fn rich(part: &Value, seen: &mut Seen) {
    for element in list(&part["elements"]) {
        match element["type"].as_str().unwrap_or_default() {
            "text" => seen.text.push_str(element["text"].as_str().unwrap_or_default()),
            "user" | "usergroup" | "broadcast" | "channel" | "team" => seen.mentions = true,
            _ => seen.formats = true,
        }
    }
    seen.text.push('\n');
}

fn mrkdwn(text: &str, seen: &mut Seen) {
    seen.mentions |= ["<!", "<@", "<#"].iter().any(|it| text.contains(it));
    seen.formats |= text.contains(['*', '_', '~', '`']) || text.contains("<http");
    let plain = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    seen.text.push_str(&plain);
}
