//! The border to whatever may run something: executors, found by their label.
//!
//! The engine hands over assignments and asks what became of them; it never runs anything itself.
//! Word of an assignment's end comes back through `Engine::report_step`.

use std::fmt;

use futures_util::future::BoxFuture;

use crate::adapters::failure::Failure;
use crate::domain::ids::EffectId;
use crate::domain::run::{Assignment, Known};

/// Executors, one or more for each label. An empty label means any of them.
pub trait Executors: Send + Sync + fmt::Debug {
    /// Hands an assignment to an executor with this label. It answers when the executor has it in
    /// its ledger; [`Failure::Refused`] and [`Failure::Retry`] mean that it has certainly not
    /// started, [`Failure::Unknown`] that it may have.
    fn start<'a>(
        &'a self,
        label: &'a str,
        assignment: &'a Assignment,
    ) -> BoxFuture<'a, Result<(), Failure>>;

    /// What that executor's ledger knows of it.
    fn ask<'a>(&'a self, label: &'a str, key: EffectId) -> BoxFuture<'a, Result<Known, Failure>>;

    /// Asks it to stop. Asking again, or for something that has ended, changes nothing.
    fn stop<'a>(&'a self, label: &'a str, key: EffectId) -> BoxFuture<'a, Result<(), Failure>>;
}
