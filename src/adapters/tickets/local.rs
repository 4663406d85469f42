//! Tickets that warroom keeps itself, for a team without a tracker.

use std::fmt;

use chrono::{DateTime, Utc};
use compact_str::{CompactString, format_compact};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};

use super::{Seen, Tracker, Wanted};
use crate::adapters::failure::Failure;
use crate::domain::ids::EffectId;
use crate::domain::incident::Receipt;
use crate::domain::ticket::{Change, Opening, Status, number_of, ticket_id};

/// Where tickets are kept.
pub trait Register: Send + Sync + fmt::Debug {
    /// Opens a ticket, once for each marker; gives its number.
    fn open<'a>(
        &'a self,
        marker: CompactString,
        opening: Opening,
    ) -> BoxFuture<'a, Result<u64, Failure>>;

    /// Writes down what became of a ticket, once for each id.
    fn change<'a>(
        &'a self,
        number: u64,
        id: CompactString,
        change: Change,
    ) -> BoxFuture<'a, Result<(), Failure>>;

    /// The time that a change carries.
    fn now(&self) -> DateTime<Utc>;
}

/// The tracker.
#[derive(Debug)]
pub struct Local<R> {
    register: R,
}

impl<R: Register> Local<R> {
    /// Tickets that are kept there.
    pub fn new(register: R) -> Self {
        Self { register }
    }

    async fn change(
        &self,
        id: EffectId,
        ticket: &CompactString,
        text: &str,
        status: Option<Status>,
    ) -> Result<Receipt, Failure> {
        // Older versions kept no tickets, only names for them: there is nothing to change.
        if let Some(number) = number_of(ticket) {
            let (text, by) = (text.to_owned(), None);
            let change = Change { at: self.register.now(), by, text, status };
            let id = format_compact!("{id}");
            self.register.change(number, id, change).await?;
        }
        Ok(Receipt { id: ticket.clone(), at: None })
    }
}

impl<R: Register> Tracker for Local<R> {
    fn open<'a>(&'a self, wanted: Wanted<'a>) -> BoxFuture<'a, Result<Receipt, Failure>> {
        async move {
            let opening = Opening {
                incident: wanted.number.0,
                title: wanted.title.to_owned(),
                body: wanted.body.to_owned(),
                labels: wanted.labels.to_vec(),
                at: self.register.now(),
            };
            let marker = format_compact!("{}", wanted.id);
            let number = self.register.open(marker, opening).await?;
            Ok(Receipt { id: ticket_id(number), at: None })
        }
        .boxed()
    }

    fn comment<'a>(
        &'a self,
        id: EffectId,
        ticket: &'a CompactString,
        text: &'a str,
    ) -> BoxFuture<'a, Result<Receipt, Failure>> {
        self.change(id, ticket, text, None).boxed()
    }

    fn close<'a>(
        &'a self,
        id: EffectId,
        ticket: &'a CompactString,
        comment: &'a str,
    ) -> BoxFuture<'a, Result<Receipt, Failure>> {
        self.change(id, ticket, comment, Some(Status::Closed)).boxed()
    }

    fn reopen<'a>(
        &'a self,
        id: EffectId,
        ticket: &'a CompactString,
        comment: &'a str,
    ) -> BoxFuture<'a, Result<Receipt, Failure>> {
        self.change(id, ticket, comment, Some(Status::Open)).boxed()
    }

    fn look<'a>(&'a self, ticket: &'a str) -> BoxFuture<'a, Result<Seen, Failure>> {
        let why = format!("{ticket} is kept here, and shown by its own page");
        ready(Err(Failure::Refused { why })).boxed()
    }

    fn about(&self) -> BoxFuture<'_, Result<String, Failure>> {
        ready(Ok("is kept in the brain".to_owned())).boxed()
    }
}
