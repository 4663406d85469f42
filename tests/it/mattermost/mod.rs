//! Mattermost: a stand-in that refuses what its server refuses, the contract suite over it, and the
//! stories of an incident there.

#![expect(
    clippy::disallowed_methods,
    clippy::needless_pass_by_value,
    reason = "a stand-in is a server of its own, on the real clock, and takes JSON as it comes"
)]

mod driver;
mod hearing;
mod house;
pub(crate) mod stage;
mod stand;
mod story;

crate::contract::platform::platform_suite!(suite, crate::mattermost::stage::start);
