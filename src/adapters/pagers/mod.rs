//! Ways to wake a person.
//!
//! A pager is one file here, and lines in the list below.

pub mod canary;
pub mod log;
pub mod webhook;

use std::fmt;

use futures_util::future::BoxFuture;
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

/// One way to wake a person.
pub trait Pager: Send + Sync + fmt::Debug {
    /// Wakes somebody, or lets them sleep again.
    fn page<'a>(&'a self, page: Page<'a>) -> BoxFuture<'a, Result<Receipt, Failure>>;
}
