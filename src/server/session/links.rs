//! One-time codes in links that are printed on this machine.
//!
//! They live in this process only and for ten minutes: a link that was printed by a process that is
//! gone opens nothing.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use compact_str::CompactString;

use super::secret::{digest, fresh};

/// How long a link opens the console: time to copy it to a browser, not to find it in a log.
pub(in crate::server) const VALID_FOR: TimeDelta = TimeDelta::minutes(10);
/// Codes at once; the one that ends first goes. Nobody needs more than one.
const CODES_MAX: usize = 32;

/// The codes that still open something, by their digests.
#[derive(Debug, Default)]
pub(in crate::server) struct Links(Mutex<BTreeMap<String, (DateTime<Utc>, CompactString)>>);

impl Links {
    /// A new code that signs `name` in. None: the machine has no randomness.
    pub(in crate::server) fn issue(&self, name: &str, now: DateTime<Utc>) -> Option<String> {
        let code = fresh()?;
        let mut codes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        codes.retain(|_, (until, _)| now < *until);
        if codes.len() >= CODES_MAX
            && let Some(first) = codes.iter().min_by_key(|(_, (until, _))| *until)
        {
            let first = first.0.clone();
            codes.remove(&first);
        }
        codes.insert(digest(&code), (now + VALID_FOR, name.into()));
        Some(code)
    }

    /// Whom a code signs in; it opens nothing after that.
    pub(in crate::server) fn redeem(
        &self,
        code: &str,
        now: DateTime<Utc>,
    ) -> Option<CompactString> {
        let mut codes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (until, name) = codes.remove(&digest(code))?;
        (now < until).then_some(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    #[test]
    fn a_code_opens_once_and_for_ten_minutes() {
        let links = Links::default();
        let (one, two) = (links.issue("ana", NOW).unwrap(), links.issue("ben", NOW).unwrap());
        assert_eq!(links.redeem(&one, NOW + TimeDelta::seconds(599)).unwrap(), "ana");
        assert_eq!(links.redeem(&one, NOW), None);
        assert_eq!(links.redeem(&two, NOW + VALID_FOR), None);
        assert_eq!(links.redeem("", NOW), None);
    }

    #[test]
    fn many_codes_push_the_oldest_out() {
        let links = Links::default();
        let first = links.issue("ana", NOW).unwrap();
        let later = NOW + TimeDelta::seconds(1);
        let codes: Vec<String> =
            (0..CODES_MAX).map(|_| links.issue("ben", later).unwrap()).collect();
        assert_eq!(links.redeem(&first, later), None);
        assert!(codes.iter().all(|code| links.redeem(code, later).is_some()));
    }
}
