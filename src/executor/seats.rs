//! What a server needs to let executors in.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::hears::Hears;
use super::hub::Hub;
use crate::adapters::failure::Failure;
use crate::domain::run::Report;
use crate::domain::secret::Secret;
use crate::engine::Engine;

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

/// A server's engine hears what became of the steps of its runs.
#[derive(Debug, Clone)]
pub struct Ear(pub Arc<Engine>);

impl Hears for Ear {
    fn report(&self, report: Report) -> BoxFuture<'_, Result<(), Failure>> {
        Box::pin(async {
            let taken = self.0.report_step(report).await;
            taken.map_err(|refusal| Failure::Retry { why: refusal.to_string(), after: None })
        })
    }
}
