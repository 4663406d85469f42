//! Ways to wake a person, and what people answer by the same way.
//!
//! A pager is one file here, and lines in the list below. It refuses to know who is on call, who a
//! telephone number belongs to, and what an answer changes.

pub mod canary;
pub mod email;
pub mod log;
pub mod ntfy;
pub mod pagerduty;
pub mod reply;
pub mod twilio;
pub mod webhook;

use std::fmt;

use chrono::{DateTime, Utc};
use compact_str::CompactString;
use futures_util::future::{BoxFuture, ready};
use serde::Serialize;
use url::Url;

use super::failure::Failure;
use crate::domain::ids::{EffectId, Number};
use crate::domain::incident::Receipt;

/// Whether somebody is to be woken, or may sleep again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// Wake them.
    Page,
    /// Somebody has taken it: nobody else need get up.
    Taken,
    /// It is over.
    Stop,
}

/// One page.
#[derive(Debug, Clone)]
pub struct Page<'a> {
    /// The idempotency key.
    pub id: EffectId,
    /// Above 1: an earlier try may have reached them.
    pub attempt: u32,
    /// Wake, or let sleep.
    pub call: Call,
    /// The incident.
    pub number: Number,
    /// The escalation policy.
    pub policy: &'a str,
    /// Which step of it, from 1; 0 for all of them.
    pub step: u16,
    /// How bad.
    pub severity: &'a str,
    /// What, where, since when, and how to answer; the first line says what.
    pub text: &'a str,
    /// Whom it wakes. None: whoever stands behind the pager, which knows itself who is on call.
    pub to: Option<To<'a>>,
    /// Where to look and how to answer. None: this server has no address that people reach.
    pub links: Option<&'a Links>,
    /// The graph that shows it, as PNG, where there is one yet.
    pub picture: Option<&'a [u8]>,
}

/// Somebody, as one pager reaches them.
#[derive(Debug, Clone, Copy)]
pub struct To<'a> {
    /// Their name in the configuration.
    pub person: &'a str,
    /// Their mail address, telephone number or topic.
    pub address: &'a str,
}

/// Addresses on this server that a page carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Links {
    /// The incident in the console.
    pub incident: Url,
    /// Acknowledges in the name of the one who was paged: signed, for them and this incident alone,
    /// and with an end. Whoever opens it must still press a button, because mail programs open links.
    pub acknowledge: Option<Url>,
}

/// Something that came back from a pager, as it came.
pub struct Heard<'a> {
    /// The address that the sender asked, whole: some sign it.
    pub url: &'a str,
    /// The value of a header, by its lower-case name.
    pub header: &'a dyn Fn(&str) -> Option<&'a str>,
    /// The body, before anything was made of it.
    pub body: &'a [u8],
    /// When it came.
    pub now: DateTime<Utc>,
}

/// What somebody answers to a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Who, as this pager knows them: a telephone number, a user's id. Who that is, others know.
    pub from: CompactString,
    /// The same for the same answer, however often it is delivered.
    pub key: CompactString,
    /// What they want. None: it was not understood.
    pub ask: Option<Ask>,
}

/// What an answer asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ask {
    /// What is to be done.
    pub verb: Verb,
    /// The incident.
    pub number: Number,
}

/// What people may ask for by a pager.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// I take it.
    Acknowledge,
    /// It is over.
    Resolve,
    /// Wake the next one.
    Escalate,
}

/// Why nothing was heard.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Deaf {
    /// Nothing comes back by this way, or nothing is configured to prove it.
    #[error("{0}")]
    Mute(&'static str),
    /// It does not prove who sent it.
    #[error("{0}")]
    Forged(&'static str),
    /// It is proven, and cannot be read.
    #[error("{0}")]
    Unreadable(String),
}

/// One way to wake a person.
pub trait Pager: Send + Sync + fmt::Debug {
    /// Wakes somebody, or lets them sleep again.
    fn page<'a>(&'a self, page: Page<'a>) -> BoxFuture<'a, Result<Receipt, Failure>>;

    /// Asks whether it is there and knows us, without waking anybody; in words for an operator.
    fn about(&self) -> BoxFuture<'_, Result<String, Failure>> {
        Box::pin(ready(Ok("takes pages".to_owned())))
    }

    /// Reads what came back by this way, after its sender has proven itself.
    ///
    /// # Errors
    /// Why nothing was heard.
    fn hear(&self, _heard: &Heard<'_>) -> Result<Vec<Reply>, Deaf> {
        Err(Deaf::Mute("nothing comes back by this pager"))
    }

    /// What the sender of an answer is told, as it wants it: the content type and the body.
    fn answer(&self, text: &str) -> (&'static str, String) {
        ("text/plain; charset=utf-8", format!("{text}\n"))
    }
}
