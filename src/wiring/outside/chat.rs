//! Where rooms are.

use std::sync::Arc;

use super::Parts;
use crate::adapters::chat::{Chat, console};
use crate::wiring::ledger::Ledger;

/// The console keeps every room.
pub(super) fn build(parts: &Parts<'_>) -> Arc<dyn Chat> {
    let ledger = Ledger::new(parts.brain.clone(), parts.clock.clone());
    Arc::new(console::Console::new(ledger))
}
