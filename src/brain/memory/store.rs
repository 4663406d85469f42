//! What is kept, and how it is read.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use compact_str::CompactString;

use super::agenda::Agenda;
use super::logs::Logs;
use crate::brain::limits::Limits;
use crate::brain::{
    At, Committed, Document, Error, Found, Key, Kind, Limit, Loaded, Page, Permit, Rows,
};
use crate::domain::ids::{CaseId, Fingerprint, GroupKey};
use crate::domain::incident::{Head, Incident, Member, Stored};

/// One case with all its rows.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) head: Arc<Head>,
    pub(super) members: BTreeMap<Fingerprint, Member>,
    pub(super) events: Vec<Stored>,
}

/// Everything.
#[derive(Debug, Default)]
pub(super) struct Store {
    pub(super) cases: BTreeMap<CaseId, Case>,
    /// The cases in which something goes on.
    pub(super) live: BTreeSet<CaseId>,
    pub(super) groups: BTreeMap<GroupKey, CaseId>,
    pub(super) agenda: Agenda,
    pub(super) index: BTreeMap<Key, BTreeSet<Found>>,
    pub(super) logs: Logs,
    /// The last commands with their answers, and the order in which they came.
    pub(super) answers: BTreeMap<u128, Result<Committed, Error>>,
    pub(super) commands: VecDeque<u128>,
    pub(super) number: u64,
    pub(super) sequence: u64,
    documents: BTreeMap<(&'static str, CompactString), Document>,
    limits: Limits,
}

impl Store {
    pub(super) fn load(&self, at: &At, rows: &Rows) -> Option<Loaded> {
        let case = match at {
            At::Case(case) => *case,
            At::Group(group) => *self.groups.get(group)?,
        };
        let stored = self.cases.get(&case)?;
        let members = match rows {
            Rows::All => stored.members.clone(),
            Rows::Some(wanted) => wanted
                .iter()
                .filter_map(|it| Some((*it, stored.members.get(it)?.clone())))
                .collect(),
        };
        Some(Loaded { case, incident: Incident { head: (*stored.head).clone(), members } })
    }

    pub(super) fn live(&self, after: Option<CaseId>, max: usize) -> Page {
        let from = after.map_or(std::ops::Bound::Unbounded, std::ops::Bound::Excluded);
        let mut ids = self.live.range((from, std::ops::Bound::Unbounded));
        let cases: Vec<(CaseId, Head)> = ids
            .by_ref()
            .filter_map(|id| Some((*id, (*self.cases.get(id)?.head).clone())))
            .take(max)
            .collect();
        let next = cases.last().map(|(id, _)| *id).filter(|_| ids.next().is_some());
        Page { cases, next }
    }

    pub(super) fn events(&self, case: CaseId, from: u64, max: usize) -> Vec<Stored> {
        let Some(case) = self.cases.get(&case) else { return Vec::new() };
        // Numbers have no gaps: they tell the place.
        let skipped = usize::try_from(from.saturating_sub(1)).unwrap_or(usize::MAX);
        case.events.iter().skip(skipped).take(max).cloned().collect()
    }

    pub(super) fn events_at(&self, case: CaseId, numbers: &[u64]) -> Vec<Stored> {
        let Some(case) = self.cases.get(&case) else { return Vec::new() };
        let wanted: BTreeSet<u64> = numbers.iter().copied().collect();
        let place = |number: u64| usize::try_from(number.checked_sub(1)?).ok();
        wanted.into_iter().filter_map(|it| case.events.get(place(it)?).cloned()).collect()
    }

    pub(super) fn find(&self, key: &Key) -> Vec<Found> {
        self.index.get(key).map(|found| found.iter().copied().collect()).unwrap_or_default()
    }

    pub(super) fn documents(&self, kind: Kind) -> Vec<Document> {
        let first = (kind.name(), CompactString::default());
        let of_kind =
            self.documents.range(first..).take_while(|((name, _), _)| *name == kind.name());
        of_kind.map(|(_, document)| document.clone()).collect()
    }

    /// Writes or deletes a document; gives what stands there now.
    pub(super) fn put(
        &mut self,
        kind: Kind,
        id: CompactString,
        expected: u64,
        body: Option<serde_json::Value>,
    ) -> Result<Option<Document>, Error> {
        let key = (kind.name(), id.clone());
        let version = self.documents.get(&key).map_or(0, |document| document.version);
        if version != expected {
            return Err(Error::Conflict);
        }
        let Some(body) = body else {
            self.documents.remove(&key);
            return Ok(None);
        };
        let document = Document { id, version: version + 1, body };
        self.documents.insert(key, document.clone());
        Ok(Some(document))
    }

    pub(super) fn take(&mut self, limits: &[Limit], now: i64) -> (Permit, CompactString) {
        self.limits.take(limits, now).0
    }
}
