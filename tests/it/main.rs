//! Everything that needs more than one module, in one binary.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a broken test must stop at once, and say what it saw"
)]

mod auth;
mod check;
mod console;
mod contract;
mod crash;
mod demo;
mod desk;
mod faults;
mod graphs;
mod guides;
#[cfg(feature = "matrix")]
mod matrix;
#[cfg(feature = "mattermost")]
mod mattermost;
mod metrics;
mod nagios;
mod oncall;
mod pagers;
mod pictures;
mod real;
mod redis;
mod rooms;
mod rows;
mod rules;
mod runs;
mod server;
#[cfg(feature = "slack")]
mod slack;
mod stories;
mod talk;
mod tickets;
mod world;
#[cfg(feature = "xmpp")]
mod xmpp;
