//! How many rooms, pages or posts in how long a time: the generic cell rate algorithm (GCRA).
//!
//! A limit of n per period remembers one time, the *theoretical arrival time*: when it will be
//! as if nothing had ever been admitted. Both brains and the simulators use this arithmetic.
//!
//! The exact promise of n per p, with the interval i = p / n (rounded up to a nanosecond):
//! - at most n are admitted at one instant, and at most n + floor(w / i) in any closed window of
//!   length w; that is less than 2n in any half-open window of length p;
//! - whoever waits until the time it was told is admitted, if nobody came before;
//! - what is refused is not counted.
//!
//! It refuses to remember a future that its own admissions cannot have made: a clock that was set
//! back costs at most one period of waiting.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::duration;
use crate::domain::matcher::Bad;

/// The most that a limit may admit at once: more is no limit for what people read.
pub const MAX_COUNT: u32 = 1_000_000;

/// The longest period of a limit.
const MAX_PERIOD: TimeDelta = TimeDelta::days(366);

/// How many are admitted in how long a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// How many at once, and on average inside one period.
    pub count: u32,
    /// In which time that many come back.
    pub period: TimeDelta,
}

impl Limit {
    /// Reads `3 per 1h`.
    ///
    /// # Errors
    /// When the text is not a positive count, the word `per` and a duration.
    pub fn parse(text: &str) -> Result<Self, Bad> {
        let mut words = words(text);
        let (Some(count), Some(per), Some(period), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(Bad::new("a throttle is a count and a time", 0..text.len())
                .help("write it like `3 per 1h`"));
        };
        if per.text != "per" {
            return Err(Bad::new(format!("`{}` should be `per`", per.text), per.span())
                .help("write it like `3 per 1h`"));
        }
        Ok(Self { count: read_count(&count)?, period: read_period(&period)? })
    }

    /// Asks for one permit; see [`admit`].
    ///
    /// # Errors
    /// As [`admit`].
    pub fn admit(
        self,
        tat: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, DateTime<Utc>> {
        admit(tat, now, self.count, self.period)
    }
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} per {}", self.count, duration::format(self.period))
    }
}

/// Asks for one permit at `now`, when the theoretical arrival time was `tat`; `None` where nothing
/// is remembered.
///
/// The answer is the new theoretical arrival time, to be stored, which may be forgotten once it has
/// passed. A count or period of zero admits nothing, ever.
///
/// # Errors
/// When it is too early: the time from which on one is admitted. Nothing is to be stored then.
pub fn admit(
    tat: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
    count: u32,
    period: TimeDelta,
) -> Result<DateTime<Utc>, DateTime<Utc>> {
    let Some(interval) = interval(count, period) else {
        return Err(DateTime::<Utc>::MAX_UTC);
    };
    let whole = interval.checked_mul(i32::try_from(count).unwrap_or(i32::MAX)).unwrap_or(period);
    let full = now.checked_add_signed(whole).unwrap_or(DateTime::<Utc>::MAX_UTC);
    let tat = tat.unwrap_or(now).clamp(now, full);
    let new = tat.checked_add_signed(interval).unwrap_or(DateTime::<Utc>::MAX_UTC);
    if new <= full { Ok(new) } else { Err(new - whole) }
}

/// The time between two permits in the long run, rounded up so that the promise holds.
fn interval(count: u32, period: TimeDelta) -> Option<TimeDelta> {
    let count =
        i32::try_from(count).ok().filter(|count| *count > 0 && period > TimeDelta::zero())?;
    let down = period / count;
    Some(if down * count < period { down + TimeDelta::nanoseconds(1) } else { down })
}

/// A word and where it begins.
struct Word<'t> {
    text: &'t str,
    start: usize,
}

impl Word<'_> {
    fn span(&self) -> std::ops::Range<usize> {
        self.start..self.start + self.text.len()
    }
}

fn words(text: &str) -> impl Iterator<Item = Word<'_>> {
    text.split_ascii_whitespace().map(move |word| Word {
        text: word,
        // Both point into the same text.
        start: word.as_ptr().addr() - text.as_ptr().addr(),
    })
}

