//! The app that an administrator makes in Slack: everything that warroom needs, and nothing else.

use serde_json::{Value, json};
use url::Url;

/// The rights of the bot's token, each with what it is for.
pub(super) const SCOPES: [(&str, &str); 15] = [
    ("app_mentions:read", "hears who speaks to it"),
    ("channels:history", "hears what is said in its public rooms"),
    ("channels:manage", "opens, renames and archives public rooms"),
    ("channels:read", "finds its public rooms again"),
    ("chat:write", "says something"),
    ("commands", "has the command /warroom"),
    ("files:write", "shows graphs"),
    ("groups:history", "hears what is said in its private rooms"),
    ("groups:read", "finds its private rooms again"),
    ("groups:write", "opens and archives private rooms"),
    ("im:history", "hears what is said to it alone"),
    ("im:write", "answers one person alone"),
    ("pins:write", "pins the card"),
    ("users:read", "knows guests from members"),
    ("users:read.email", "finds people for `warroom people import`"),
];

/// What it wants to hear.
const EVENTS: [&str; 15] = [
    "app_mention",
    "message.channels",
    "message.groups",
    "message.im",
    "channel_archive",
    "channel_unarchive",
    "channel_deleted",
    "channel_rename",
    "channel_left",
    "group_archive",
    "group_unarchive",
    "group_deleted",
    "group_rename",
    "group_left",
    "member_left_channel",
];

/// The manifest of the app (<https://docs.slack.dev/reference/app-manifest>): with an address, events
/// come there as signed requests; without one, by Socket Mode.
#[must_use]
pub fn manifest(events: Option<&Url>) -> Value {
    let scopes: Vec<&str> = SCOPES.iter().map(|(scope, _)| *scope).collect();
    let mut command = json!({
        "command": "/warroom",
        "description": "Talk to warroom: /warroom help",
        "usage_hint": "help",
        "should_escape": true,
    });
    let mut subscriptions = json!({ "bot_events": EVENTS });
    let mut interactivity = json!({ "is_enabled": true });
    if let Some(url) = events {
        command["url"] = url.as_str().into();
        subscriptions["request_url"] = url.as_str().into();
        interactivity["request_url"] = url.as_str().into();
    }
    json!({
        "display_information": {
            "name": "warroom",
            "description": "Opens a room for every incident and answers there",
        },
        "features": {
            "app_home": { "messages_tab_enabled": true, "messages_tab_read_only_enabled": false },
            "bot_user": { "display_name": "warroom", "always_online": true },
            "slash_commands": [command],
        },
        "oauth_config": { "scopes": { "bot": scopes } },
        "settings": {
            "event_subscriptions": subscriptions,
            "interactivity": interactivity,
            "org_deploy_enabled": false,
            "socket_mode_enabled": events.is_none(),
            "token_rotation_enabled": false,
        },
    })
}
