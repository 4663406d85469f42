//! The engine's one view of everything outside: it hands over an effect and hears how it ended.
//!
//! `wiring` gives it the real adapters, the simulator its own world. It refuses to say how.

use std::fmt;
use std::time::Duration;

use compact_str::CompactString;
use futures_util::future::{BoxFuture, ready};

pub use crate::adapters::failure::Failure;
pub use crate::adapters::tickets::Seen;
use crate::domain::ids::EffectId;
use crate::domain::incident::{Effect, Receipt};

/// One try of an effect.
#[derive(Debug, Clone)]
pub struct Order {
    /// The idempotency key.
    pub id: EffectId,
    /// What to do.
    pub effect: Effect,
    /// Above 1: an earlier try may have acted. Class B looks for its marker first.
    pub attempt: u32,
}

/// Everything outside.
pub trait Outside: Send + Sync + fmt::Debug {
    /// Carries one effect out. Must answer within [`CALL_MAX`], or is cut off.
    fn perform(&self, order: Order) -> BoxFuture<'_, Result<Receipt, Failure>>;

    /// How a ticket of a tracker outside stands now; it changes nothing.
    fn look<'a>(&'a self, ticket: &'a str) -> BoxFuture<'a, Result<Seen, Failure>> {
        let why = format!("nothing outside is asked about {ticket} here");
        Box::pin(ready(Err(Failure::Refused { why })))
    }

    /// Says something about a ticket, once for each `id`.
    fn comment<'a>(
        &'a self,
        _id: EffectId,
        ticket: &'a CompactString,
        _text: &'a str,
    ) -> BoxFuture<'a, Result<Receipt, Failure>> {
        let why = format!("nothing is said about {ticket} here");
        Box::pin(ready(Err(Failure::Refused { why })))
    }
}

/// The longest that one call may take: longer than any sane API, shorter than patience.
pub const CALL_MAX: Duration = Duration::from_secs(30);
