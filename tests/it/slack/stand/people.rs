//! The people of the workspace: the bot, Ana, a guest.

use serde_json::{Value, json};

use super::web::{Answer, Args, text};
use super::{ANA, BOT, BOT_USER, GUEST, Stand, TEAM};

pub(crate) fn perform(stand: &Stand, method: &str, args: &Args) -> Answer {
    match method {
        "auth.test" => Ok(json!({
            "url": format!("http://{}/", stand.address),
            "team": "Stand-in", "user": "warroom",
            "team_id": TEAM, "user_id": BOT_USER, "bot_id": BOT,
        })),
        "users.info" => user(text(args, "user")).ok_or_else(|| "user_not_found".to_owned()),
        _ => match text(args, "email") {
            "ana@example.org" => user(ANA).ok_or_else(|| "users_not_found".to_owned()),
            _ => Err("users_not_found".to_owned()),
        },
    }
}

fn user(id: &str) -> Option<Value> {
    let (name, is_bot, is_guest) = match id {
        BOT_USER => ("warroom", true, false),
        ANA => ("ana", false, false),
        GUEST => ("gus", false, true),
        _ => return None,
    };
    Some(json!({ "user": {
        "id": id, "team_id": TEAM, "name": name, "deleted": false, "is_bot": is_bot,
        "is_restricted": is_guest, "is_ultra_restricted": false,
        "profile": { "real_name": name, "display_name": name },
    } }))
}
