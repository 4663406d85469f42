//! The arguments of each method, and how often it may be called.
//!
//! From `slack_web_openapi_v2.json` (1.7.0) and, where that is older than the method or than an argument,
//! from <https://docs.slack.dev/reference/methods>.

/// A method: what it must have, what it may have, calls a minute, and whether it takes JSON.
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    pub(crate) required: &'static [&'static str],
    pub(crate) optional: &'static [&'static str],
    pub(crate) a_minute: usize,
    pub(crate) takes_json: bool,
}

const fn shape(
    name: &'static str,
    required: &'static [&'static str],
    optional: &'static [&'static str],
    a_minute: usize,
    takes_json: bool,
) -> Shape {
    Shape { name, required, optional, a_minute, takes_json }
}

pub(crate) const SHAPES: [Shape; 24] = [
    shape("auth.test", &[], &[], 300, true),
    shape("apps.connections.open", &[], &[], 20, true),
    shape("conversations.create", &["name"], &["is_private", "team_id"], 20, true),
    shape("conversations.setTopic", &["channel", "topic"], &[], 20, true),
    shape("conversations.setPurpose", &["channel", "purpose"], &[], 20, true),
    shape("conversations.invite", &["channel", "users"], &["force"], 50, true),
    shape("conversations.archive", &["channel"], &[], 20, true),
    shape("conversations.unarchive", &["channel"], &[], 20, true),
    shape("conversations.rename", &["channel", "name"], &[], 20, true),
    shape(
        "conversations.info",
        &["channel"],
        &["include_locale", "include_num_members"],
        50,
        false,
    ),
    shape(
        "conversations.history",
        &["channel"],
        &["cursor", "include_all_metadata", "inclusive", "latest", "limit", "oldest"],
        50,
        false,
    ),
    shape("conversations.members", &["channel"], &["cursor", "limit"], 100, false),
    shape("conversations.open", &[], &["channel", "users", "return_im"], 50, true),
    shape(
        "conversations.list",
        &[],
        &["cursor", "exclude_archived", "limit", "team_id", "types"],
        20,
        false,
    ),
    shape(
        "users.conversations",
        &[],
        &["cursor", "exclude_archived", "limit", "team_id", "types", "user"],
        50,
        false,
    ),
    shape("users.info", &["user"], &["include_locale"], 100, false),
    shape("users.lookupByEmail", &["email"], &[], 50, false),
    shape("pins.add", &["channel"], &["timestamp"], 20, true),
    shape(
        "chat.postMessage",
        &["channel"],
        &[
            "attachments",
            "blocks",
            "icon_emoji",
            "icon_url",
            "link_names",
            "metadata",
            "mrkdwn",
            "parse",
            "reply_broadcast",
            "text",
            "thread_ts",
            "unfurl_links",
            "unfurl_media",
            "username",
            "as_user",
        ],
        300,
        true,
    ),
    shape(
        "chat.update",
        &["channel", "ts"],
        &[
            "as_user",
            "attachments",
            "blocks",
            "file_ids",
            "link_names",
            "metadata",
            "parse",
            "reply_broadcast",
            "text",
            "unfurl_links",
            "unfurl_media",
        ],
        50,
        true,
    ),
    shape(
        "chat.postEphemeral",
        &["channel", "user"],
        &["attachments", "blocks", "link_names", "parse", "text", "thread_ts", "username"],
        100,
        true,
    ),
    shape(
        "files.getUploadURLExternal",
        &["filename", "length"],
        &["alt_txt", "snippet_type"],
        100,
        false,
    ),
    shape(
        "files.completeUploadExternal",
        &["files"],
        &["channel_id", "channels", "initial_comment", "thread_ts", "blocks"],
        100,
        true,
    ),
    shape("api.test", &[], &["error", "foo"], 100, true),
];

pub(crate) fn of(name: &str) -> Option<&'static Shape> {
    SHAPES.iter().find(|shape| shape.name == name)
}
