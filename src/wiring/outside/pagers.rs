//! What wakes people.

use std::collections::BTreeMap;
use std::sync::Arc;

use compact_str::CompactString;
use url::Url;

use super::Parts;
use crate::adapters::failure::Failure;
use crate::adapters::pagers::{Call, Links, Page, Pager, To, canary, log};
use crate::domain::ids::EffectId;
use crate::domain::incident::{Effect, Receipt};
use crate::domain::oncall::Contact;
use crate::engine::canary::POLICY;
use crate::engine::links;
use crate::wiring::pagers;

/// Every pager that is configured, by name; the log where there is none.
#[derive(Debug)]
pub(super) struct Pagers {
    named: BTreeMap<CompactString, Arc<dyn Pager>>,
    /// Takes the pages of the canary, which are for no person.
    canary: Option<Arc<dyn Pager>>,
    links: links::Links,
    /// Where people reach this server. None: pages carry no links.
    base: Option<Url>,
}

/// The one pager where none is configured.
const LOG: CompactString = CompactString::const_new("log");

impl Pagers {
    pub(super) fn build(parts: &Parts<'_>) -> anyhow::Result<Self> {
        let mut named = pagers::build(parts.config, &parts.client)?;
        if named.is_empty() {
            named.insert(LOG, Arc::new(log::Log));
        }
        let canary = parts.config.canary.as_ref().map(|canary| {
            let (client, url) = (parts.client.clone(), canary.dead_man.clone());
            Arc::new(canary::Canary::new(client, url)) as Arc<dyn Pager>
        });
        let links = links::Links::new(parts.brain.clone(), parts.clock.clone());
        Ok(Self { named, canary, links, base: parts.config.server.external_url.clone() })
    }

    /// A page to a person goes to their pager. Without a person every pager is tried, and one that
    /// takes it is enough.
    pub(super) async fn page(
        &self,
        id: EffectId,
        attempt: u32,
        effect: &Effect,
    ) -> Result<Receipt, Failure> {
        let mut receipt = Err(Failure::missing("no pager is configured"));
        let Some(page) = page(id, attempt, effect) else { return receipt };
        if let (POLICY, Some(canary)) = (page.policy, &self.canary) {
            return canary.page(page).await;
        }
        let links = self.links_of(&page).await;
        let page = Page { links: links.as_ref(), ..page };
        if let Effect::Page { to: Some(contact), .. } | Effect::StopPage { to: Some(contact), .. } =
            effect
        {
            let pager = self.named.get(&contact.pager).ok_or_else(|| {
                Failure::missing(&format!("no pager is called {}", contact.pager))
            })?;
            return pager.page(page).await;
        }
        for pager in self.named.values() {
            let answer = pager.page(page.clone()).await;
            if receipt.is_err() {
                receipt = answer;
            }
        }
        receipt
    }

    /// Where a page leads to.
    async fn links_of(&self, page: &Page<'_>) -> Option<Links> {
        let base = self.base.as_ref()?;
        Some(self.links.of_page(base, page.number, page.to.map(|to| to.person)).await)
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
        Effect::Page { number, policy, step, severity, text, to } => {
            let page = page(Call::Page, *number, policy, text);
            Some(Page { step: *step, severity, to: to.as_ref().map(person), ..page })
        }
        Effect::StopPage { number, policy, text, to } => {
            let page = page(Call::Stop, *number, policy, text);
            Some(Page { to: to.as_ref().map(person), ..page })
        }
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

fn person(contact: &Contact) -> To<'_> {
    To { person: &contact.person, address: &contact.address }
}
