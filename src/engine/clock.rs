//! The one place that reads a clock, waits, or draws a random number.
//!
//! Everything else is handed a [`Clock`]; the simulator hands out one of its own.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;

/// Time and chance.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The wall clock: what is stored and shown.
    fn now(&self) -> DateTime<Utc>;

    /// The time since some fixed moment of this process: never goes back, jumps with no wall clock.
    fn uptime(&self) -> Duration;

    /// Waits.
    fn sleep(&self, wait: Duration) -> BoxFuture<'static, ()>;

    /// Sixteen random bytes, as a number.
    fn random(&self) -> u128;
}

/// The machine's own.
#[derive(Debug)]
pub struct System {
    started: tokio::time::Instant,
}

impl Default for System {
    fn default() -> Self {
        Self { started: tokio::time::Instant::now() }
    }
}

impl Clock for System {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    fn uptime(&self) -> Duration {
        self.started.elapsed()
    }

    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn sleep(&self, wait: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(wait))
    }

    fn random(&self) -> u128 {
        let mut bytes = [0; 16];
        // Without randomness ids could collide; a collision is a conflict in the brain, never a
        // mix-up, and the time alone makes a second try succeed.
        if getrandom::fill(&mut bytes).is_err() {
            return u128::from(self.now().timestamp_nanos_opt().unwrap_or_default().unsigned_abs());
        }
        u128::from_be_bytes(bytes)
    }
}

/// The machine's wall clock, for adapters that date what they sign.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the clock")]
pub fn wall() -> DateTime<Utc> {
    Utc::now()
}

/// Thirty-two bytes that nobody can guess, for session ids and one-time codes. None: the machine has
/// no randomness now, and nothing may be opened with less.
#[must_use]
pub fn unguessable() -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).is_ok().then_some(bytes)
}
