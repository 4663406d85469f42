//! Back ends that run things: what changes production.
//!
//! An action is one file here, and lines in the lists below. All of it is class C: it is never
//! repeated when nobody knows whether it happened. It refuses to decide whether something may be done:
//! whoever asks has looked at the executor's ledger.

pub mod ansible;
pub mod browser;
pub mod cage;
pub mod exec;
pub mod follow;
pub mod github_actions;
pub mod given;
pub mod http;
pub mod jenkins;
pub mod kubernetes;
pub mod missing;
pub mod recipe;
pub mod service;
pub mod ssh;
pub mod systemd;
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

/// Every kind of action, for those who read runbooks.
pub const KINDS: &[&Kind] = &[
    &exec::KIND,
    &http::KIND,
    &ssh::KIND,
    &ansible::KIND,
    &systemd::KIND,
    &kubernetes::KIND,
    &browser::KIND,
    &jenkins::KIND,
    &github_actions::KIND,
    &recipe::RUNDECK,
    &recipe::ARGOCD_ROLLBACK,
];

/// What a step says while it runs: one line at a time. Whoever takes it hides secrets before anybody
/// sees it.
pub trait Says: Send + Sync + fmt::Debug {
    /// Takes a line. It never waits: what is too much is cut and counted.
    fn line(&self, line: &str);
}

/// How an action ended, as far as it knows itself.
pub type Ended = Result<Done, Fault>;

/// What an action did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Done {
    /// What came of it, in one line.
    pub summary: String,
    /// What later steps may use, by the names that the kind promises.
    pub outputs: BTreeMap<CompactString, String>,
}

/// Why an action has not done what it was asked for: what matters is how far it came.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Nothing was done.
    #[error("{0}")]
    Refused(String),
    /// It was tried, and is known not to have worked.
    #[error("{0}")]
    Failed(String),
    /// It may have been done, or goes on where nobody looks.
    #[error("{0}")]
    Unknown(String),
}

impl From<Failure> for Fault {
    /// What a call to the outside means for the action that began with it.
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Unknown { why } => Self::Unknown(why),
            Failure::Retry { why, .. } | Failure::Refused { why } | Failure::Broken { why } => {
                Self::Refused(why)
            }
        }
    }
}

/// One kind of action. It runs inside an executor, never in the server.
///
/// `stop` asks it to end now, and to leave nothing behind that still runs; what it then returns says
/// how far it came.
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

/// One kind of action as its file writes it; [`Action`] is the same thing among many.
pub trait Perform: Send + Sync + fmt::Debug {
    /// As [`Action::kind`].
    fn kind(&self) -> &'static Kind;

    /// As [`Action::perform`].
    fn run(
        &self,
        assignment: &Assignment,
        says: &dyn Says,
        stop: CancellationToken,
    ) -> impl Future<Output = Ended> + Send;
}

impl<T: Perform> Action for T {
    fn kind(&self) -> &'static Kind {
        Perform::kind(self)
    }

    fn perform<'a>(
        &'a self,
        assignment: &'a Assignment,
        says: &'a dyn Says,
        stop: CancellationToken,
    ) -> BoxFuture<'a, Ended> {
        Box::pin(self.run(assignment, says, stop))
    }
}
