//! What people read about rooms on chat platforms.

/// To somebody who is not mapped, or a guest, after a command.
#[must_use]
pub fn unmapped(platform: &str, id: &str, is_guest: bool) -> String {
    if is_guest {
        return format!(
            "Nothing was done: guests, and people of other workspaces, can read and talk here, and \
             run nothing. You are {id} on {platform}."
        );
    }
    format!(
        "Nothing was done: I do not know you yet. You are {id} on {platform}. Ask whoever runs \
         warroom to add this to the configuration, under your name:\n\
         [people.NAME]\nchat = {{ {platform} = \"{id}\" }}"
    )
}

/// Who somebody is, as the command says it and as the platform knows them.
#[must_use]
pub fn whoami(said: &str, platform: &str, id: &str) -> String {
    format!("{said}\nOn {platform} you are {id}.")
}

/// After a pick that cannot be understood any more.
#[must_use]
pub fn stale_choice() -> String {
    "Nothing was done: the choices of that message have just changed, or it is too old. Look at it \
     again, or type the command."
        .to_owned()
}

/// The ops room, when events may have been missed.
#[must_use]
pub fn gap(platform: &str) -> String {
    format!(
        "The connection to {platform} was lost for a while. Lines and clicks from that time may not \
         have arrived: who waits for an answer should ask again."
    )
}

/// The ops room, when somebody renamed a room.
#[must_use]
pub fn renamed(platform: &str, room: &str, name: &str) -> String {
    let name = super::plain(name, 80);
    format!("The room {room} was renamed to {name} on {platform}. It stays in use.")
}

/// A room that people took away.
#[must_use]
pub fn taken_away(platform: &str) -> String {
    format!(
        "Somebody archived or deleted this room on {platform}, or put me out of it. I bring it back."
    )
}

/// A room that had to be made anew.
#[must_use]
pub fn made_anew(platform: &str, why: &str) -> String {
    format!(
        "The room on {platform} is gone ({why}): a new one takes its place, with everything so far."
    )
}

/// A room that cannot be opened.
#[must_use]
pub fn not_opened(platform: &str, room: &str, why: &str) -> String {
    format!("The room {room} is not on {platform}: {why}. The console has it. Look: warroom doctor")
}

/// A message that a platform does not take.
#[must_use]
pub fn skipped(platform: &str, room: &str, why: &str) -> String {
    format!("A message of room {room} was not shown on {platform}: {why}. The console has it.")
}

/// A platform that is away, and who takes the room.
#[must_use]
pub fn unreachable(platform: &str, next: Option<&str>, why: &str) -> String {
    let taken = match next {
        Some(next) => format!("the room is on {next} meanwhile"),
        None => "the room is in the console meanwhile".to_owned(),
    };
    format!(
        "{platform} cannot be reached ({why}): {taken}. What is said is filled in when it is back."
    )
}

/// Something about a room, for those who are not in it.
#[must_use]
pub fn in_room(room: &str, text: &str) -> String {
    format!("Room {room}: {text}")
}
