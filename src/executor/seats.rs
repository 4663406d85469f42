//! What a server needs to let executors in.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::hears::Hears;
use super::hub::Hub;
use crate::adapters::failure::Failure;
use crate::domain::run::Report;
use crate::domain::secret::Secret;

/// The seats, who may take them, and who hears what is said there.
#[derive(Debug, Clone)]
pub struct Seats {
    /// Where they sit.
    pub hub: Arc<Hub>,
    /// What each proves itself with, by name.
    pub tokens: BTreeMap<String, Secret>,
    /// Who hears of assignments.
    pub hears: Arc<dyn Hears>,
}

/// Hears reports and only logs them: for a server that carries out no runs of its own.
#[derive(Debug, Clone, Copy, Default)]
pub struct Deaf;

impl Hears for Deaf {
    fn report(&self, report: Report) -> BoxFuture<'_, Result<(), Failure>> {
        tracing::info!(key = %report.key, "an executor reports");
        Box::pin(std::future::ready(Ok(())))
    }
}
