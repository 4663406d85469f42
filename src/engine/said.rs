//! What people asked for, kept in the journal of the node that took it: a shared brain that forgets
//! is asked again.
//!
//! It is written after the brain has it and before the person is answered. It refuses to repeat what
//! the brain still shows: each part looks for its own trace first.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::Engine;
use super::handle::Job;
use super::queries::rows_of;
use crate::brain::{At, Error, Kind, Rows};
use crate::domain::ids::{CaseId, GroupKey};
use crate::domain::incident::{Cause, Command, Event, Head, Input, Reason};
use crate::domain::noise::silence::Silence;

/// How far back a timeline is searched for the trace of a command: far more than happens to an
/// incident between a command and a rollback.
const EVENTS_MAX: u64 = 1000;

/// Something that a person asked for and got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "said", rename_all = "snake_case")]
pub enum Said {
    /// Something was asked of an incident. The group finds it when the brain has forgotten the case,
    /// and its alerts have begun another.
    Asked { case: CaseId, group: GroupKey, by: CompactString, command: Command },
    /// A silence was made, changed or ended: this is how it is now.
    Silenced { silence: Silence },
}

impl Engine {
    /// Keeps a command that an incident has carried out at this time or later.
    pub(super) async fn keep_asked(
        &self,
        at: DateTime<Utc>,
        (case, head): (CaseId, &Head),
        asked: (CompactString, Command),
        reasons: &[(Option<crate::domain::ids::Fingerprint>, Reason)],
    ) {
        if reasons.iter().any(|(_, reason)| *reason == Reason::Applied) {
            let (by, command) = asked;
            let group = head.group.clone();
            self.keep_said(at, Said::Asked { case, group, by, command }).await;
        }
    }

    /// Keeps what somebody said at this time, where the brain may forget it.
    pub(super) async fn keep_said(&self, at: DateTime<Utc>, said: Said) {
        let Some(journal) = self.journal.as_ref().filter(|_| self.options.is_shared) else {
            return;
        };
        match journal.append_said(at, &said).await {
            Ok(sequence) => journal.applied(sequence),
            Err(error) => {
                // The brain has it, so that it was done; only its forgetting would lose it.
                tracing::warn!(%error, "a command stands in the brain only");
            }
        }
    }

    /// Gives the brain what somebody said at this time, unless it has it.
    pub(super) async fn say_again(
        self: &Arc<Self>,
        at: DateTime<Utc>,
        said: Said,
    ) -> Result<(), Error> {
        match said {
            Said::Silenced { silence } => self.silence_again(&silence).await,
            Said::Asked { case, group, by, command } => {
                self.ask_again(at, [At::Case(case), At::Group(group)], (by, command)).await
            }
        }
    }

    async fn ask_again(
        self: &Arc<Self>,
        at: DateTime<Utc>,
        places: [At; 2],
        (by, command): (CompactString, Command),
    ) -> Result<(), Error> {
        let questions = places.map(|place| (place, Rows::Some(Vec::new()))).into();
        let found = self.brain.load(questions).await?.into_iter().flatten().next();
        let Some(loaded) = found else { return Ok(()) };
        let (case, version) = (loaded.case, loaded.incident.head.version);
        let from = version.saturating_sub(EVENTS_MAX) + 1;
        let max = usize::try_from(EVENTS_MAX).unwrap_or(usize::MAX);
        let events = self.brain.events(case, from, max).await?;
        if events.iter().any(|stored| stored.at >= at && shows(&stored.event, &by, &command)) {
            return Ok(());
        }
        let rows = rows_of(&command, case);
        self.handle(Job::on(case, rows, Input::Asked { by, command })).await.map(|_| ())
    }

    async fn silence_again(&self, silence: &Silence) -> Result<(), Error> {
        let documents = self.brain.documents(Kind::Silence).await?;
        let known = documents.into_iter().find(|document| document.id == silence.id);
        let version = known.as_ref().map_or(0, |document| document.version);
        let known = known.and_then(|it| serde_json::from_value::<Silence>(it.body).ok());
        if known.is_some_and(|known| known.updated_at >= silence.updated_at) {
            return Ok(());
        }
        let body = serde_json::to_value(silence)
            .map_err(|error| Error::Invalid(format!("silence {}: {error}", silence.id)))?;
        match self.brain.put(Kind::Silence, silence.id.clone(), version, Some(body)).await {
            // Another node that replays the same was quicker, or somebody changes it right now.
            Ok(_) | Err(Error::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// Whether a fact is what this command came to.
fn shows(event: &Event, by: &CompactString, command: &Command) -> bool {
    match (command, event) {
        (Command::Acknowledge, Event::IncidentAcknowledged { by: who }) => who == by,
        (Command::Resolve, Event::IncidentResolved { cause: Cause::Person { by: who } }) => {
            who == by
        }
        (Command::Lead { lead }, Event::LeadChanged { lead: now, by: who }) => {
            lead == now && who == by
        }
        (Command::Note { text, .. }, Event::NoteAdded { by: who, text: said }) => {
            text == said && who == by
        }
        (Command::SetSeverity { severity }, Event::SeverityChanged { severity: now, by: who }) => {
            severity == now && who == by
        }
        (Command::Merge { into }, Event::IncidentMerged { into: other }) => into == other,
        _ => false,
    }
}
