//! Rules: which alerts belong together, and what is to be done about them.
//!
//! A [`Ruleset`] is read from the files of `rules/`, sorted by name. The rules keep the order in
//! which they stand; **the first that matches owns the alert**. Where that one says
//! `continue = true`, the next match is asked too: it adds its notifications and nothing else, and
//! so on, until a match without `continue`.
//! A label's value is data: it never becomes template source, a second argument or a mention.
//! It refuses to know people, rooms and runbooks: names are checked where they are configured.

mod group;
mod policy;
mod reach;
mod read;
mod rule;
mod ruleset;
mod spot;
mod template;
#[cfg(test)]
mod tests;

pub use group::{group_key, unrouted};
pub use policy::Rendered;
pub use read::limit;
pub use rule::{Ask, Rule, Tell, Throttles};
pub use ruleset::{Route, RuleId, Ruleset, Tried};
pub use spot::Spot;
pub use template::Template;
