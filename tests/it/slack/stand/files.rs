//! Files: an address to put bytes at, then a place to show them.

use serde_json::{Value, json};

use super::web::{Answer, Args, text};
use super::{BOT, BOT_USER, File, Stand, Workspace};

pub(crate) fn perform(stand: &Stand, work: &mut Workspace, method: &str, args: &Args) -> Answer {
    if method == "files.getUploadURLExternal" {
        let alt = text(args, "alt_txt").to_owned();
        let length: usize = text(args, "length").parse().map_err(|_| "invalid_arguments")?;
        if alt.chars().count() > 1_000 || length == 0 {
            return Err("invalid_arguments".to_owned());
        }
        let id = work.id('F');
        let name = text(args, "filename").to_owned();
        work.files.insert(id.clone(), File { name, alt, length, bytes: Vec::new() });
        let url = format!("http://{}/upload/{id}", stand.address);
        return Ok(json!({ "upload_url": url, "file_id": id }));
    }
    let mut shown = Vec::new();
    for file in args.get("files").and_then(Value::as_array).into_iter().flatten() {
        let id = file["id"].as_str().unwrap_or_default();
        let Some(known) = work.files.get(id).filter(|file| !file.bytes.is_empty()) else {
            return Err("file_not_found".to_owned());
        };
        shown.push(
            json!({ "id": id, "name": known.name, "alt_txt": known.alt, "title": file["title"] }),
        );
    }
    let ts = work.ts();
    let channel = work.channel(text(args, "channel_id"))?;
    if channel.is_archived {
        return Err("is_archived".to_owned());
    }
    channel.messages.push(json!({
        "type": "message", "subtype": "file_share", "user": BOT_USER, "bot_id": BOT, "ts": ts,
        "text": text(args, "initial_comment"), "files": shown,
    }));
    Ok(json!({ "files": shown }))
}
