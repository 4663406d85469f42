//! Shows the rooms that warroom keeps on the chat platforms that are configured.
//!
//! The truth of a room is its log in the brain; a platform mirrors it. One process leads each platform
//! at a time ([`lead`]); for every room a worker ([`carry`]) carries the log over in order, from a
//! cursor that is kept in the brain ([`place`]). What people say there is kept before it is
//! acknowledged ([`ears`]), then done once ([`answer`]). It refuses to let an incident wait: nothing
//! here is an effect, and a platform that is away only lets its backlog grow.

mod answer;
mod board;
mod carry;
mod close;
mod ears;
mod invite;
mod lead;
mod place;
mod plan;
mod recover;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use compact_str::CompactString;

use super::Engine;
use crate::adapters::chat::Platform;
use board::Board;

/// A platform that is configured.
#[derive(Debug, Clone)]
pub struct Site {
    /// Its name in the configuration: `slack`.
    pub name: CompactString,
    /// What speaks to it.
    pub platform: Arc<dyn Platform>,
    /// Named rooms of ours that it shows, with their names there: `ops` is `#ops`.
    pub rooms: BTreeMap<CompactString, String>,
}

/// Every platform that is configured, in the order of the configuration.
#[derive(Debug, Default)]
pub(super) struct Mirror {
    sites: OnceLock<Vec<Arc<Site>>>,
    board: Board,
}

impl Mirror {
    fn sites(&self) -> &[Arc<Site>] {
        self.sites.get().map(Vec::as_slice).unwrap_or_default()
    }
}

impl Engine {
    /// Takes the platforms that rooms are shown on: once, before it starts.
    pub fn mirror_to(&self, sites: Vec<Site>) {
        self.mirror.board.register(&self.meters);
        if self.mirror.sites.set(sites.into_iter().map(Arc::new).collect()).is_err() {
            tracing::error!("the platforms were given twice: the first ones are kept");
        }
    }

    /// The platform of this name in the configuration.
    #[must_use]
    pub fn site(&self, name: &str) -> Option<Arc<Site>> {
        self.mirror.sites().iter().find(|site| site.name == name).cloned()
    }

    /// Starts what mirrors.
    pub(super) fn mirror(self: &Arc<Self>) {
        for site in self.mirror.sites() {
            self.tasks.spawn("mirror", self.clone().follow_platform(site.clone()));
        }
    }
}
