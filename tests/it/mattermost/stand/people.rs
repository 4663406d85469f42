//! The people of the server: the bot, Ana, a guest, somebody of another team.

use serde_json::{Value, json};

use super::web::{Answer, Ask};

pub(crate) const TEAM: &str = "team0000000000000000000sre";
pub(crate) const TEAM_NAME: &str = "sre";
pub(crate) const BOT: &str = "bot00000000000000000000bot";
pub(crate) const ANA: &str = "ana00000000000000000000ana";
pub(crate) const GUEST: &str = "gus00000000000000000000gus";
pub(crate) const STRANGER: &str = "eve00000000000000000000eve";
/// The bot's token.
pub(crate) const TOKEN: &str = "stand1in2token3stand4in567";
/// The token that Ana's client has.
const ANAS: &str = "ana0s0token0ana0s0token0aa";

const MISSING: (u16, &str) = (404, "app.user.missing_account.const");

pub(crate) fn user_of(token: &str) -> Option<&'static str> {
    match token {
        TOKEN => Some(BOT),
        ANAS => Some(ANA),
        _ => None,
    }
}

pub(crate) fn perform(ask: &Ask<'_>) -> Answer {
    let place = |at: usize| ask.places.get(at).map(String::as_str).unwrap_or_default();
    match ask.name {
        "GetUser" => {
            let id = if place(0) == "me" { ask.user } else { place(0) };
            user(id).map(|user| (200, user)).ok_or(MISSING)
        }
        "GetUserByUsername" => named(place(0)),
        "GetUserByEmail" => named(place(0).strip_suffix("@example.org").unwrap_or("nobody")),
        "GetTeamByName" if place(0) == TEAM_NAME => {
            Ok((200, json!({ "id": TEAM, "name": TEAM_NAME, "display_name": "SRE" })))
        }
        "GetTeamByName" => Err((404, "app.team.get_by_name.missing.app_error")),
        "GetTeamMember" => match place(1) {
            id if is_in_team(id) => Ok((200, member(id))),
            _ => Err((404, "app.team.get_member.missing.app_error")),
        },
        "GetRolesByNames" => Ok((200, roles(&ask.json))),
        name => panic!("{name} is not done here"),
    }
}

pub(crate) fn is_in_team(id: &str) -> bool {
    [BOT, ANA, GUEST].contains(&id)
}

fn named(name: &str) -> Answer {
    let known = [("warroom", BOT), ("ana", ANA), ("gus", GUEST), ("eve", STRANGER)];
    let id = known.iter().find(|(known, _)| *known == name).map(|(_, id)| *id);
    id.and_then(user).map(|user| (200, user)).ok_or(MISSING)
}

pub(crate) fn name_of(id: &str) -> &'static str {
    match id {
        BOT => "warroom",
        ANA => "ana",
        GUEST => "gus",
        _ => "eve",
    }
}

/// `api/v4/source/definitions.yaml`, User.
fn user(id: &str) -> Option<Value> {
    if ![BOT, ANA, GUEST, STRANGER].contains(&id) {
        return None;
    }
    let name = name_of(id);
    let roles = if id == GUEST { "system_guest" } else { "system_user" };
    let mut user = json!({
        "id": id, "username": name, "email": format!("{name}@example.org"), "nickname": "",
        "first_name": "", "last_name": "", "roles": roles, "delete_at": 0, "create_at": 1,
    });
    if id == BOT {
        user["is_bot"] = true.into();
    }
    Some(user)
}

fn member(id: &str) -> Value {
    let roles = if id == BOT { "team_user team_admin" } else { "team_user" };
    json!({ "team_id": TEAM, "user_id": id, "roles": roles, "delete_at": 0 })
}

/// What the roles of a fresh server allow, as far as anybody here asks.
fn roles(names: &Value) -> Value {
    let rights = |name: &str| match name {
        "team_user" => vec!["create_public_channel", "create_private_channel", "view_team"],
        "team_admin" => vec!["manage_team"],
        "channel_user" => vec![
            "create_post",
            "edit_post",
            "upload_file",
            "add_reaction",
            "manage_public_channel_members",
        ],
        _ => Vec::new(),
    };
    let names = names.as_array().into_iter().flatten().filter_map(Value::as_str);
    names.map(|name| json!({ "name": name, "permissions": rights(name) })).collect()
}
