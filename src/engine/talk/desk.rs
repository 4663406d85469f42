//! What a command may use while it runs.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Utc};
use compact_str::CompactString;

use super::answer::{Trouble, sentence};
use crate::adapters::failure::Failure;
use crate::adapters::logs::Logs;
use crate::adapters::metrics::Metrics;
use crate::domain::access::{Action, Actor, Verdict};
use crate::domain::commands::{Mistake, Place, ROWS_MAX, Spec, near};
use crate::domain::ids::Number;
use crate::domain::incident::{Command, Stored};
use crate::domain::messages::talk as messages;
use crate::engine::Engine;
use crate::engine::trail::{Attempt, Permit, Refused};
use crate::engine::views::{AlertView, IncidentView};

/// How far back a timeline is read: a longer one is a page's, not a post's.
const EVENTS_MAX: usize = 1000;

/// What a command may use while it runs.
#[derive(Debug, Clone)]
pub struct Desk {
    /// Everything that is known.
    pub engine: Arc<Engine>,
    /// Who asks.
    pub actor: Actor,
    /// Where.
    pub place: Place,
    /// When.
    pub now: DateTime<Utc>,
    /// What is written down about the line.
    pub asked: Asked,
}

/// A line, as the audit log knows it.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// What runs, written out.
    pub line: String,
    /// The room.
    pub room: CompactString,
    /// The incident, where it is about one.
    pub incident: Option<u64>,
    /// The number of its record, once it is written.
    pub record: Arc<OnceLock<u64>>,
}

impl Desk {
    /// The name that is written into events.
    #[must_use]
    pub fn by(&self) -> CompactString {
        self.actor.name.clone()
    }

    /// Asks something of an incident in the name of whoever typed it.
    ///
    /// # Errors
    /// When there is no such incident, it does not fit its phase, or the brain is away.
    pub async fn ask(&self, number: Number, command: Command) -> Result<IncidentView, Trouble> {
        Ok(self.engine.ask(number, self.by(), command).await?)
    }

    /// Whether whoever asks may use this command here.
    #[must_use]
    pub fn may(&self, spec: &Spec) -> Verdict {
        let resource = self.place.resource();
        let action = Action { verb: spec.name, resource, environment: "", changes: spec.changes };
        self.engine.directory().rights.may(&self.actor, &action, self.now)
    }

    /// By what whoever asks may use this command on something, somewhere.
    ///
    /// # Errors
    /// When no grant allows it: what is missing, and who may.
    pub fn allowed(
        &self,
        spec: &Spec,
        (resource, environment): (&str, &str),
    ) -> Result<String, Trouble> {
        let action = Action { verb: spec.name, resource, environment, changes: spec.changes };
        match self.engine.directory().rights.may(&self.actor, &action, self.now) {
            Verdict::Allowed { by } => Ok(by),
            Verdict::Denied { why } => Err(self.denied(&action, &why)),
        }
    }

    /// Lets whoever asks use this command on something, and writes that down before anything is done.
    /// Gives by what they may.
    ///
    /// # Errors
    /// When no grant allows it, or it cannot be written down.
    pub async fn permit(&self, spec: &Spec, about: (&str, &str)) -> Result<String, Trouble> {
        let attempt = self.attempt(spec, about);
        match self.engine.permit(&attempt).await {
            Ok(Permit { by, seq }) => {
                // A command asks once; were it to ask twice, the first record is the one.
                if let Some(seq) = seq {
                    self.asked.record.get_or_init(|| seq);
                }
                Ok(by)
            }
            Err(Refused::Denied(why)) => Err(self.denied(&attempt.action, &why)),
            Err(unwritten @ Refused::Unwritten(_)) => {
                Err(Trouble::Failed(messages::not_written(&unwritten.to_string())))
            }
        }
    }

    /// What the audit log says of a command.
    pub(super) fn attempt<'a>(
        &'a self,
        spec: &'a Spec,
        (resource, environment): (&'a str, &'a str),
    ) -> Attempt<'a> {
        Attempt {
            actor: &self.actor,
            action: Action { verb: spec.name, resource, environment, changes: spec.changes },
            line: &self.asked.line,
            place: &self.asked.room,
            incident: self.asked.incident,
        }
    }

    fn denied(&self, action: &Action<'_>, why: &str) -> Trouble {
        let holders = self.engine.directory().rights.holders(action, self.now);
        Trouble::Refused(messages::denied(why, action.verb, &holders))
    }

    /// The services that alerts name now.
    ///
    /// # Errors
    /// When the brain is away.
    pub async fn services(&self) -> Result<BTreeSet<CompactString>, Trouble> {
        let alerts = self.alerts().await?;
        Ok(alerts.iter().filter_map(|it| it.alert.labels.get("service")).cloned().collect())
    }

    /// A person of the configuration; where it names nobody, any name will do.
    ///
    /// # Errors
    /// When people are named, and this is none of them: near names are offered in this line.
    pub fn person(
        &self,
        name: &CompactString,
        line: impl Fn(&str) -> String,
    ) -> Result<CompactString, Trouble> {
        let directory = self.engine.directory();
        if directory.people.is_empty() || directory.people.contains_key(name) {
            return Ok(name.clone());
        }
        let near = near(name, directory.people.keys().map(CompactString::as_str));
        let offers = near.iter().map(|near| line(near)).collect();
        Err(Trouble::Mistaken(Mistake { text: messages::nobody(name, &near), offers }))
    }

    /// Every alert of every case in which something goes on, up to a limit.
    ///
    /// # Errors
    /// When the brain is away.
    pub async fn alerts(&self) -> Result<Vec<AlertView>, Trouble> {
        let (mut alerts, mut after) = (Vec::new(), None);
        loop {
            let page = self.engine.alerts(after).await?;
            alerts.extend(page.alerts);
            if page.next.is_none() || alerts.len() >= ROWS_MAX {
                return Ok(alerts);
            }
            after = page.next;
        }
    }

    /// What happened last to an incident, each event with its sentence, the oldest first.
    ///
    /// # Errors
    /// When there is no such incident, or the brain is away.
    pub async fn told(&self, number: Number) -> Result<Vec<(Stored, String)>, Trouble> {
        let view = self.engine.incident(number).await?;
        let count = u64::try_from(EVENTS_MAX).unwrap_or(u64::MAX);
        let from = view.events.saturating_sub(count) + 1;
        Ok(self.engine.told(number, from, EVENTS_MAX).await?)
    }

    /// The source of numbers.
    ///
    /// # Errors
    /// When none is configured.
    pub fn metrics(&self) -> Result<Arc<dyn Metrics>, Trouble> {
        let sources = self.engine.sources();
        if sources.metrics.is_empty() {
            return Err(Trouble::Failed(messages::no_metrics()));
        }
        sources.metrics(None).cloned().map_err(|why| Trouble::Failed(sentence(&why)))
    }

    /// The source of a service's log lines.
    ///
    /// # Errors
    /// When none is configured.
    pub fn logs(&self, service: &str) -> Result<Arc<dyn Logs>, Trouble> {
        let sources = self.engine.sources();
        if sources.logs.is_empty() {
            return Err(Trouble::Failed(messages::no_logs()));
        }
        sources.logs_of(service).cloned().map_err(|why| Trouble::Failed(sentence(&why)))
    }
}

/// A failure of the outside, as people read it.
pub(super) fn broken(what: &str, failure: &Failure) -> Trouble {
    Trouble::Failed(messages::broken(what, &failure.to_string()))
}
