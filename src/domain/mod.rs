//! What warroom knows and decides, without doing anything.
//!
//! Everything here is pure: time, ids and the state of the world come in as arguments, and what
//! should happen goes out as values.
//! It refuses I/O, clocks, randomness, logging and async; `tests/tidy.rs` holds that.

#![deny(clippy::wildcard_enum_match_arm, clippy::match_wildcard_for_single_variants)]

pub mod access;
pub mod alert;
pub mod chart;
pub mod commands;
pub mod dashboard;
pub mod diagnostic;
pub mod diff;
pub mod duration;
pub mod explain;
pub mod files;
pub mod ids;
pub mod incident;
pub mod line;
pub mod matcher;
pub mod messages;
pub mod noise;
pub mod oncall;
pub mod replay;
pub mod reports;
pub mod review;
pub mod room;
pub mod rules;
pub mod run;
pub mod runbook;
pub mod scenario;
pub mod secret;
pub mod ticket;
pub mod trail;
