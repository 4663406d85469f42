//! What the brain keeps in memory, and a view of it with changes that are not durable yet.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::index::{Entry, Index, Name};
use super::rows::{Case, RowKey, Slot};
use crate::domain::ids::{CaseId, Fingerprint, GroupKey};
use crate::domain::incident::Head;

/// How many heads are kept ready: the cases that are busy now. A head with its policy takes about
/// 2 KiB, so this is about 4 MiB.
const HEADS_MAX: usize = 2048;

/// How full a row of members is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Fill {
    /// How many of its members have no newer row.
    pub live: u16,
    /// How many members it was written with.
    pub size: u16,
}

/// The mirror of the durable state.
#[derive(Debug, Default)]
pub(super) struct Mirror {
    pub cases: BTreeMap<CaseId, Case>,
    pub heads: HashMap<CaseId, Arc<Head>>,
    /// The number of each member's newest row.
    pub members: HashMap<(CaseId, Fingerprint), u64>,
    pub fills: HashMap<u64, Fill>,
    pub agenda: BTreeMap<RowKey, Slot>,
    /// The agenda in the order in which it may be claimed.
    pub order: BTreeSet<(i64, RowKey)>,
    pub index: Index,
}

impl Mirror {
    pub(super) fn set_slot(&mut self, key: RowKey, slot: Option<Slot>) {
        let old = match slot {
            Some(slot) => self.agenda.insert(key, slot),
            None => self.agenda.remove(&key),
        };
        if let Some(old) = old {
            self.order.remove(&(old.at, key));
        }
        if let Some(slot) = slot {
            self.order.insert((slot.at, key));
        }
    }

    fn set_head(&mut self, case: CaseId, head: Option<Arc<Head>>) {
        if self.heads.len() >= HEADS_MAX {
            // Forgetting all is as good as choosing: what is busy comes back with its next commit.
            self.heads.clear();
        }
        match head {
            Some(head) => drop(self.heads.insert(case, head)),
            None => drop(self.heads.remove(&case)),
        }
    }

    /// Takes over what has become durable.
    pub(super) fn publish(&mut self, delta: Delta) {
        for (case, known) in delta.cases {
            match known {
                Some(known) => drop(self.cases.insert(case, known)),
                None => drop(self.cases.remove(&case)),
            }
        }
        for (case, head) in delta.heads {
            self.set_head(case, head);
        }
        for (member, row) in delta.members {
            match row {
                Some(row) => drop(self.members.insert(member, row)),
                None => drop(self.members.remove(&member)),
            }
        }
        for (row, fill) in delta.fills {
            match fill {
                Some(fill) => drop(self.fills.insert(row, fill)),
                None => drop(self.fills.remove(&row)),
            }
        }
        for (key, slot) in delta.agenda {
            self.set_slot(key, slot);
        }
        for entry in delta.index {
            self.index.apply(entry);
        }
    }
}

/// Changes that are not durable yet; `None` means gone.
#[derive(Debug, Default)]
pub(super) struct Delta {
    pub cases: BTreeMap<CaseId, Option<Case>>,
    pub heads: BTreeMap<CaseId, Option<Arc<Head>>>,
    pub members: BTreeMap<(CaseId, Fingerprint), Option<u64>>,
    pub fills: BTreeMap<u64, Option<Fill>>,
    pub agenda: BTreeMap<RowKey, Option<Slot>>,
    pub index: Vec<Entry>,
    groups: BTreeMap<GroupKey, Option<CaseId>>,
}

/// The mirror as it will be once the changes are durable.
pub(super) struct View<'a> {
    pub mirror: &'a Mirror,
    pub delta: Delta,
}

impl View<'_> {
    pub(super) fn case(&self, case: CaseId) -> Option<Case> {
        match self.delta.cases.get(&case) {
            Some(changed) => *changed,
            None => self.mirror.cases.get(&case).copied(),
        }
    }

    pub(super) fn slot(&self, key: RowKey) -> Option<Slot> {
        match self.delta.agenda.get(&key) {
            Some(changed) => *changed,
            None => self.mirror.agenda.get(&key).copied(),
        }
    }

    pub(super) fn group(&self, group: &GroupKey) -> Option<CaseId> {
        match self.delta.groups.get(group) {
            Some(changed) => *changed,
            None => self.mirror.index.group(group),
        }
    }

    pub(super) fn member(&self, member: (CaseId, Fingerprint)) -> Option<u64> {
        match self.delta.members.get(&member) {
            Some(changed) => *changed,
            None => self.mirror.members.get(&member).copied(),
        }
    }

    pub(super) fn fill(&self, row: u64) -> Fill {
        match self.delta.fills.get(&row) {
            Some(changed) => changed.unwrap_or_default(),
            None => self.mirror.fills.get(&row).copied().unwrap_or_default(),
        }
    }

    /// Every agenda row of a case.
    pub(super) fn agenda_of(&self, case: CaseId) -> BTreeSet<RowKey> {
        let range = RowKey::first(case)..=RowKey::last(case);
        let old = self.mirror.agenda.range(range.clone()).map(|(key, _)| *key);
        let new = self.delta.agenda.range(range).map(|(key, _)| *key);
        old.chain(new).filter(|key| self.slot(*key).is_some()).collect()
    }

    pub(super) fn change_index(&mut self, entry: Entry) {
        if let Name::Group(group) = &entry.name {
            let case = if entry.is_put { Some(entry.found.case) } else { None };
            self.delta.groups.insert(group.clone(), case);
        }
        self.delta.index.push(entry);
    }
}
