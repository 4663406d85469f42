//! Tickets that live in warroom itself: the incident's timeline is the ticket.

use compact_str::{CompactString, format_compact};
use futures_util::future::BoxFuture;

use super::{Tracker, Wanted};
use crate::adapters::failure::Failure;
use crate::domain::incident::Receipt;

/// The local register. It keeps nothing: a ticket's id carries its incident's number.
#[derive(Debug, Default)]
pub struct Local;

fn done(id: CompactString) -> BoxFuture<'static, Result<Receipt, Failure>> {
    Box::pin(async move { Ok(Receipt { id, at: None }) })
}

impl Tracker for Local {
    fn open<'a>(&'a self, wanted: Wanted<'a>) -> BoxFuture<'a, Result<Receipt, Failure>> {
        tracing::info!(number = %wanted.number, title = wanted.title, "the ticket is open");
        done(format_compact!("LOCAL-{}", wanted.number))
    }

    fn close<'a>(
        &'a self,
        ticket: &'a CompactString,
        comment: &'a str,
    ) -> BoxFuture<'a, Result<Receipt, Failure>> {
        tracing::info!(%ticket, comment, "the ticket is closed");
        done(ticket.clone())
    }

    fn reopen<'a>(
        &'a self,
        ticket: &'a CompactString,
        comment: &'a str,
    ) -> BoxFuture<'a, Result<Receipt, Failure>> {
        tracing::info!(%ticket, comment, "the ticket is open again");
        done(ticket.clone())
    }
}
