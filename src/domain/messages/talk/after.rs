//! What is answered about an incident that is over.

use crate::domain::ids::Number;

/// Characters of a document that a post shows: the rest is a page's.
const SHOWN: usize = 3000;

/// A document that may be too long for a post, with where all of it is.
#[must_use]
pub fn whole_of(text: &str, number: Number, what: &str) -> String {
    let all = format!("All of it: /api/v1/incidents/{number}/{what}, or: warroom {what} {number}");
    match text.char_indices().nth(SHOWN) {
        None => text.to_owned(),
        Some((at, _)) => {
            format!("{}\n(cut here)\n{all}", text.get(..at).unwrap_or_default())
        }
    }
}

/// The postmortem is elsewhere, too: on a ticket, in a folder.
#[must_use]
pub fn put_there(number: Number, place: &str) -> String {
    format!("The postmortem of #{number} is there now: {place}")
}

/// Where the capsule is, for those who may look at incidents.
#[must_use]
pub fn capsule_is_at(number: Number, base: Option<&str>) -> String {
    let base = base.unwrap_or_default().trim_end_matches('/');
    format!(
        "Everything about #{number} in one file: {base}/api/v1/incidents/{number}/capsule, or: \
         warroom capsule {number} -o incident-{number}.html"
    )
}
