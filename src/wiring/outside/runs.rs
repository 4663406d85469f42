//! Who executes runbooks.

use std::sync::Arc;

use anyhow::Context as _;

use super::Parts;
use crate::adapters::actions::{Runner, Start, webhook};
use crate::adapters::failure::Failure;
use crate::adapters::signature::Signed;
use crate::domain::ids::EffectId;
use crate::domain::incident::{Effect, Receipt, RunMode};
use crate::engine::clock;
use crate::wiring::read;

/// The program outside that executes runbooks, if there is one.
#[derive(Debug)]
pub(super) struct Runs(Option<Arc<dyn Runner>>);

impl Runs {
    pub(super) fn build(parts: &Parts<'_>) -> anyhow::Result<Self> {
        let Some(runs) = &parts.config.runs else { return Ok(Self(None)) };
        let secret = read(runs.secret.as_ref()).context("[runs]")?;
        let post = Signed::new(parts.client.clone(), runs.url.clone(), secret, clock::wall);
        Ok(Self(Some(Arc::new(webhook::Webhook::new(post)))))
    }

    pub(super) async fn start(&self, id: EffectId, effect: &Effect) -> Result<Receipt, Failure> {
        let Effect::StartRun { number, runbook, mode, labels, critical } = effect else {
            return Err(Failure::missing("this order starts no run"));
        };
        match (mode, &self.0) {
            (RunMode::Auto, _) if *critical => Err(Failure::missing(
                "it is critical, and nobody can agree to it where executors are another program's",
            )),
            (RunMode::Auto, Some(runner)) => {
                runner.start(Start { id, number: *number, runbook, labels }).await
            }
            (RunMode::Auto, None) => {
                Err(Failure::missing("nobody executes runbooks here: [runs] is not configured"))
            }
            (RunMode::Watch, _) => Ok(Receipt { id: "watched".into(), at: None }),
            (RunMode::Suggest | RunMode::Approve, _) => {
                Err(Failure::missing("approvals are not built yet: start the runbook by hand"))
            }
        }
    }
}
