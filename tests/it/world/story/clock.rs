//! A clock that stands still until the story moves it.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::oneshot;
use warroom::engine::clock::Clock;

/// 2026-11-22, 03:00: a Sunday night.
const STORY_BEGINS: i64 = 1_795_316_400;

/// Stands still; whoever sleeps is woken when the story has moved it far enough.
#[derive(Debug, Default)]
pub(crate) struct Manual(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    uptime: Duration,
    drawn: u64,
    sleepers: BTreeMap<(Duration, u64), oneshot::Sender<()>>,
}

impl Manual {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap()
    }

    /// Moves to the next sleeper's time, or to `limit` where nobody is to be woken before it; says
    /// whether anybody was.
    pub(crate) fn step(&self, limit: Duration) -> bool {
        let mut inner = self.inner();
        inner.sleepers.retain(|_, sleeper| !sleeper.is_closed());
        let next = inner.sleepers.keys().next().map(|(due, _)| *due);
        let Some(next) = next.filter(|due| *due <= limit) else {
            inner.uptime = inner.uptime.max(limit);
            return false;
        };
        inner.uptime = inner.uptime.max(next);
        let later = inner.sleepers.split_off(&(next, u64::MAX));
        for (_, sleeper) in std::mem::replace(&mut inner.sleepers, later) {
            // A sleeper that is gone needs no call.
            let _sent = sleeper.send(());
        }
        true
    }
}

impl Clock for Manual {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(STORY_BEGINS, 0).unwrap() + self.uptime()
    }

    fn uptime(&self) -> Duration {
        self.inner().uptime
    }

    fn sleep(&self, wait: Duration) -> BoxFuture<'static, ()> {
        let mut inner = self.inner();
        let (send, woken) = oneshot::channel();
        inner.drawn += 1;
        let due = inner.uptime + wait.max(Duration::from_millis(1));
        let key = (due, inner.drawn);
        inner.sleepers.insert(key, send);
        woken.map(|_| ()).boxed()
    }

    fn random(&self) -> u128 {
        let mut inner = self.inner();
        inner.drawn += 1;
        // splitmix64, twice: the same story draws the same numbers.
        let mut mixed = 0;
        for round in 0..2 {
            let mut z = (inner.drawn * 2 + round).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed = (mixed << 64) | u128::from(z ^ (z >> 31));
        }
        mixed
    }
}
