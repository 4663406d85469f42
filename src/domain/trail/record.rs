//! What one record says.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::domain::access::Actor;

/// One record. Stored names never change meaning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Who: a name of the configuration, `operator`, a rule, or `warroom` itself.
    pub who: CompactString,
    /// Whether the configuration knows them by that name.
    #[serde(default)]
    pub known: bool,
    /// How they came in, which is how sure it is that it is they: `local`, `token`, `console`,
    /// `chat`, `pager`, `rule`, `file`; a sign-in adds its way, such as `console/oidc`.
    pub via: CompactString,
    /// Where: a room, an address.
    #[serde(default, skip_serializing_if = "CompactString::is_empty")]
    pub place: CompactString,
    /// What: `ack`, `run`, `sign-in`, `reload`.
    pub verb: CompactString,
    /// What it is about, as rights name it: a service, a runbook.
    #[serde(default, skip_serializing_if = "CompactString::is_empty")]
    pub resource: CompactString,
    /// Everything that was asked for, written out, with secrets masked.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub line: String,
    /// Whether it might go on.
    pub verdict: Verdict,
    /// The line of the configuration that says so, or the reason.
    pub by: String,
    /// The incident, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incident: Option<u64>,
    /// The record of the action whose outcome this is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<u64>,
    /// A name of the request, where it may come again by itself: it is written once.
    #[serde(default, skip_serializing_if = "CompactString::is_empty")]
    pub key: CompactString,
}

/// Whether something might go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It might.
    Allowed,
    /// It might not; nothing was changed.
    Refused,
    /// It might, and did not work: said of an outcome only.
    Failed,
}

impl Verdict {
    /// The stored word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

impl Record {
    /// A record of what somebody wants, allowed by nobody yet.
    #[must_use]
    pub fn of(actor: &Actor, verb: &str) -> Self {
        let via = actor.via.word();
        Self { who: actor.name.clone(), known: actor.is_known, ..Self::by_itself(via, verb) }
    }

    /// A record of what no person asked for: a rule, a changed file.
    #[must_use]
    pub fn by_itself(via: &str, verb: &str) -> Self {
        Self {
            who: "warroom".into(),
            known: false,
            via: via.into(),
            place: CompactString::default(),
            verb: verb.into(),
            resource: CompactString::default(),
            line: String::new(),
            verdict: Verdict::Refused,
            by: String::new(),
            incident: None,
            of: None,
            key: CompactString::default(),
        }
    }
}
