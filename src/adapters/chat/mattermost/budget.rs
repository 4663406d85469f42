//! How often we may call. It refuses to wait itself: what does not fit is told how long to wait.

use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock, QuantaInstant, Reference as _};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

/// Calls a second, and at once. A server that limits takes 10 and 100 unless it is told otherwise:
/// <https://docs.mattermost.com/administration-guide/configure/rate-limiting-configuration-settings.html>.
const ALL: (u32, u32) = (10, 80);
/// The same of edits, so that they never take what first posts need.
const EDITS: (u32, u32) = (4, 20);

/// What a call does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    /// It asks, or changes something that nobody waits for less.
    First,
    /// It changes what is shown already.
    Edit,
}

/// The budget of one server.
#[derive(Debug)]
pub(super) struct Budget {
    clock: DefaultClock,
    all: DefaultDirectRateLimiter,
    edits: DefaultDirectRateLimiter,
    /// The server asked us to rest, until then.
    paused: Mutex<Option<QuantaInstant>>,
}

impl Default for Budget {
    fn default() -> Self {
        let clock = DefaultClock::default();
        let (all, edits) = (RateLimiter::direct(quota(ALL)), RateLimiter::direct(quota(EDITS)));
        Self { clock, all, edits, paused: Mutex::default() }
    }
}

impl Budget {
    /// One call, or how long it has to wait.
    pub(super) fn take(&self, lane: Lane) -> Result<(), Duration> {
        let now = self.clock.now();
        let paused = *self.paused.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(until) = paused.filter(|until| *until > now) {
            return Err(Duration::from(until.duration_since(now)));
        }
        if lane == Lane::Edit {
            self.edits.check().map_err(|not_until| not_until.wait_time_from(now))?;
        }
        self.all.check().map_err(|not_until| not_until.wait_time_from(now))
    }

    /// Everything rests: the server said so.
    pub(super) fn pause(&self, after: Duration) {
        let until = self.clock.now() + after.into();
        *self.paused.lock().unwrap_or_else(PoisonError::into_inner) = Some(until);
    }
}

/// So many a second, some of them at once.
fn quota((most, burst): (u32, u32)) -> Quota {
    let some = |count| NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN);
    Quota::per_second(some(most)).allow_burst(some(burst))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_leave_room_for_first_posts() {
        let budget = Budget::default();
        let edits = (0..200).take_while(|_| budget.take(Lane::Edit).is_ok()).count();
        assert!((20..25).contains(&edits), "{edits}");
        assert_eq!(budget.take(Lane::First), Ok(()));
        let posts = (0..200).take_while(|_| budget.take(Lane::First).is_ok()).count();
        assert!((55..65).contains(&posts), "{posts}");
    }

    #[test]
    fn a_pause_holds_everything() {
        let budget = Budget::default();
        budget.pause(Duration::from_secs(30));
        let left = budget.take(Lane::First).unwrap_err();
        assert!(left > Duration::from_secs(28) && left <= Duration::from_secs(30));
    }
}
