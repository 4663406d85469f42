//! Silences: labels that are not news for a while, as in Alertmanager, and also at times that come
//! again.
//!
//! [`Silence`] is one of them with its rules of change, [`Silences`] finds the one that holds an
//! alert, and [`api`] is Alertmanager's JSON.
//! They refuse to choose ids and to read clocks: both come in.
//!
//! Invariant: what a silence held in the past is never rewritten; a change that would do so makes
//! a new silence and ends the old one.

mod all;
pub mod api;
mod one;
#[cfg(test)]
mod tests;
mod update;

pub use all::{MAX_SILENCES, Silences};
pub use one::{Bad, MAX_COMMENT, MAX_CREATOR, Silence, State};
pub use update::{Update, plan_update};
