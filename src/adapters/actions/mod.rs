//! Back ends that run things: what changes production.
//!
//! A back end is one file here, and lines in the list below. Starting a run is class C: it is never
//! repeated when nobody knows whether it happened.

pub mod webhook;

use std::collections::BTreeMap;
use std::fmt;

use compact_str::CompactString;
use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use super::failure::Failure;
use crate::domain::alert::Labels;
use crate::domain::ids::{EffectId, Number};
use crate::domain::incident::Receipt;
use crate::domain::run::Assignment;
use crate::domain::runbook::Kind;

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

/// What a step says while it runs: one line at a time, already redacted.
pub trait Says: Send + Sync + fmt::Debug {
    /// Takes a line. It never waits: what is too much is cut and counted.
    fn line(&self, line: &str);
}

/// How an action ended, as far as it knows itself.
pub type Ended = Result<Done, Failure>;

/// What an action did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Done {
    /// What came of it, in one line.
    pub summary: String,
    /// What later steps may use, by the names that the kind promises.
    pub outputs: BTreeMap<CompactString, String>,
}

/// One kind of action. It runs inside an executor, never in the server.
///
/// [`Failure::Retry`] and [`Failure::Refused`] mean that nothing was done, [`Failure::Unknown`] that
/// something may have been. `stop` asks it to end now, and to leave nothing behind that still runs.
pub trait Action: Send + Sync + fmt::Debug {
    /// What runbooks may say of it.
    fn kind(&self) -> &'static Kind;

    /// Does it; with [`Assignment::is_dry`], says what it would do and changes nothing.
    fn perform<'a>(
        &'a self,
        assignment: &'a Assignment,
        says: &'a dyn Says,
        stop: CancellationToken,
    ) -> BoxFuture<'a, Ended>;
}
