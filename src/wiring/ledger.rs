//! What the adapters keep inside warroom, put into the brain.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use compact_str::CompactString;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::adapters::chat::console;
use crate::adapters::failure::Failure;
use crate::adapters::tickets::local;
use crate::brain::{Brain, Error};
use crate::domain::room::Entry;
use crate::domain::ticket::{Change, Opening};
use crate::engine::clock::Clock;
use crate::engine::rooms::Rooms;
use crate::engine::tickets::Tickets;

/// Rooms in the brain, for the console.
#[derive(Debug)]
pub(super) struct Ledger {
    rooms: Rooms,
    clock: Arc<dyn Clock>,
}

/// Tickets in the brain, for the local tracker.
#[derive(Debug)]
pub(super) struct Register {
    tickets: Tickets,
    clock: Arc<dyn Clock>,
}

impl Ledger {
    pub(super) fn new(brain: Arc<dyn Brain>, clock: Arc<dyn Clock>) -> Self {
        Self { rooms: Rooms::new(brain), clock }
    }
}

impl Register {
    pub(super) fn new(brain: Arc<dyn Brain>, clock: Arc<dyn Clock>) -> Self {
        Self { tickets: Tickets::new(brain), clock }
    }
}

impl console::Ledger for Ledger {
    fn append<'a>(
        &'a self,
        room: &'a str,
        entry: &'a Entry,
    ) -> BoxFuture<'a, Result<u64, Failure>> {
        async move { self.rooms.enter(room, entry).await.map_err(failure) }.boxed()
    }

    fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }
}

impl local::Register for Register {
    fn open<'a>(
        &'a self,
        marker: CompactString,
        opening: Opening,
    ) -> BoxFuture<'a, Result<u64, Failure>> {
        async move { self.tickets.open(marker, &opening).await.map_err(failure) }.boxed()
    }

    fn change<'a>(
        &'a self,
        number: u64,
        id: CompactString,
        change: Change,
    ) -> BoxFuture<'a, Result<(), Failure>> {
        async move { self.tickets.change(number, id, &change).await.map_err(failure) }.boxed()
    }

    fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }
}

/// Everything here is idempotent by its id, so that whatever may pass is tried again.
#[expect(clippy::needless_pass_by_value, reason = "it stands in map_err")]
fn failure(error: Error) -> Failure {
    let why = error.to_string();
    match error {
        Error::Invalid(_) => Failure::Refused { why },
        Error::Conflict
        | Error::Replaced
        | Error::LeaseLost
        | Error::Away(_)
        | Error::Full(_)
        | Error::Unusable(_) => Failure::Retry { why, after: None },
    }
}
