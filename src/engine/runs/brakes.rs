//! What stops every automation: halts in the brain, and a file that works without it.
//!
//! A brake is looked at before a run begins and again before each of its steps.

use chrono::{DateTime, Utc};
use compact_str::{CompactString, format_compact};
use serde::{Deserialize, Serialize};

use crate::brain::{Error, Kind};
use crate::domain::run::Run;
use crate::engine::Engine;
use crate::engine::queries::away;
use crate::engine::views::Refusal;

/// What a halt holds for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Everything.
    All,
    /// Whatever works on a service.
    Service(CompactString),
    /// A runbook.
    Runbook(CompactString),
}

impl Scope {
    /// Its name in the brain.
    #[must_use]
    pub fn id(&self) -> CompactString {
        match self {
            Self::All => "all".into(),
            Self::Service(name) => format_compact!("service/{name}"),
            Self::Runbook(name) => format_compact!("runbook/{name}"),
        }
    }
}

/// A halt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Brake {
    /// Who set it.
    #[schemars(with = "String")]
    pub by: CompactString,
    /// Why.
    pub why: String,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Until when; none: until somebody says `resume`.
    pub until: Option<DateTime<Utc>>,
}

impl Engine {
    /// Why nothing of this run may start now; none: no brake holds it.
    pub(super) async fn braked(&self, run: &Run) -> Result<Option<String>, Error> {
        if self.has_halt_file().await {
            return Ok(Some("everything is halted by a file on this machine".to_owned()));
        }
        let plan = &run.request.plan;
        let mut scopes = vec![Scope::All, Scope::Runbook(plan.runbook.clone())];
        scopes.extend(plan.service().map(|service| Scope::Service(service.into())));
        let ids: Vec<CompactString> = scopes.iter().map(Scope::id).collect();
        let now = self.clock.now();
        for document in self.brain.documents(Kind::Halt).await? {
            if !ids.contains(&document.id) {
                continue;
            }
            // What cannot be read holds: somebody wanted everything to stand still.
            let Ok(brake) = serde_json::from_value::<Brake>(document.body) else {
                return Ok(Some("a halt that cannot be read holds it".to_owned()));
            };
            if brake.until.is_none_or(|until| now < until) {
                let Brake { by, why, .. } = brake;
                let why = if why.is_empty() { why } else { format!(": {why}") };
                return Ok(Some(format!("halted by {by}{why}")));
            }
        }
        Ok(None)
    }

    async fn has_halt_file(&self) -> bool {
        let known = self.equipment.load_full();
        let Some(path) = &known.halt_file else { return false };
        // A file that cannot be looked at counts as there.
        tokio::fs::try_exists(path).await.unwrap_or(true)
    }

    /// Stops everything in a scope: nothing begins, and no run goes on to its next step. A halt of
    /// everything is noted in this process's own file as well, where there is one.
    ///
    /// # Errors
    /// When neither the brain nor the file could take it.
    pub async fn halt(&self, scope: &Scope, brake: Brake) -> Result<(), Refusal> {
        let known = self.equipment.load_full();
        let file = known.halt_file.as_ref().filter(|_| *scope == Scope::All);
        let noted = match file {
            Some(path) => {
                tokio::fs::write(path, format!("{}: {}\n", brake.by, brake.why)).await.is_ok()
            }
            None => false,
        };
        let stored = self.put_halt(scope, Some(&brake)).await;
        if noted { Ok(()) } else { stored }
    }

    /// Lets everything in a scope go on. Says whether anything was halted.
    ///
    /// # Errors
    /// When the brain is away.
    pub async fn resume(&self, scope: &Scope) -> Result<bool, Refusal> {
        let known = self.equipment.load_full();
        let file = known.halt_file.as_ref().filter(|_| *scope == Scope::All);
        let was_noted = match file {
            Some(path) => tokio::fs::remove_file(path).await.is_ok(),
            None => false,
        };
        let documents = self.brain.documents(Kind::Halt).await.map_err(away)?;
        let is_there = documents.iter().any(|it| it.id == scope.id());
        if is_there {
            self.put_halt(scope, None).await?;
        }
        Ok(is_there || was_noted)
    }

    async fn put_halt(&self, scope: &Scope, brake: Option<&Brake>) -> Result<(), Refusal> {
        let documents = self.brain.documents(Kind::Halt).await.map_err(away)?;
        let known = documents.iter().find(|it| it.id == scope.id());
        let version = known.map_or(0, |it| it.version);
        let body = brake.map(serde_json::to_value).transpose();
        let body = body.map_err(|error| Refusal::Invalid(error.to_string()))?;
        self.brain.put(Kind::Halt, scope.id(), version, body).await.map(drop).map_err(away)
    }

    /// What is halted now, by scope.
    ///
    /// # Errors
    /// When the brain is away.
    pub async fn halts(&self) -> Result<Vec<(CompactString, Brake)>, Refusal> {
        let now = self.clock.now();
        let documents = self.brain.documents(Kind::Halt).await.map_err(away)?;
        let read = documents
            .into_iter()
            .filter_map(|it| Some((it.id, serde_json::from_value::<Brake>(it.body).ok()?)));
        Ok(read.filter(|(_, brake)| brake.until.is_none_or(|until| now < until)).collect())
    }
}
