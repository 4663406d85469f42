//! What the records of a ledger add up to.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::domain::ids::{CaseId, EffectId};
use crate::domain::run::{Assignment, Ending, Known, PlanHash};

/// How long a key is kept after it could no longer begin, so that it can still be asked for.
const KEEP: TimeDelta = TimeDelta::days(30);

/// One line of the ledger. Names never change their meaning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case")]
pub(super) enum Record {
    /// An assignment begins.
    Started {
        key: EffectId,
        run: CaseId,
        runbook: CompactString,
        step: CompactString,
        actor: CompactString,
        target: String,
        fence: u64,
        plan: PlanHash,
        not_after: DateTime<Utc>,
        at: DateTime<Utc>,
    },
    /// It has ended.
    Ended { key: EffectId, ending: Ending, at: DateTime<Utc> },
    /// Nobody knows how it ended.
    Lost { key: EffectId, at: DateTime<Utc> },
}

impl Record {
    pub(super) fn at(&self) -> DateTime<Utc> {
        match self {
            Self::Started { at, .. } | Self::Ended { at, .. } | Self::Lost { at, .. } => *at,
        }
    }
}

/// One key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// When it began.
    pub(crate) at: DateTime<Utc>,
    run: CaseId,
    target: String,
    not_after: DateTime<Utc>,
    started: Record,
    /// How it stands.
    pub(crate) stand: Stand,
}

/// How a key stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stand {
    /// It goes on, unless the process has died since.
    UnderWay,
    /// Nobody knows.
    Lost,
    /// It has ended.
    Ended(Ending),
}

/// The highest fence of a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fence {
    /// The fence.
    pub(crate) fence: u64,
    /// The run that had it.
    pub(crate) run: CaseId,
}

/// All of it.
#[derive(Debug, Default)]
pub(crate) struct State {
    entries: BTreeMap<EffectId, Entry>,
    fences: BTreeMap<String, Fence>,
}

impl State {
    pub(super) fn apply(&mut self, record: &Record) {
        match record {
            Record::Started { key, run, target, fence, not_after, at, .. } => {
                let entry = Entry {
                    at: *at,
                    run: *run,
                    target: target.clone(),
                    not_after: *not_after,
                    started: record.clone(),
                    stand: Stand::UnderWay,
                };
                self.entries.insert(*key, entry);
                let seen = self.fences.get(target).map_or(0, |seen| seen.fence);
                if *fence >= seen {
                    self.fences.insert(target.clone(), Fence { fence: *fence, run: *run });
                }
            }
            Record::Ended { key, ending, .. } => self.stand(*key, Stand::Ended(ending.clone())),
            Record::Lost { key, .. } => self.stand(*key, Stand::Lost),
        }
    }

    fn stand(&mut self, key: EffectId, stand: Stand) {
        if let Some(entry) = self.entries.get_mut(&key) {
            entry.stand = stand;
        }
    }

    pub(crate) fn entry(&self, key: EffectId) -> Option<&Entry> {
        self.entries.get(&key)
    }

    pub(crate) fn fence(&self, assignment: &Assignment) -> Option<&Fence> {
        self.fences.get(&assignment.target)
    }

    /// The run that is at work on a target.
    pub(crate) fn at_work(&self, target: &str) -> Option<CaseId> {
        let is_it = |entry: &&Entry| entry.target == target && entry.stand == Stand::UnderWay;
        self.entries.values().find(is_it).map(|entry| entry.run)
    }

    /// What is known of a key; `line` is what it said last, where it goes on.
    pub(crate) fn known(&self, key: EffectId, line: impl FnOnce() -> String) -> Known {
        match self.entry(key).map(|entry| &entry.stand) {
            None => Known::Nothing,
            Some(Stand::UnderWay) => Known::Running { line: line() },
            Some(Stand::Lost) => Known::Lost { why: String::new() },
            Some(Stand::Ended(ending)) => Known::Ended { ending: ending.clone() },
        }
    }

    /// Every key that has begun and not ended.
    pub(super) fn under_way(&self) -> Vec<(EffectId, CaseId)> {
        let is_open = |(_, entry): &(&EffectId, &Entry)| entry.stand == Stand::UnderWay;
        self.entries.iter().filter(is_open).map(|(key, entry)| (*key, entry.run)).collect()
    }

    /// Drops what has ended and could not begin again, because its time is long over; with it go the
    /// fences of targets that nothing is known of any more: an older assignment is late, too.
    pub(super) fn forget(&mut self, now: DateTime<Utc>) {
        self.entries.retain(|_, entry| {
            entry.stand == Stand::UnderWay || entry.not_after.max(entry.at) + KEEP > now
        });
        let kept: std::collections::BTreeSet<&str> =
            self.entries.values().map(|entry| entry.target.as_str()).collect();
        self.fences.retain(|target, _| kept.contains(target.as_str()));
    }

    /// The records that give this state, in the order in which things began.
    pub(super) fn records(&self) -> Vec<Record> {
        let mut entries: Vec<(&EffectId, &Entry)> = self.entries.iter().collect();
        entries.sort_by_key(|(_, entry)| entry.at);
        let mut records = Vec::with_capacity(entries.len() * 2);
        for (key, entry) in entries {
            records.push(entry.started.clone());
            match &entry.stand {
                Stand::UnderWay => {}
                Stand::Lost => records.push(Record::Lost { key: *key, at: entry.at }),
                Stand::Ended(ending) => {
                    let ending = ending.clone();
                    records.push(Record::Ended { key: *key, ending, at: entry.at });
                }
            }
        }
        records
    }
}
