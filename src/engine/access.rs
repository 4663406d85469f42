//! Who is known to this process now, and what they may do.
//!
//! It refuses to know how anybody proves who they are: that is the server's and the chats' business.

use std::sync::Arc;

use super::Engine;
use crate::domain::access::{Action, Actor, Directory, Verdict};

impl Engine {
    /// Takes the people, teams and grants of the configuration in place of the last ones.
    pub fn admit(&self, directory: Directory) {
        self.reach(&directory);
        self.take_configured(directory);
    }

    /// The people, teams and grants that hold now.
    #[must_use]
    pub fn directory(&self) -> Arc<Directory> {
        self.directory.load_full()
    }

    /// Whether somebody may do something now. A refusal is logged: it may be a mistake in the grants.
    #[must_use]
    pub fn may(&self, actor: &Actor, action: &Action<'_>) -> Verdict {
        let verdict = self.directory.load().rights.may(actor, action, self.clock.now());
        if let Verdict::Denied { why } = &verdict {
            let (name, via, verb) = (&actor.name, actor.via.word(), action.verb);
            tracing::info!(who = ?name, via, verb, about = ?action.resource, why, "was not allowed");
        }
        verdict
    }
}
