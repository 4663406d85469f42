//! The clock of a node: paused time, the node's own skew, chance from the seed.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use warroom::engine::clock::Clock;

use crate::world::{Life, Shared};

/// The moment at which every run begins.
pub(crate) fn dawn() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

/// Waits in paused time: takes no real time.
#[expect(clippy::disallowed_methods, reason = "the simulator's time is tokio's paused time")]
pub(crate) async fn sleep(wait: Duration) {
    tokio::time::sleep(wait).await;
}

/// The simulated machine's own.
#[derive(Debug, Clone)]
pub(crate) struct SimClock {
    pub(crate) world: Shared,
    pub(crate) life: Arc<Life>,
}

impl Clock for SimClock {
    fn now(&self) -> DateTime<Utc> {
        let skew = TimeDelta::milliseconds(self.life.skew_ms());
        self.world.time() + skew
    }

    fn uptime(&self) -> Duration {
        self.world.elapsed()
    }

    fn sleep(&self, wait: Duration) -> BoxFuture<'static, ()> {
        let life = self.life.clone();
        Box::pin(async move {
            sleep(wait).await;
            life.pass().await;
        })
    }

    fn random(&self) -> u128 {
        self.world.lock().ids.wide()
    }
}
