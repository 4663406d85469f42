//! Which pages go out now: once for each group, a few of them, and one that sums up the rest.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::picture::Wanted;
use super::{PAGES_MAX, SUM_UP_EVERY, TRIES_MAX};
use crate::domain::ids::{CaseId, EffectId, Fnv, GroupKey, Number};
use crate::domain::incident::Effect;
use crate::domain::messages;
use crate::engine::outside::Order;
use crate::engine::patience::backoff;

/// No brain has so many shards, so that these keys never meet those of incidents.
const SHARD: u16 = u16::MAX;

/// One page of this outage.
#[derive(Debug, Clone)]
struct Page {
    order: Order,
    /// Nothing is left to do for it.
    is_over: bool,
    not_before: Duration,
}

/// The pages of one outage. In memory only: after a restart the same ones have the same keys.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pages: BTreeMap<GroupKey, Page>,
    /// The groups that had no place, with the one page that sums them up.
    rest: BTreeMap<GroupKey, Wanted>,
    summed_up: Option<(usize, Duration)>,
}

impl Plan {
    /// Takes note of what wants a page at this uptime.
    pub(super) fn note(&mut self, wanted: Vec<Wanted>, now: Duration) {
        for wanted in wanted {
            if self.pages.contains_key(&wanted.group) {
                continue;
            }
            if self.pages.len() < PAGES_MAX {
                self.pages.insert(wanted.group.clone(), page(&wanted));
            } else {
                self.rest.entry(wanted.group.clone()).or_insert(wanted);
            }
        }
        self.sum_up(now);
    }

    fn sum_up(&mut self, now: Duration) {
        let count = self.rest.len();
        let is_due = self
            .summed_up
            .is_none_or(|(told, at)| count > told && now.saturating_sub(at) >= SUM_UP_EVERY);
        let Some(first) = self.rest.values().min_by_key(|it| (it.since, &it.group)).cloned() else {
            return;
        };
        if is_due {
            let group = GroupKey(format!("~rest {count}").into());
            let text = messages::brain_away_rest(PAGES_MAX, count, &first.title);
            let order = order(&group, &first, text);
            self.pages.insert(group, Page { order, is_over: false, not_before: now });
            self.summed_up = Some((count, now));
        }
    }

    /// The pages that are to be tried now.
    pub(super) fn due(&self, now: Duration) -> Vec<(GroupKey, Order)> {
        let due = self.pages.iter().filter(|(_, page)| !page.is_over && page.not_before <= now);
        due.map(|(group, page)| (group.clone(), page.order.clone())).collect()
    }

    /// Nothing is left to do for this page.
    pub(super) fn over(&mut self, group: &GroupKey) {
        if let Some(page) = self.pages.get_mut(group) {
            page.is_over = true;
        }
    }

    /// It is tried again later, under the same key; says whether it is.
    pub(super) fn again(&mut self, group: &GroupKey, now: Duration) -> bool {
        let Some(page) = self.pages.get_mut(group) else { return false };
        page.not_before = now + backoff(page.order.attempt);
        page.order.attempt += 1;
        page.is_over = page.order.attempt > TRIES_MAX;
        !page.is_over
    }
}

fn page(wanted: &Wanted) -> Page {
    let text = messages::brain_away(&wanted.title, &wanted.severity, wanted.since);
    let order = order(&wanted.group, wanted, text);
    Page { order, is_over: false, not_before: Duration::ZERO }
}

fn order(group: &GroupKey, wanted: &Wanted, text: String) -> Order {
    let (policy, severity) = (wanted.policy.clone(), wanted.severity.clone());
    let effect = Effect::Page { number: Number(0), policy, step: 1, severity, text, to: None };
    Order { id: key(group, wanted.since), effect, attempt: 1 }
}

/// The group and its beginning: the same on every node, and after every start.
fn key(group: &GroupKey, since: DateTime<Utc>) -> EffectId {
    let serial = Fnv::default().with(group.0.as_bytes()).finish();
    let event = u64::try_from(since.timestamp_millis()).unwrap_or_default();
    EffectId { case: CaseId { shard: SHARD, serial }, event, index: 0 }
}
