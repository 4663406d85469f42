//! When nothing may begin: the windows of the configuration, and those that people set.
//!
//! A freeze is looked at when a run is asked for and again when it would begin. It refuses to stop
//! what is under way: that is a halt.

use std::sync::Arc;

use compact_str::{CompactString, format_compact};

use crate::brain::{Error, Kind};
use crate::domain::messages::freeze as messages;
use crate::domain::run::{Freeze, Plan, Policy, frozen};
use crate::engine::Engine;
use crate::engine::queries::away;
use crate::engine::views::Refusal;

impl Engine {
    /// Takes the freezes of the configuration in place of the last ones.
    pub fn take_freezes(&self, freezes: Vec<Freeze>) {
        self.freezes.store(Arc::new(freezes));
    }

    /// Every freeze that holds now.
    ///
    /// # Errors
    /// When the brain is away.
    pub async fn freezes(&self) -> Result<Vec<Freeze>, Refusal> {
        let now = self.clock.now();
        let mut all = self.all_freezes().await.map_err(away)?;
        all.retain(|freeze| freeze.is_on(now));
        Ok(all)
    }

    async fn all_freezes(&self) -> Result<Vec<Freeze>, Error> {
        let mut all: Vec<Freeze> = self.freezes.load().iter().cloned().collect();
        for document in self.brain.documents(Kind::Freeze).await? {
            // What cannot be read holds: somebody wanted that nothing begins.
            all.push(serde_json::from_value(document.body).unwrap_or_else(|_| unreadable()));
        }
        Ok(all)
    }

    /// The freeze that holds a plan back now; none: it may begin.
    pub(super) async fn frozen(&self, plan: &Plan) -> Result<Option<Freeze>, Error> {
        let all = self.all_freezes().await?;
        Ok(frozen(&all, plan, self.clock.now()).cloned())
    }

    /// Why a plan may not begin now for a freeze; none: it may, or enough people have agreed.
    pub(super) async fn held_by_freeze(&self, plan: &Plan) -> Result<Option<String>, Error> {
        let freeze = self.frozen(plan).await?;
        Ok(freeze.and_then(|freeze| match freeze.policy {
            Policy::Refuse => Some(messages::refused(&freeze)),
            Policy::Approve if plan.frozen => None,
            Policy::Approve => Some(messages::needs_one_more(&freeze)),
        }))
    }

    /// Lets nothing begin for a while.
    ///
    /// # Errors
    /// When the brain is away.
    pub async fn freeze(&self, freeze: &Freeze) -> Result<(), Refusal> {
        let body = serde_json::to_value(freeze);
        let body = body.map_err(|error| Refusal::Invalid(error.to_string()))?;
        let (id, known) = (id(freeze), self.brain.documents(Kind::Freeze).await.map_err(away)?);
        let version = known.iter().find(|it| it.id == id).map_or(0, |it| it.version);
        self.brain.put(Kind::Freeze, id, version, Some(body)).await.map(drop).map_err(away)
    }

    /// Lets begin what a person froze. Says whether they had.
    ///
    /// # Errors
    /// When the brain is away.
    pub async fn unfreeze(&self, freeze: &Freeze) -> Result<bool, Refusal> {
        let (id, known) = (id(freeze), self.brain.documents(Kind::Freeze).await.map_err(away)?);
        let Some(known) = known.into_iter().find(|it| it.id == id) else { return Ok(false) };
        let gone = self.brain.put(Kind::Freeze, id, known.version, None).await;
        gone.map(|_| true).map_err(away)
    }
}

/// Its name in the brain: what is frozen, and where.
fn id(freeze: &Freeze) -> CompactString {
    format_compact!("{}/{}", freeze.on.join(","), freeze.environments.join(","))
}

fn unreadable() -> Freeze {
    Freeze {
        on: vec!["*".into()],
        environments: Vec::new(),
        weekly: None,
        from: None,
        until: None,
        policy: Policy::Refuse,
        by: "somebody".into(),
        why: "a freeze that cannot be read".to_owned(),
    }
}
