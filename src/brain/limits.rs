//! Limits by the generic cell rate algorithm: one time for each key.

use std::collections::BTreeMap;

use chrono::DateTime;
use compact_str::CompactString;

use super::{Limit, Permit};

/// So many keys are kept before those that are whole again are dropped.
const KEYS_MAX: usize = 10_000;

/// When each limit is whole again, in nanoseconds; what is not here is whole.
#[derive(Debug, Default)]
pub(in crate::brain) struct Limits(pub BTreeMap<CompactString, i64>);

/// What to write down of a limit: its new time, or that it is whole.
pub(in crate::brain) type Written = Vec<(CompactString, Option<i64>)>;

impl Limits {
    /// Takes one permit of each, or none; gives also what changed.
    pub(in crate::brain) fn take(
        &mut self,
        limits: &[Limit],
        now: i64,
    ) -> ((Permit, CompactString), Written) {
        let mut taken: BTreeMap<&CompactString, i64> = BTreeMap::new();
        let mut refused: Option<(i64, &CompactString)> = None;
        for limit in limits {
            let known = taken.get(&limit.key).or_else(|| self.0.get(&limit.key)).copied();
            let whole = known.unwrap_or(now).max(now);
            let period = limit.period.num_nanoseconds().unwrap_or(i64::MAX);
            let step = period.checked_div(i64::from(limit.burst)).unwrap_or(i64::MAX);
            let next = whole.saturating_add(step);
            let free = next.saturating_sub(period);
            if free <= now {
                taken.insert(&limit.key, next);
            } else if refused.is_none_or(|(latest, _)| latest < free) {
                refused = Some((free, &limit.key));
            }
        }
        if let Some((free, key)) = refused {
            return (
                (Permit::Refused(DateTime::from_timestamp_nanos(free)), key.clone()),
                Vec::new(),
            );
        }
        let mut written: Written =
            taken.into_iter().map(|(key, next)| (key.clone(), Some(next))).collect();
        for (key, next) in &written {
            self.0.extend(next.map(|next| (key.clone(), next)));
        }
        written.extend(self.tidy(now));
        ((Permit::Granted, CompactString::default()), written)
    }

    /// Drops what says nothing any more, once there is much of it.
    fn tidy(&mut self, now: i64) -> Written {
        if self.0.len() <= KEYS_MAX {
            return Vec::new();
        }
        let whole = self.0.extract_if(.., |_, next| *next <= now);
        whole.map(|(key, _)| (key, None)).collect()
    }
}
