//! An action that this build has no code for: runbooks with it can be read, and whoever starts one
//! learns which feature is missing.

use tokio_util::sync::CancellationToken;

use super::{Ended, Fault, Perform, Says};
use crate::domain::run::Assignment;
use crate::domain::runbook::Kind;

/// Stands in for an action.
#[derive(Debug)]
pub struct Missing {
    kind: &'static Kind,
    feature: &'static str,
}

impl Missing {
    /// Stands in for this kind, which a build with this feature has.
    #[must_use]
    pub fn new(kind: &'static Kind, feature: &'static str) -> Self {
        Self { kind, feature }
    }
}

impl Perform for Missing {
    fn kind(&self) -> &'static Kind {
        self.kind
    }

    async fn run(&self, _: &Assignment, _: &dyn Says, _: CancellationToken) -> Ended {
        let (name, feature) = (self.kind.name, self.feature);
        Err(Fault::Refused(format!(
            "this build has no `{name}`: build it with the feature `{feature}`"
        )))
    }
}
