//! Back ends that run things: what changes production.
//!
//! A back end is one file here, and lines in the list below. Starting a run is class C: it is never
//! repeated when nobody knows whether it happened.

pub mod webhook;

use std::fmt;

use futures_util::future::BoxFuture;

use super::failure::Failure;
use crate::domain::alert::Labels;
use crate::domain::ids::{EffectId, Number};
use crate::domain::incident::Receipt;

/// A run that is to start.
#[derive(Debug, Clone)]
pub struct Start<'a> {
    /// The idempotency key.
    pub id: EffectId,
    /// The incident.
    pub number: Number,
    /// The runbook's name.
    pub runbook: &'a str,
    /// What the incident is about. Untrusted.
    pub labels: &'a Labels,
}

/// One back end.
pub trait Runner: Send + Sync + fmt::Debug {
    /// Starts a run: the receipt is its id there. [`Failure::Retry`] and [`Failure::Refused`] mean
    /// that it has certainly not started; [`Failure::Unknown`] that it may have.
    fn start<'a>(&'a self, start: Start<'a>) -> BoxFuture<'a, Result<Receipt, Failure>>;
}
