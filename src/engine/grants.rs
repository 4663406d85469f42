//! Rights that people give for a while, beside those of the configuration.
//!
//! They are documents of the brain, each with an end. Every process counts them with its own grants,
//! so that one check knows both. It refuses patterns: what is given names one command and one thing.
//! Nobody gives what they do not hold until that end.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use compact_str::{CompactString, format_compact};
use serde::{Deserialize, Serialize};

use super::Engine;
use super::queries::away;
use super::views::Refusal;
use crate::brain::{Document, Error, Kind};
use crate::domain::access::{Action, Actor, Directory, Grant, Rights, Subject, Verdict};
use crate::domain::messages::grants as messages;

/// The longest time of such a grant: what is needed for longer stands in the configuration.
pub const LONGEST: TimeDelta = TimeDelta::days(90);
/// Grants that people gave, in all: more is a program that has gone wild.
const MOST: usize = 500;

/// What holds now: the configuration, and what people gave.
#[derive(Debug, Default)]
pub(super) struct Given(Mutex<(Directory, Vec<Grant>)>);

/// A right that somebody gave, as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gift {
    /// For whom.
    pub to: Subject,
    /// The command.
    pub verb: CompactString,
    /// About what.
    pub resource: CompactString,
    /// Where; empty: everywhere.
    #[serde(default, skip_serializing_if = "CompactString::is_empty")]
    pub environment: CompactString,
    /// Who gave it.
    pub by: CompactString,
    /// When.
    pub at: DateTime<Utc>,
    /// When it ends.
    pub until: DateTime<Utc>,
}

impl Gift {
    /// Its name in the brain: the same right of the same people is one document.
    #[must_use]
    pub fn id(&self) -> CompactString {
        format_compact!("{}/{}:{}/{}", self.to, self.verb, self.resource, self.environment)
    }

    fn action(&self) -> Action<'_> {
        let (verb, resource) = (self.verb.as_str(), self.resource.as_str());
        Action { verb, resource, environment: &self.environment, changes: true }
    }

    fn grant(self) -> Grant {
        let until = self.until.format("%Y-%m-%d %H:%M UTC");
        Grant {
            origin: format_compact!("given by {} until {until}", self.by),
            subject: self.to,
            verbs: vec![self.verb],
            resources: vec![self.resource],
            environments: Some(self.environment).into_iter().filter(|it| !it.is_empty()).collect(),
            denies: false,
            until: Some(self.until),
        }
    }
}

impl Engine {
    /// Takes the people, teams and grants of the configuration.
    pub(super) fn take_configured(&self, directory: Directory) {
        self.combine(|state| state.0 = directory);
    }

    /// Puts both together again, after a change of one.
    fn combine(&self, change: impl FnOnce(&mut (Directory, Vec<Grant>))) {
        let mut state = self.given.0.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut state);
        let (configured, given) = &*state;
        let grants = configured.rights.grants.iter().chain(given).cloned().collect();
        let rights = Arc::new(Rights { grants });
        self.directory.store(Arc::new(Directory { rights, ..configured.clone() }));
    }

    /// Reads what people gave again.
    pub(super) async fn refresh_grants(&self) -> Result<(), Error> {
        let now = self.clock.now();
        let gifts = read(self.brain.documents(Kind::Grant).await?).into_iter();
        let given = gifts.map(|(_, gift)| gift).filter(|gift| now < gift.until);
        let given: Vec<Grant> = given.map(Gift::grant).collect();
        self.combine(|state| state.1 = given);
        Ok(())
    }

    /// As [`Engine::refresh_grants`], where what is known has to do when the brain is away: each
    /// grant carries its own end.
    pub(super) async fn look_at_grants(&self) {
        if let Err(error) = self.refresh_grants().await {
            tracing::debug!(%error, "cannot read the grants");
        }
    }

    /// Gives a right for a while.
    ///
    /// # Errors
    /// When the giver does not hold it until then, it never ends, there are too many, or the brain is
    /// away.
    pub async fn give(&self, giver: &Actor, gift: Gift) -> Result<(), Refusal> {
        self.refresh_grants().await.map_err(away)?;
        if gift.until <= gift.at || gift.until > gift.at + LONGEST {
            return Err(Refusal::Invalid(messages::bad_end(LONGEST.num_days())));
        }
        let rights = &self.directory().rights;
        for until in [None, Some(gift.until)] {
            let verdict = rights.may(giver, &gift.action(), until.unwrap_or(gift.at));
            if let Verdict::Denied { why } = verdict {
                return Err(Refusal::Conflict(messages::not_held(&why, until)));
            }
        }
        let known = self.brain.documents(Kind::Grant).await.map_err(away)?;
        let old = known.iter().find(|document| document.id == gift.id());
        let version = old.map_or(0, |document| document.version);
        if old.is_none() && self.forget_ended(known).await >= MOST {
            return Err(Refusal::Invalid(messages::too_many(MOST)));
        }
        let body = serde_json::to_value(&gift);
        let body = body.map_err(|error| Refusal::Invalid(error.to_string()))?;
        self.brain.put(Kind::Grant, gift.id(), version, Some(body)).await.map_err(away)?;
        self.refresh_grants().await.map_err(away)
    }

    /// Takes a right back that somebody gave. Gives what it was.
    ///
    /// # Errors
    /// When nobody gave it, or the brain is away.
    pub async fn take_back(&self, id: &str) -> Result<Gift, Refusal> {
        let known = self.brain.documents(Kind::Grant).await.map_err(away)?;
        let now = self.clock.now();
        let found = read(known).into_iter().find(|(document, _)| document.id == id);
        let Some((document, gift)) = found.filter(|(_, gift)| now < gift.until) else {
            return Err(Refusal::NotFound(messages::never_given()));
        };
        self.brain.put(Kind::Grant, document.id, document.version, None).await.map_err(away)?;
        self.refresh_grants().await.map_err(away)?;
        Ok(gift)
    }

    /// What people gave and has not ended.
    ///
    /// # Errors
    /// When the brain is away.
    pub async fn gifts(&self) -> Result<Vec<Gift>, Refusal> {
        let now = self.clock.now();
        let known = read(self.brain.documents(Kind::Grant).await.map_err(away)?).into_iter();
        Ok(known.map(|(_, gift)| gift).filter(|gift| now < gift.until).collect())
    }

    /// Says how many are left.
    async fn forget_ended(&self, known: Vec<Document>) -> usize {
        let (now, mut left) = (self.clock.now(), known.len());
        for (document, gift) in read(known) {
            if gift.until <= now {
                let gone = self.brain.put(Kind::Grant, document.id, document.version, None);
                // Another replica may have been quicker.
                left -= usize::from(gone.await.is_ok());
            }
        }
        left
    }
}

/// What cannot be read gives nothing.
fn read(documents: Vec<Document>) -> Vec<(Document, Gift)> {
    let one = |document: Document| match serde_json::from_value(document.body.clone()) {
        Ok(gift) => Some((document, gift)),
        Err(error) => {
            tracing::error!(id = %document.id, %error, "a stored grant cannot be read");
            None
        }
    };
    documents.into_iter().filter_map(one).collect()
}
