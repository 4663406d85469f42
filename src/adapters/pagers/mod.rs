//! Ways to wake a person.
//!
//! A pager is one file here, and lines in the list below.

pub mod log;
pub mod webhook;

use std::fmt;

use futures_util::future::BoxFuture;
use serde::Serialize;

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
    /// What, where, since when, and how to answer.
    pub text: &'a str,
}

/// One way to wake a person.
pub trait Pager: Send + Sync + fmt::Debug {
    /// Wakes somebody, or lets them sleep again.
    fn page<'a>(&'a self, page: Page<'a>) -> BoxFuture<'a, Result<Receipt, Failure>>;
}
