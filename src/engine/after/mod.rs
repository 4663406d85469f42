//! After the incident: what it came to, what can be learnt of many, and what was alike before.
//!
//! Everything is read from timelines, rooms and runs; it refuses to keep anything of its own, so
//! that nothing here can disagree with what happened.

mod alike;
mod capsule;
mod document;
mod load;
mod reports;
mod weekly;

pub use alike::Alike;
pub(in crate::engine) use alike::lines;
pub use load::Dossier;
pub use reports::SINCE_MAX;
pub use weekly::Weekly;

use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::adapters::archive::Archive;

/// What the configuration says about all this.
#[derive(Debug, Clone, Default)]
pub struct Settled {
    /// Where people reach this server.
    pub base: Option<String>,
    /// What goes to a room each week.
    pub weekly: Option<Weekly>,
    /// Where postmortems are kept.
    pub archive: Option<Archive>,
}

/// The same, as this process has it.
#[derive(Debug, Default)]
pub(in crate::engine) struct After {
    /// Where people reach this server.
    pub(in crate::engine) base: ArcSwap<Option<String>>,
    /// What goes to a room each week.
    pub(in crate::engine) weekly: ArcSwap<Option<Weekly>>,
    /// Where postmortems are kept.
    pub(in crate::engine) archive: ArcSwap<Option<Archive>>,
}

impl super::Engine {
    /// Where people reach this server; none: nobody has said.
    #[must_use]
    pub fn base(&self) -> Option<String> {
        self.after.base.load().as_ref().clone()
    }

    /// Takes what the configuration says.
    pub fn settle_after(&self, settled: Settled) {
        let Settled { base, weekly, archive } = settled;
        self.after.base.store(Arc::new(base));
        self.after.weekly.store(Arc::new(weekly));
        self.after.archive.store(Arc::new(archive));
    }
}
