//! Aliases as documents of the brain, so that every process and every chat knows them.

use crate::brain::{Error, Kind};
use crate::domain::commands::Alias;
use crate::engine::Engine;
use crate::engine::queries::away;
use crate::engine::views::Refusal;

/// How many there may be: each is looked at when a line begins with no command.
const ALIASES_MAX: usize = 200;

impl Engine {
    /// Every alias, by name.
    pub(super) async fn aliases(&self) -> Result<Vec<Alias>, Refusal> {
        let documents = self.brain.documents(Kind::Alias).await.map_err(away)?;
        let read = |document: crate::brain::Document| serde_json::from_value(document.body).ok();
        Ok(documents.into_iter().filter_map(read).collect())
    }

    /// Keeps an alias; one of the same name is replaced.
    pub(super) async fn put_alias(&self, alias: &Alias) -> Result<(), Refusal> {
        let documents = self.brain.documents(Kind::Alias).await.map_err(away)?;
        let old = documents.iter().find(|document| document.id == alias.name);
        if old.is_none() && documents.len() >= ALIASES_MAX {
            let text = format!("there are {ALIASES_MAX} aliases already: take one back first");
            return Err(Refusal::Conflict(text));
        }
        let version = old.map_or(0, |document| document.version);
        let body = serde_json::to_value(alias).map_err(|bad| Refusal::Invalid(bad.to_string()))?;
        let put = self.brain.put(Kind::Alias, alias.name.clone(), version, Some(body)).await;
        put.map(drop).map_err(changed)
    }

    /// Forgets an alias.
    pub(super) async fn forget_alias(&self, name: &str) -> Result<(), Refusal> {
        let documents = self.brain.documents(Kind::Alias).await.map_err(away)?;
        let old = documents.iter().find(|document| document.id == name).ok_or_else(|| {
            Refusal::NotFound(format!("there is no alias {name:?}: look at aliases"))
        })?;
        let put = self.brain.put(Kind::Alias, old.id.clone(), old.version, None).await;
        put.map(drop).map_err(changed)
    }
}

fn changed(error: Error) -> Refusal {
    match error {
        Error::Conflict => Refusal::Conflict("somebody else changed it just now".to_owned()),
        error => away(error),
    }
}
