//! Where tickets are.

use std::collections::BTreeMap;
use std::sync::Arc;

use compact_str::CompactString;

use super::Parts;
use crate::adapters::failure::Failure;
use crate::adapters::tickets::{Tracker, local};
use crate::wiring::ledger::Register;
use crate::wiring::trackers;

/// The register that is kept here.
const LOCAL: CompactString = CompactString::const_new("local");

/// Every tracker, by the name that rules use.
#[derive(Debug)]
pub(super) struct Trackers(BTreeMap<CompactString, Arc<dyn Tracker>>);

impl Trackers {
    pub(super) fn build(parts: &Parts<'_>) -> anyhow::Result<Self> {
        let register = Register::new(parts.brain.clone(), parts.clock.clone());
        let local: Arc<dyn Tracker> = Arc::new(local::Local::new(register));
        let mut all = trackers::build(parts.config, &parts.client)?;
        all.insert(LOCAL, local);
        Ok(Self(all))
    }

    pub(super) fn named(&self, name: &str) -> Result<&Arc<dyn Tracker>, Failure> {
        self.0
            .get(name)
            .ok_or_else(|| Failure::missing(&format!("no ticket tracker is called {name}")))
    }

    /// The tracker that made a ticket: its id begins with the tracker's name, unless it was made
    /// here.
    pub(super) fn of(&self, ticket: &str) -> Result<&Arc<dyn Tracker>, Failure> {
        self.named(ticket.split_once(':').map_or(LOCAL.as_str(), |(name, _)| name))
    }
}
