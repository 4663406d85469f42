//! Where tickets are.

use std::collections::BTreeMap;
use std::sync::Arc;

use compact_str::CompactString;

use super::Parts;
use crate::adapters::failure::Failure;
use crate::adapters::tickets::{Tracker, local};
use crate::wiring::ledger::Register;

/// Every tracker, by the name that rules use.
#[derive(Debug)]
pub(super) struct Trackers(BTreeMap<CompactString, Arc<dyn Tracker>>);

impl Trackers {
    pub(super) fn build(parts: &Parts<'_>) -> Self {
        let register = Register::new(parts.brain.clone(), parts.clock.clone());
        let local: Arc<dyn Tracker> = Arc::new(local::Local::new(register));
        Self([("local".into(), local)].into_iter().collect())
    }

    pub(super) fn named(&self, name: &str) -> Result<&Arc<dyn Tracker>, Failure> {
        self.0
            .get(name)
            .ok_or_else(|| Failure::missing(&format!("no ticket tracker is called {name}")))
    }

    /// The tracker that made a ticket: its id begins with the tracker's name.
    pub(super) fn of(&self, _ticket: &str) -> Result<&Arc<dyn Tracker>, Failure> {
        self.named("local")
    }
}
