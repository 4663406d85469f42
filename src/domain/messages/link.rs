//! What the link of a page says, and what people are told who answer a page by telephone.

use crate::domain::ids::Number;

/// What the button does.
pub const TAKE: &str = "Take it";
/// Where to look.
pub const LOOK: &str = "Open the incident";

/// Above the button.
#[must_use]
pub fn question(number: Number, title: &str) -> String {
    format!("#{number} {title}")
}

/// Beside it: how bad, and for whom the link was made.
#[must_use]
pub fn about(severity: &str, person: &str) -> String {
    format!("{severity}, not taken yet. The button takes it in the name of {person}.")
}

/// It was done.
#[must_use]
pub fn taken(number: Number, person: &str) -> String {
    format!("#{number} is yours, {person}. Nobody else will be paged for it.")
}

/// The same person came again.
#[must_use]
pub fn taken_already(number: Number, person: &str) -> String {
    format!(
        "#{number} is yours already, {person}. Nothing was changed; nobody else is paged for it."
    )
}

/// Somebody else was faster.
#[must_use]
pub fn taken_by_another(number: Number, by: &str) -> String {
    format!("{by} has taken #{number}. Nothing was changed; you need not get up.")
}

/// It is over.
#[must_use]
pub fn over(number: Number) -> String {
    format!("#{number} is over. Nothing was changed; you need not get up.")
}

/// Somebody else is signed in here.
#[must_use]
pub fn not_yours(person: &str, signed_in: &str) -> String {
    format!(
        "This link was made for {person}, and you are signed in as {signed_in}. Nothing was changed. \
         Open the incident to take it in your own name."
    )
}

/// The person is not in the configuration any more.
#[must_use]
pub fn nobody(person: &str) -> String {
    format!("The configuration knows nobody called {person} now. Nothing was changed.")
}

/// The link is cut, changed or invented.
#[must_use]
pub fn not_ours() -> String {
    "This link is not complete, or not one of ours. Nothing was changed. Copy all of it, or open the \
     console."
        .to_owned()
}

/// The link is too old.
#[must_use]
pub fn too_old() -> String {
    "This link is older than a day. Nothing was changed. Open the incident to take it.".to_owned()
}

/// It cannot be looked up now.
#[must_use]
pub fn not_now(why: &str) -> String {
    format!("This cannot be done now: {why}. Nothing was changed. Try again in a minute.")
}

/// A text that nobody can read.
#[must_use]
pub fn not_understood() -> String {
    "Not understood; nothing was changed. Answer with a word and the incident's number: ack 42, \
     resolve 42 or escalate 42."
        .to_owned()
}

/// A number or an account that is nobody's.
#[must_use]
pub fn stranger() -> String {
    "This number belongs to nobody here; nothing was changed. Whoever keeps the configuration can add \
     it."
        .to_owned()
}
