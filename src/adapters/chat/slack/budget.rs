//! How often we may call: per method, and per room for posts.
//!
//! The tiers are Slack's (<https://docs.slack.dev/apis/web-api/rate-limits/>). A bucket holds less than
//! half of a minute's calls and fills slowly enough that no minute ever sees more than its tier. What
//! does not fit is told how long to wait; it refuses to wait itself.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock, QuantaInstant, Reference as _};
use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter};

/// Posts in one room: one a second, with short bursts.
const ROOM: (u32, u32) = (60, 4);
/// Posts in the whole workspace: Slack names no figure but "several hundred a minute".
const WORKSPACE: (u32, u32) = (200, 20);
/// What is remembered of rooms is tidied when so many are known.
const ROOMS_KEPT: usize = 1_000;

/// Calls a minute of each method that we use; what is not here is of the fourth tier.
const TIERS: [(&str, u32); 15] = [
    ("conversations.create", 20),
    ("conversations.archive", 20),
    ("conversations.unarchive", 20),
    ("conversations.setTopic", 20),
    ("conversations.setPurpose", 20),
    ("conversations.list", 20),
    ("conversations.rename", 20),
    ("pins.add", 20),
    ("auth.test", 100),
    ("conversations.invite", 50),
    ("conversations.history", 50),
    ("conversations.info", 50),
    ("users.conversations", 50),
    ("users.lookupByEmail", 50),
    ("chat.update", 50),
];
const FOURTH_TIER: u32 = 100;

/// The budget of one workspace.
#[derive(Debug)]
pub(super) struct Budget {
    clock: DefaultClock,
    methods: BTreeMap<&'static str, DefaultDirectRateLimiter>,
    others: DefaultKeyedRateLimiter<&'static str>,
    rooms: DefaultKeyedRateLimiter<String>,
    /// Lanes that Slack asked to rest, until then.
    paused: Mutex<BTreeMap<&'static str, QuantaInstant>>,
}

impl Default for Budget {
    fn default() -> Self {
        let posts = ("chat.postMessage", RateLimiter::direct(quota(WORKSPACE)));
        let tiers =
            TIERS.iter().map(|(method, most)| (*method, RateLimiter::direct(inside(*most))));
        Self {
            clock: DefaultClock::default(),
            methods: tiers.chain([posts]).collect(),
            others: RateLimiter::keyed(inside(FOURTH_TIER)),
            rooms: RateLimiter::keyed(quota(ROOM)),
            paused: Mutex::default(),
        }
    }
}

impl Budget {
    /// One call, or how long it has to wait.
    pub(super) fn take(&self, method: &'static str, room: Option<&str>) -> Result<(), Duration> {
        let now = self.clock.now();
        let paused =
            self.paused.lock().unwrap_or_else(PoisonError::into_inner).get(method).copied();
        if let Some(until) = paused
            && until > now
        {
            return Err(Duration::from(until.duration_since(now)));
        }
        if let Some(room) = room {
            if self.rooms.len() > ROOMS_KEPT {
                self.rooms.retain_recent();
            }
            let taken = self.rooms.check_key(&room.to_owned());
            taken.map_err(|not_until| not_until.wait_time_from(now))?;
        }
        let taken = match self.methods.get(method) {
            Some(limiter) => limiter.check(),
            None => self.others.check_key(&method),
        };
        taken.map_err(|not_until| not_until.wait_time_from(now))
    }

    /// The whole lane rests: Slack said so.
    pub(super) fn pause(&self, method: &'static str, after: Duration) {
        let until = self.clock.now() + after.into();
        let mut paused = self.paused.lock().unwrap_or_else(PoisonError::into_inner);
        paused.insert(method, until);
    }
}

/// So many a minute, some of them at once.
fn quota((most, burst): (u32, u32)) -> Quota {
    let some = |count| NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN);
    Quota::per_minute(some(most)).allow_burst(some(burst))
}

/// A bucket that never gives more than `most` in any minute: what it holds and what flows in.
fn inside(most: u32) -> Quota {
    let burst = most * 2 / 5;
    quota((most - burst, burst))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_ends_before_the_tier_does() {
        let budget = Budget::default();
        let taken = (0..100).take_while(|_| budget.take("conversations.create", None).is_ok());
        assert_eq!(taken.count(), 8);
        assert!(budget.take("conversations.create", None).unwrap_err() <= Duration::from_secs(5));
        assert_eq!(budget.take("conversations.invite", None), Ok(()), "each method for itself");
    }

    #[test]
    fn rooms_have_their_own_pace_and_a_pause_holds_the_lane() {
        let budget = Budget::default();
        let room = |room: &str| {
            (0..9).take_while(|_| budget.take("chat.postMessage", Some(room)).is_ok()).count()
        };
        assert_eq!((room("C1"), room("C2")), (4, 4));
        budget.pause("chat.update", Duration::from_secs(30));
        let left = budget.take("chat.update", None).unwrap_err();
        assert!(left > Duration::from_secs(28) && left <= Duration::from_secs(30));
    }
}
