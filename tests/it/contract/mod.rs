//! Suites that run over every implementation of a trait.

pub(crate) mod actions;
pub(crate) mod brain;
pub(crate) mod chat;
mod embedded;
mod memory;
pub(crate) mod platform;
pub(crate) mod tickets;
