//! Slack: a stand-in that refuses what Slack refuses, the contract suite over it, and the whole story.

#![expect(
    clippy::disallowed_methods,
    clippy::needless_pass_by_value,
    reason = "a stand-in is a server of its own, on the real clock, and takes JSON as it comes"
)]

mod bad;
mod house;
mod sdk;
pub(crate) mod stage;
mod stand;
mod story;

crate::contract::platform::platform_suite!(suite, crate::slack::stage::start);
