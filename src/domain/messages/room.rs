//! What rooms say of themselves, and what the ops room is told.

use chrono::{DateTime, Utc};

use super::card::TITLE_MAX;
use super::incident::{clock, number, title};
use super::plain::{cut, plain};
use crate::domain::incident::Head;

/// Names of those who are invited that stand in one line.
const INVITED_MAX: usize = 20;

/// Characters of what is wrong with rule files: the first faults, the rest is in the log.
const WRONG_MAX: usize = 4000;

/// The first line of a room.
#[must_use]
pub fn room_opened(name: &str, topic: &str, invite: &[String]) -> String {
    let (name, topic) = (plain(name, TITLE_MAX), plain(topic, TITLE_MAX));
    if invite.is_empty() {
        return format!("This is {name}: {topic}. Type: help");
    }
    let people = invite.iter().take(INVITED_MAX).map(|name| plain(name, TITLE_MAX));
    let people = people.collect::<Vec<_>>().join(", ");
    format!("This is {name}: {topic}. For {people}. Type: help")
}

/// The last line of a room.
#[must_use]
pub fn room_closed() -> &'static str {
    "The incident is over and this room is closed. What is typed here is still kept with it."
}

/// A room is in use again.
#[must_use]
pub fn room_reopened() -> &'static str {
    "This room is open again: the incident is back."
}

/// A storm began.
#[must_use]
pub fn storm_began(head: &Head) -> String {
    format!(
        "A storm began: {} ({}). Further incidents join it in silence, one page went out, and runbooks wait. Look at its room.",
        number(head),
        plain(title(head), TITLE_MAX)
    )
}

/// A storm is over.
#[must_use]
pub fn storm_ended(head: &Head) -> String {
    format!("The storm is over: {}. Incidents open by themselves again.", number(head))
}

/// An incident has no room to say anything in.
#[must_use]
pub fn no_room(head: &Head, why: &str) -> String {
    format!(
        "{} {} ({}) has no room: {}. Pages go out all the same; its timeline has everything.",
        number(head),
        plain(title(head), TITLE_MAX),
        head.severity,
        plain(why, TITLE_MAX)
    )
}

/// An incident has no ticket, and no room to say so in.
#[must_use]
pub fn no_ticket_either(head: &Head, why: &str) -> String {
    format!(
        "{} {} has no ticket: {}. Open one by hand if you need it.",
        number(head),
        plain(title(head), TITLE_MAX),
        plain(why, TITLE_MAX)
    )
}

/// Changed files of a kind, such as `rules`, cannot be used.
#[must_use]
pub fn files_broken(node: &str, what: &str, wrong: &str) -> String {
    format!(
        "The changed {what} are broken; {node} goes on with the last good ones, and nothing else changed. Mend them, or run: warroom check\n{}",
        cut(wrong, WRONG_MAX)
    )
}

/// They can be used again.
#[must_use]
pub fn files_mended(node: &str, what: &str, count: &str) -> String {
    format!("The {what} are right again: {node} uses {count}.")
}

/// The store was away for a while.
#[must_use]
pub fn brain_was_away(node: &str, since: DateTime<Utc>) -> String {
    format!(
        "The store is back. It was away for {node} since {}: alerts went into its journal and are handled now, pages may have come late.",
        clock(since)
    )
}
