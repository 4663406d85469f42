//! Whether somebody may do something, written down before it happens.

use compact_str::CompactString;

use super::Trail;
use crate::brain::Error;
use crate::domain::access::{Action, Actor, Verdict};
use crate::domain::trail::{self, Record};
use crate::engine::Engine;

/// What stops automation: it is done even where nothing can be written down, and its record follows.
const BRAKES: [&str; 1] = ["halt"];

/// Something that somebody wants to do.
#[derive(Debug, Clone)]
pub struct Attempt<'a> {
    /// Who.
    pub actor: &'a Actor,
    /// What, and about what.
    pub action: Action<'a>,
    /// All of it, written out.
    pub line: &'a str,
    /// Where: a room, an address.
    pub place: &'a str,
    /// The incident, where there is one.
    pub incident: Option<u64>,
}

/// Leave to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit {
    /// The line of the configuration that allows it, or the reason.
    pub by: String,
    /// The number of its record; none: what only reads has none.
    pub seq: Option<u64>,
}

/// Why somebody may not go on. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// No grant allows it, or one forbids it. That is written down.
    #[error("{0}")]
    Denied(String),
    /// They might, and it could not be written down.
    #[error("it cannot be written into the audit log: {0}")]
    Unwritten(Error),
}

impl Attempt<'_> {
    fn record(&self, verdict: trail::Verdict, by: &str) -> Record {
        Record {
            place: CompactString::from(self.place),
            resource: self.action.resource.into(),
            line: self.line.to_owned(),
            verdict,
            by: by.to_owned(),
            incident: self.incident,
            ..Record::of(self.actor, self.action.verb)
        }
    }
}

impl Engine {
    /// The audit log.
    #[must_use]
    pub fn trail(&self) -> &Trail {
        &self.trail
    }

    /// Decides whether somebody may do something now, and writes it down: everything that changes
    /// something, and every refusal.
    ///
    /// # Errors
    /// When they may not, or it cannot be written down.
    pub async fn permit(&self, attempt: &Attempt<'_>) -> Result<Permit, Refused> {
        let verdict = self.may(attempt.actor, &attempt.action);
        self.note(attempt, verdict).await
    }

    /// As [`Engine::permit`], where somebody else has decided.
    ///
    /// # Errors
    /// When they may not, or it cannot be written down.
    pub async fn note(&self, attempt: &Attempt<'_>, verdict: Verdict) -> Result<Permit, Refused> {
        match verdict {
            Verdict::Denied { why } => {
                let record = attempt.record(trail::Verdict::Refused, &why);
                self.trail.write_or_hold(record).await;
                Err(Refused::Denied(why))
            }
            Verdict::Allowed { by } if !attempt.action.changes => Ok(Permit { by, seq: None }),
            Verdict::Allowed { by } => {
                let record = attempt.record(trail::Verdict::Allowed, &by);
                if BRAKES.contains(&attempt.action.verb) {
                    let seq = self.trail.write_or_hold(record).await;
                    return Ok(Permit { by, seq });
                }
                let seq = self.trail.write(record).await.map_err(Refused::Unwritten)?;
                Ok(Permit { by, seq: Some(seq) })
            }
        }
    }

    /// Writes down that something which was allowed did not happen after all.
    pub async fn note_outcome(
        &self,
        attempt: &Attempt<'_>,
        of: u64,
        (verdict, why): (trail::Verdict, &str),
    ) {
        let line = String::new();
        let record = Record { line, of: Some(of), ..attempt.record(verdict, why) };
        self.trail.write_or_hold(record).await;
    }
}
