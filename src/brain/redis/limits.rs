//! Limits that all replicas share. All of them lie in one slot, because one call asks several.

use chrono::{DateTime, Utc};
use compact_str::CompactString;

use super::birth::random;
use super::scripts::{ANSWERS_TTL_MS, Step, TAKE};
use super::store::Redis;
use super::value::{micros, read, time, unreadable};
use crate::brain::{Error, Limit, Permit};

impl Redis {
    pub(super) async fn take_permits(
        &self,
        limits: Vec<Limit>,
        now: DateTime<Utc>,
    ) -> Result<(Permit, CompactString), Error> {
        if let Some(never) = limits.iter().find(|limit| limit.burst == 0) {
            return Ok((Permit::Refused(now + never.period), never.key.clone()));
        }
        if limits.is_empty() {
            return Ok((Permit::Granted, CompactString::default()));
        }
        let keys: Vec<String> = limits.iter().map(|limit| self.keys.limit(&limit.key)).collect();
        let mut step = Step::over(&TAKE, self.keys.limit_answer(random()?), &keys)
            .arg(micros(now))
            .arg(ANSWERS_TTL_MS);
        for limit in &limits {
            let period = limit.period.num_microseconds().unwrap_or(i64::MAX).max(0);
            step = step.arg(limit.burst).arg(period);
        }
        let text: String = read("limits", self.session.one(step).await)?;
        permit(&limits, &text)
    }
}

/// `granted`, or the place of the limit that refuses and its time.
fn permit(limits: &[Limit], text: &str) -> Result<(Permit, CompactString), Error> {
    if text == "granted" {
        return Ok((Permit::Granted, CompactString::default()));
    }
    let refusal = || -> Option<(Permit, CompactString)> {
        let (place, until) = text.split_once(' ')?;
        let limit = limits.get(place.parse::<usize>().ok()?)?;
        Some((Permit::Refused(time(until.parse().ok()?)), limit.key.clone()))
    };
    refusal().ok_or_else(|| unreadable("the answer of limits", text))
}
