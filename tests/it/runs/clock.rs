//! A clock that a test moves: the machine's own, and so much later.

use std::sync::Mutex;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use warroom::engine::clock::{Clock, System};

/// The machine's clock, ahead of itself.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    own: System,
    by: Mutex<TimeDelta>,
}

impl Ahead {
    /// Lets time pass.
    pub(super) fn pass(&self, length: TimeDelta) {
        *self.by.lock().unwrap() += length;
    }
}

impl Clock for Ahead {
    fn now(&self) -> DateTime<Utc> {
        self.own.now() + *self.by.lock().unwrap()
    }

    fn uptime(&self) -> Duration {
        self.own.uptime()
    }

    fn sleep(&self, wait: Duration) -> BoxFuture<'static, ()> {
        self.own.sleep(wait)
    }

    fn random(&self) -> u128 {
        self.own.random()
    }
}
