//! The operations that are known here, with their arguments, as `mattermost/mattermost: api/v4/source` has
//! them: `channels.yaml`, `posts.yaml`, `files.yaml`, `reactions.yaml`, `users.yaml`, `teams.yaml`,
//! `roles.yaml`. `pending_post_id` stands in the schema of a post there, and clients send it.

/// An operation: its path below `/api/v4`, what its body must and may have, what its query may have.
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) required: &'static [&'static str],
    pub(crate) optional: &'static [&'static str],
    pub(crate) query: &'static [&'static str],
}

type Words = &'static [&'static str];

const fn shape(
    name: &'static str,
    (method, path): (&'static str, &'static str),
    required: Words,
    optional: Words,
    query: Words,
) -> Shape {
    Shape { name, method, path, required, optional, query }
}

const POSTS: Words = &["page", "per_page", "since", "before", "after", "include_deleted"];
const DELETED: Words = &["include_deleted", "last_delete_at"];

pub(crate) const SHAPES: [Shape; 26] = [
    shape(
        "CreateChannel",
        ("POST", "channels"),
        &["team_id", "name", "display_name", "type"],
        &["purpose", "header"],
        &[],
    ),
    shape("CreateDirectChannel", ("POST", "channels/direct"), &[], &[], &[]),
    shape("GetChannel", ("GET", "channels/{channel}"), &[], &[], &[]),
    shape("DeleteChannel", ("DELETE", "channels/{channel}"), &[], &[], &["permanent"]),
    shape(
        "PatchChannel",
        ("PUT", "channels/{channel}/patch"),
        &[],
        &["name", "display_name", "purpose", "header"],
        &[],
    ),
    shape("RestoreChannel", ("POST", "channels/{channel}/restore"), &[], &[], &[]),
    shape(
        "AddChannelMember",
        ("POST", "channels/{channel}/members"),
        &["user_id"],
        &["user_ids", "post_root_id"],
        &[],
    ),
    shape("GetChannelMember", ("GET", "channels/{channel}/members/{user}"), &[], &[], &[]),
    shape("RemoveUserFromChannel", ("DELETE", "channels/{channel}/members/{user}"), &[], &[], &[]),
    shape("GetPostsForChannel", ("GET", "channels/{channel}/posts"), &[], &[], POSTS),
    shape("GetChannelByName", ("GET", "teams/{team}/channels/name/{name}"), &[], &[], DELETED),
    shape(
        "GetChannelsForTeamForUser",
        ("GET", "users/{user}/teams/{team}/channels"),
        &[],
        &[],
        DELETED,
    ),
    shape(
        "CreatePost",
        ("POST", "posts"),
        &["channel_id", "message"],
        &["root_id", "file_ids", "props", "metadata", "pending_post_id"],
        &["set_online"],
    ),
    shape("GetPost", ("GET", "posts/{post}"), &[], &[], &[]),
    shape("DeletePost", ("DELETE", "posts/{post}"), &[], &[], &[]),
    shape(
        "PatchPost",
        ("PUT", "posts/{post}/patch"),
        &[],
        &["is_pinned", "message", "file_ids", "has_reactions", "props"],
        &[],
    ),
    shape("PinPost", ("POST", "posts/{post}/pin"), &[], &[], &[]),
    shape(
        "SaveReaction",
        ("POST", "reactions"),
        &["user_id", "post_id", "emoji_name"],
        &["create_at"],
        &[],
    ),
    shape("UploadFile", ("POST", "files"), &[], &[], &["channel_id", "filename"]),
    shape("GetUser", ("GET", "users/{user}"), &[], &[], &[]),
    shape("GetUserByEmail", ("GET", "users/email/{email}"), &[], &[], &[]),
    shape("GetUserByUsername", ("GET", "users/username/{name}"), &[], &[], &[]),
    shape("GetTeamByName", ("GET", "teams/name/{name}"), &[], &[], &[]),
    shape("GetTeamMember", ("GET", "teams/{team}/members/{user}"), &[], &[], &[]),
    shape("GetRolesByNames", ("POST", "roles/names"), &[], &[], &[]),
    shape("GetPing", ("GET", "system/ping"), &[], &[], &[]),
];

/// The operation behind a path, with what stands in its places.
pub(crate) fn of(method: &str, path: &str) -> Option<(&'static Shape, Vec<String>)> {
    let parts: Vec<&str> = path.split('/').collect();
    let fits = |shape: &&Shape| {
        let template: Vec<&str> = shape.path.split('/').collect();
        let is_same = |(known, given): (&&str, &&str)| known.starts_with('{') || known == given;
        shape.method == method
            && template.len() == parts.len()
            && template.iter().zip(&parts).all(is_same)
    };
    // A word of the template is meant before a place: `users/email/x` is no user `email`.
    let places = |shape: &Shape| shape.path.matches('{').count();
    let shape = SHAPES.iter().filter(fits).min_by_key(|shape| places(shape))?;
    let given = shape.path.split('/').zip(&parts).filter(|(known, _)| known.starts_with('{'));
    Some((shape, given.map(|(_, given)| decoded(given)).collect()))
}

fn decoded(part: &str) -> String {
    let query = format!("x={part}");
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}
