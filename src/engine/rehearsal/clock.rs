//! A clock that stands still until nothing can run, and then jumps to whatever is due first.
//!
//! It refuses to look at the machine's clock, and to guess: chance is a sequence from a fixed seed.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;

use crate::engine::clock::Clock;

/// Who waits for the same instant wakes in the order of these; the director comes last.
const LAST: u64 = u64::MAX;

/// A clock for one rehearsal.
#[derive(Debug, Clone)]
pub(super) struct Virtual {
    start: DateTime<Utc>,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    elapsed: Duration,
    /// Who waits for what time. One wakes at a time, so that what follows from it comes before the
    /// next, in every rehearsal alike.
    waiting: BTreeMap<(Duration, u64), Waker>,
    places: u64,
    chance: u64,
    /// Whether somebody directs: only then does time move.
    is_running: bool,
}

impl Virtual {
    pub(super) fn new(start: DateTime<Utc>) -> Self {
        Self { start, inner: Arc::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long this instant lies behind the start; zero for one before it.
    pub(super) fn since_start(&self, at: DateTime<Utc>) -> Duration {
        (at - self.start).to_std().unwrap_or_default()
    }

    /// Nothing can run: time moves on to the first who waits, and wakes them.
    pub(super) fn is_idle(&self) {
        let mut inner = self.lock();
        if !inner.is_running {
            return;
        }
        let Some(((due, _), waker)) = inner.waiting.pop_first() else { return };
        inner.elapsed = inner.elapsed.max(due);
        drop(inner);
        waker.wake();
    }

    /// Time may move from now on, or no more.
    pub(super) fn run(&self, is_running: bool) {
        self.lock().is_running = is_running;
    }

    /// Waits until an instant, behind all others who wait for it.
    pub(super) fn until(&self, elapsed: Duration) -> impl Future<Output = ()> + Send + 'static {
        Sleep { clock: self.clone(), until: elapsed, place: Some(LAST) }
    }
}

impl Clock for Virtual {
    fn now(&self) -> DateTime<Utc> {
        self.start + TimeDelta::from_std(self.uptime()).unwrap_or(TimeDelta::MAX)
    }

    fn uptime(&self) -> Duration {
        self.lock().elapsed
    }

    fn sleep(&self, wait: Duration) -> BoxFuture<'static, ()> {
        let until = self.uptime().saturating_add(wait);
        Box::pin(Sleep { clock: self.clone(), until, place: None })
    }

    fn random(&self) -> u128 {
        let mut inner = self.lock();
        let mut half = || {
            inner.chance = inner.chance.wrapping_add(0x9e37_79b9_7f4a_7c15);
            u128::from(mixed(inner.chance))
        };
        half() << 64 | half()
    }
}

/// `SplitMix64`: <https://prng.di.unimi.it/splitmix64.c>
fn mixed(state: u64) -> u64 {
    let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Somebody who waits. The place is taken at the first look, since many are never waited for.
struct Sleep {
    clock: Virtual,
    until: Duration,
    place: Option<u64>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let clock = self.clock.clone();
        let mut inner = clock.lock();
        if inner.elapsed >= self.until {
            return Poll::Ready(());
        }
        let place = self.place.unwrap_or_else(|| {
            inner.places += 1;
            inner.places
        });
        self.place = Some(place);
        inner.waiting.insert((self.until, place), context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            self.clock.lock().waiting.remove(&(self.until, place));
        }
    }
}