fn read_count(word: &Word<'_>) -> Result<u32, Bad> {
    let digits = word.text.bytes().all(|byte| byte.is_ascii_digit());
    let count = word.text.parse().ok().filter(|_| digits);
    count.filter(|count| (1..=MAX_COUNT).contains(count)).ok_or_else(|| {
        Bad::new(format!("`{}` is not a count from 1 to {MAX_COUNT}", word.text), word.span())
    })
}

fn read_period(word: &Word<'_>) -> Result<TimeDelta, Bad> {
    let period =
        duration::parse(word.text).map_err(|bad| Bad::new(bad.to_string(), word.span()))?;
    if period <= TimeDelta::zero() || period > MAX_PERIOD {
        return Err(Bad::new("a throttle's time is more than 0s and at most 366d", word.span()));
    }
    Ok(period)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn throttles_read_as_they_are_written() {
        let limit = Limit::parse(" 3  per 1h").unwrap();
        assert_eq!(limit, Limit { count: 3, period: TimeDelta::hours(1) });
        assert_eq!(Limit::parse(&limit.to_string()), Ok(limit));
        for (text, marked) in [
            ("", ""),
            ("3", "3"),
            ("3 per", "3 per"),
            ("3 in 1h", "in"),
            ("0 per 1h", "0"),
            ("+3 per 1h", "+3"),
            ("3 per hour", "hour"),
            ("3 per 0s", "0s"),
            ("3 per 2y", "2y"),
        ] {
            assert_eq!(text.get(Limit::parse(text).unwrap_err().span), Some(marked), "{text}");
        }
    }

    #[test]
    fn a_burst_passes_and_then_one_an_interval() {
        let limit = Limit::parse("3 per 1h").unwrap();
        let start = DateTime::<Utc>::UNIX_EPOCH;
        let mut tat = None;
        for _ in 0..3 {
            tat = Some(limit.admit(tat, start).unwrap());
        }
        let next = start + TimeDelta::minutes(20);
        assert_eq!(limit.admit(tat, start), Err(next));
        assert_eq!(limit.admit(tat, next), Ok(next + TimeDelta::hours(1)));
        assert_eq!(admit(None, start, 0, limit.period), Err(DateTime::<Utc>::MAX_UTC));
    }

    #[test]
    fn fault_12_a_clock_set_back_costs_one_interval() {
        let limit = Limit::parse("3 per 1h").unwrap();
        let now = DateTime::<Utc>::UNIX_EPOCH;
        let future = now + TimeDelta::days(3650);
        assert_eq!(limit.admit(Some(future), now), Err(now + TimeDelta::minutes(20)));
    }

    proptest! {
        #[test]
        fn no_window_holds_more_than_promised(
            count in 1..8u32, period in 1..1000i64, steps in prop::collection::vec(0..300i64, 1..80),
        ) {
            let limit = Limit { count, period: TimeDelta::milliseconds(period) };
            let interval = interval(count, limit.period).unwrap();
            let (mut now, mut tat, mut taken) = (DateTime::<Utc>::UNIX_EPOCH, None, Vec::new());
            for step in steps {
                now += TimeDelta::milliseconds(step);
                match limit.admit(tat, now) {
                    Ok(new) => { tat = Some(new); taken.push(now); }
                    Err(later) => {
                        prop_assert!(later > now && later <= now + interval);
                        prop_assert!(limit.admit(tat, later).is_ok());
                        prop_assert!(limit.admit(tat, later - TimeDelta::nanoseconds(1)).is_err());
                    }
                }
            }
            let burst = usize::try_from(count).unwrap();
            for (first, from) in taken.iter().enumerate() {
                for (last, to) in taken.iter().enumerate().skip(first + burst) {
                    let more = i32::try_from(last - first + 1 - burst).unwrap();
                    prop_assert!(interval * more <= *to - *from);
                }
            }
        }
    }
}
