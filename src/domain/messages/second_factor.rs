//! Answers about codes of a second factor. None of them shows a code.

use chrono::{DateTime, Utc};

/// Somebody has nothing to prove themselves with.
#[must_use]
pub fn none(name: &str) -> String {
    format!(
        "not approved: {name} has no second factor, nothing was changed; whoever keeps the \
         configuration sets it up with `warroom totp @{name}`"
    )
}

/// The code is not one of this minute, or of somebody else.
#[must_use]
pub fn wrong() -> String {
    "not approved: the code is wrong or too old, nothing was changed; type the one that your \
     authenticator shows now"
        .to_owned()
}

/// The code has counted.
#[must_use]
pub fn used() -> String {
    "not approved: that code, or a newer one, has counted once already, nothing was changed; wait \
     for the next one"
        .to_owned()
}

/// Somebody guesses.
#[must_use]
pub fn too_many(until: DateTime<Utc>) -> String {
    let until = until.format("%H:%M:%S UTC");
    format!("not approved: too many codes were tried, nothing was changed; try again at {until}")
}
