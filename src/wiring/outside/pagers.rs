//! What wakes people.

use std::sync::Arc;

use anyhow::Context as _;

use super::Parts;
use crate::adapters::failure::Failure;
use crate::adapters::pagers::{Call, Page, Pager, log, webhook};
use crate::adapters::signature::Signed;
use crate::domain::ids::EffectId;
use crate::domain::incident::{Effect, Receipt};
use crate::engine::clock;
use crate::wiring::read;

/// Every pager that is configured; the log where there is none.
#[derive(Debug)]
pub(super) struct Pagers(Vec<Arc<dyn Pager>>);

impl Pagers {
    pub(super) fn build(parts: &Parts<'_>) -> anyhow::Result<Self> {
        let mut pagers: Vec<Arc<dyn Pager>> = Vec::new();
        for (name, pager) in &parts.config.pagers {
            let secret = read(pager.secret.as_ref()).with_context(|| format!("pager {name}"))?;
            let post = Signed::new(parts.client.clone(), pager.url.clone(), secret, clock::wall);
            pagers.push(Arc::new(webhook::Webhook::new(post)));
        }
        if pagers.is_empty() {
            pagers.push(Arc::new(log::Log));
        }
        Ok(Self(pagers))
    }

    /// One pager that takes it is enough; every one is tried.
    pub(super) async fn page(
        &self,
        id: EffectId,
        attempt: u32,
        effect: &Effect,
    ) -> Result<Receipt, Failure> {
        let mut receipt = Err(Failure::missing("no pager is configured"));
        let Some(page) = page(id, attempt, effect) else { return receipt };
        for pager in &self.0 {
            let answer = pager.page(page.clone()).await;
            if receipt.is_err() {
                receipt = answer;
            }
        }
        receipt
    }
}

fn page(id: EffectId, attempt: u32, effect: &Effect) -> Option<Page<'_>> {
    let page = |call, number, policy, text| Page {
        id,
        attempt,
        call,
        number,
        policy,
        step: 0,
        severity: "",
        text,
        to: None,
        links: None,
        picture: None,
    };
    match effect {
        Effect::Page { number, policy, step, severity, text } => {
            let page = page(Call::Page, *number, policy, text);
            Some(Page { step: *step, severity, ..page })
        }
        Effect::StopPage { number, policy, text } => Some(page(Call::Stop, *number, policy, text)),
        Effect::OpenRoom { .. }
        | Effect::CloseRoom { .. }
        | Effect::ReopenRoom { .. }
        | Effect::Post { .. }
        | Effect::OpenTicket { .. }
        | Effect::CloseTicket { .. }
        | Effect::ReopenTicket { .. }
        | Effect::Graph { .. }
        | Effect::StartRun { .. }
        | Effect::Tell { .. }
        | Effect::Work { .. } => None,
    }
}
