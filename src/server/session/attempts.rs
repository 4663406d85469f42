//! How often anybody may try to sign in.
//!
//! Tokens and codes have 256 bits, so this is not what keeps guesses out: it keeps those who guess
//! from filling the log and the processor.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter};

/// Tries of one address at once: people mistype, and offices share an address.
const BURST: NonZeroU32 = NonZeroU32::MIN.saturating_add(19);
/// One address gets another try after this time.
const EVERY: Duration = Duration::from_secs(5);
/// Tries of all addresses at once: a company signs in after a restart.
const BURST_ALL: NonZeroU32 = NonZeroU32::MIN.saturating_add(199);
/// All addresses together get another try after this time.
const EVERY_ALL: Duration = Duration::from_millis(200);
/// Addresses that are remembered; those with their full burst are forgotten beyond it.
const ADDRESSES_MAX: usize = 10_000;

/// Too many tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server) struct Slower {
    /// When the next one may come.
    pub(in crate::server) after: Duration,
}

/// Counts tries.
#[derive(Debug)]
pub(in crate::server) struct Attempts {
    all: DefaultDirectRateLimiter,
    by_address: DefaultKeyedRateLimiter<IpAddr>,
    clock: DefaultClock,
}

impl Default for Attempts {
    fn default() -> Self {
        let quota = |burst, every| {
            Quota::with_period(every)
                .unwrap_or(Quota::per_second(NonZeroU32::MIN))
                .allow_burst(burst)
        };
        Self {
            all: RateLimiter::direct(quota(BURST_ALL, EVERY_ALL)),
            by_address: RateLimiter::keyed(quota(BURST, EVERY)),
            clock: DefaultClock::default(),
        }
    }
}

impl Attempts {
    /// Counts one try of this address.
    pub(in crate::server) fn count(&self, address: IpAddr) -> Result<(), Slower> {
        let slower = |not_until: governor::NotUntil<_>| Slower {
            after: not_until.wait_time_from(self.clock.now()),
        };
        // The address first: one that tries too often must not use up what all others share.
        self.by_address.check_key(&network(address)).map_err(slower)?;
        if self.by_address.len() > ADDRESSES_MAX {
            // https://github.com/boinkor-net/governor/issues/171: nothing is forgotten by itself.
            self.by_address.retain_recent();
        }
        self.all.check().map_err(slower)
    }
}

/// What one subscriber holds: a whole /64 in IPv6.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_is_slowed_and_others_are_not() {
        let attempts = Attempts::default();
        let one: IpAddr = "2001:db8::1".parse().unwrap();
        assert!((0..BURST.get()).all(|_| attempts.count(one).is_ok()));
        let slower = attempts.count("2001:db8::2".parse().unwrap()).unwrap_err();
        assert!(slower.after <= EVERY && slower.after > Duration::ZERO);
        assert!(attempts.count("2001:db8:0:1::1".parse().unwrap()).is_ok());
        assert!(attempts.count("192.0.2.1".parse().unwrap()).is_ok());
    }

    #[test]
    fn all_addresses_together_are_slowed() {
        let attempts = Attempts::default();
        let tries = (0..250_u32).filter(|n| attempts.count(IpAddr::V4((*n).into())).is_ok());
        assert!((200..230).contains(&tries.count()));
    }
}
