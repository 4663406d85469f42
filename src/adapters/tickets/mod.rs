//! Ticket trackers.
//!
//! A tracker is one file here, and lines in the list below.

pub mod local;
pub mod recipe;

use std::fmt;

use compact_str::CompactString;
use futures_util::future::BoxFuture;

use super::failure::Failure;
use crate::domain::ids::{EffectId, Number};
use crate::domain::incident::Receipt;

/// The ticket that an incident wants.
#[derive(Debug, Clone)]
pub struct Wanted<'a> {
    /// The idempotency key, and the marker that the ticket carries.
    pub id: EffectId,
    /// Above 1: an earlier try may have made it: look for the marker first.
    pub attempt: u32,
    /// The incident.
    pub number: Number,
    /// One line.
    pub title: &'a str,
    /// The rest.
    pub body: &'a str,
    /// Labels or components.
    pub labels: &'a [String],
}

/// A ticket as it stands in its tracker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// What it is called there now.
    pub title: String,
    /// The tracker's own word for how it stands.
    pub status: String,
    /// Whether somebody must do something yet.
    pub is_open: bool,
    /// Where people read it.
    pub page: Option<String>,
}

/// One tracker.
pub trait Tracker: Send + Sync + fmt::Debug {
    /// Opens a ticket: the receipt is its id.
    fn open<'a>(&'a self, wanted: Wanted<'a>) -> BoxFuture<'a, Result<Receipt, Failure>>;

    /// Says something about it, once for each `id`.
    fn comment<'a>(
        &'a self,
        id: EffectId,
        ticket: &'a CompactString,
        text: &'a str,
    ) -> BoxFuture<'a, Result<Receipt, Failure>>;

    /// Closes it with a last comment; `id` is the comment's idempotency key.
    fn close<'a>(
        &'a self,
        id: EffectId,
        ticket: &'a CompactString,
        comment: &'a str,
    ) -> BoxFuture<'a, Result<Receipt, Failure>>;

    /// Opens it again; `id` as above.
    fn reopen<'a>(
        &'a self,
        id: EffectId,
        ticket: &'a CompactString,
        comment: &'a str,
    ) -> BoxFuture<'a, Result<Receipt, Failure>>;

    /// How it stands there now.
    fn look<'a>(&'a self, ticket: &'a str) -> BoxFuture<'a, Result<Seen, Failure>>;

    /// Asks whether the tracker is there and knows us; in words for an operator.
    fn about(&self) -> BoxFuture<'_, Result<String, Failure>>;
}
