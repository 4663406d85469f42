//! The simulated brain's memory: what every node's handle reads and writes.
//!
//! It keeps the contract of `brain::Brain` in the plainest way that is right, so that the other
//! brains can be compared with it. Its bad habits are in `brain.rs`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use compact_str::CompactString;
use warroom::brain::{
    At, Claimed, Commit, Committed, Document, Error, Found, IndexChange, Item, Key, Kind, Lease,
    Limit, Loaded, Page, Permit, RowId, Rows, Token,
};
use warroom::domain::ids::{CaseId, Fingerprint, GroupKey, Number};
use warroom::domain::incident::{Class, Head, Incident, Member, Stored, TimerSet};

/// One case with all its rows.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) head: Head,
    pub(crate) members: BTreeMap<Fingerprint, Member>,
    pub(crate) events: Vec<Stored>,
}

/// One row of the agenda.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) item: Item,
    pub(crate) first_due: DateTime<Utc>,
    pub(crate) due: DateTime<Utc>,
    pub(crate) attempt: u32,
    pub(crate) token: Token,
}

/// Everything that is durable.
#[derive(Debug, Clone, Default)]
pub(crate) struct Store {
    pub(crate) cases: BTreeMap<CaseId, Case>,
    pub(crate) groups: BTreeMap<GroupKey, CaseId>,
    pub(crate) agenda: BTreeMap<RowId, Row>,
    pub(crate) index: BTreeMap<Key, BTreeSet<Found>>,
    pub(crate) documents: BTreeMap<(&'static str, CompactString), Document>,
    pub(crate) limits: BTreeMap<CompactString, DateTime<Utc>>,
    pub(crate) logs: BTreeMap<CompactString, Vec<(CompactString, Vec<u8>)>>,
    pub(crate) commands: BTreeMap<u128, Result<Committed, Error>>,
    pub(crate) number: u64,
    pub(crate) token: u64,
}

impl Store {
    pub(crate) fn load(&self, at: &At, rows: &Rows) -> Option<Loaded> {
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
        Some(Loaded { case, incident: Incident { head: stored.head.clone(), members } })
    }

    /// Writes a decision, all of it or nothing; the same command again gets its first answer.
    pub(crate) fn commit(&mut self, commit: Commit) -> Result<Committed, Error> {
        if let Some(answer) = self.commands.get(&commit.command) {
            return answer.clone();
        }
        let command = commit.command;
        let answer = self.check(&commit).map(|()| self.apply(commit));
        self.commands.insert(command, answer.clone());
        answer
    }

    fn check(&self, commit: &Commit) -> Result<(), Error> {
        if let Some((row, token)) = commit.settles
            && self.agenda.get(&row).is_none_or(|held| held.token != token || token == Token(0))
        {
            return Err(Error::LeaseLost);
        }
        let version = self.cases.get(&commit.case).map_or(0, |case| case.head.version);
        if version != commit.expected {
            return Err(Error::Conflict);
        }
        if commit.expected == 0 && self.groups.get(&commit.head.group).copied() != commit.replaces {
            return Err(Error::Conflict);
        }
        let is_current = || self.groups.get(&commit.head.group) == Some(&commit.case);
        if commit.expected > 0 && commit.is_current && !is_current() {
            return Err(Error::Replaced);
        }
        Ok(())
    }

    fn apply(&mut self, commit: Commit) -> Committed {
        if let Some((row, _)) = commit.settles {
            self.agenda.remove(&row);
        }
        for change in commit.index {
            match change {
                IndexChange::Put(key, found) => {
                    let entries = self.index.entry(key.clone()).or_default();
                    if !matches!(key, Key::Inhibitor(_)) {
                        entries.clear();
                    }
                    entries.insert(found);
                }
                IndexChange::Remove(key, found) => {
                    self.index.entry(key).or_default().remove(&found);
                }
            }
        }
        if commit.forget {
            return self.forget(commit.case);
        }
        if commit.expected == 0 {
            self.groups.insert(commit.head.group.clone(), commit.case);
        }
        let head = (*commit.head).clone();
        let case = self.cases.entry(commit.case).or_insert_with(|| Case {
            head: head.clone(),
            members: BTreeMap::new(),
            events: Vec::new(),
        });
        case.head = head;
        case.members.extend(commit.members);
        case.events.extend(commit.events);
        for (timer, set) in commit.timers {
            self.set_timer(RowId::Timer(commit.case, timer), Item::Timer { timer }, set);
        }
        let mut claimed = Vec::new();
        for (id, effect) in commit.effects {
            let row = RowId::Effect(id);
            let is_ours = effect.class() != Class::AtMostOnce;
            let item = Item::Effect { effect };
            let lease = commit.lease.as_ref().filter(|_| is_ours);
            let due = lease.map_or(commit.now, |lease| lease.until);
            let token = lease.map_or(Token(0), |_| self.next_token());
            let attempt = u32::from(lease.is_some());
            if lease.is_some() {
                claimed.push(Claimed { row, item: item.clone(), due: commit.now, attempt, token });
            }
            self.agenda.insert(row, Row { item, first_due: commit.now, due, attempt, token });
        }
        Committed { claimed }
    }

    fn set_timer(&mut self, row: RowId, item: Item, set: TimerSet) {
        let due = match (set, self.agenda.get_mut(&row)) {
            (TimerSet::Cancel, _) => {
                self.agenda.remove(&row);
                return;
            }
            (TimerSet::NoLaterThan(due), Some(old)) if old.token == Token(0) => {
                if old.due > due {
                    (old.due, old.first_due) = (due, old.first_due.min(due));
                }
                return;
            }
            // Its holder may have decided before this commit: it rings again, and not later.
            (TimerSet::NoLaterThan(due), Some(old)) => due.min(old.first_due),
            (TimerSet::At(due) | TimerSet::NoLaterThan(due), _) => due,
        };
        let new = Row { item, first_due: due, due, attempt: 0, token: Token(0) };
        self.agenda.insert(row, new);
    }

    fn forget(&mut self, case: CaseId) -> Committed {
        if let Some(gone) = self.cases.remove(&case)
            && self.groups.get(&gone.head.group) == Some(&case)
        {
            self.groups.remove(&gone.head.group);
        }
        self.agenda.retain(|row, _| row.case() != case);
        Committed::default()
    }

    fn next_token(&mut self) -> Token {
        self.token += 1;
        Token(self.token)
    }

    pub(crate) fn claim(&mut self, now: DateTime<Utc>, max: usize, lease: &Lease) -> Vec<Claimed> {
        let mut due: Vec<(DateTime<Utc>, RowId)> = self
            .agenda
            .iter()
            .filter(|(_, row)| row.due <= now)
            .map(|(id, row)| (row.due, *id))
            .collect();
        due.sort();
        due.truncate(max);
        let mut claimed = Vec::new();
        for (_, id) in due {
            let token = self.next_token();
            if let Some(row) = self.agenda.get_mut(&id) {
                row.attempt += 1;
                row.token = token;
                row.due = lease.until;
                let (item, due, attempt) = (row.item.clone(), row.first_due, row.attempt);
                claimed.push(Claimed { row: id, item, due, attempt, token });
            }
        }
        claimed
    }

    pub(crate) fn hold(
        &mut self,
        row: RowId,
        token: Token,
        due: DateTime<Utc>,
    ) -> Result<(), Error> {
        // Nobody holds a row whose token is 0.
        let is_ours = |held: &&mut Row| held.token == token && token != Token(0);
        let held = self.agenda.get_mut(&row).filter(is_ours);
        held.ok_or(Error::LeaseLost)?.due = due;
        Ok(())
    }

    /// Gives a row back: nobody holds it any more.
    pub(crate) fn postpone(
        &mut self,
        row: RowId,
        token: Token,
        due: DateTime<Utc>,
    ) -> Result<(), Error> {
        self.hold(row, token, due)?;
        if let Some(row) = self.agenda.get_mut(&row) {
            row.token = Token(0);
        }
        Ok(())
    }

    pub(crate) fn live(&self, after: Option<CaseId>, max: usize) -> Page {
        let mut cases: Vec<(CaseId, Head)> = self
            .cases
            .iter()
            .filter(|(id, case)| after.is_none_or(|after| **id > after) && case.head.is_live())
            .take(max + 1)
            .map(|(id, case)| (*id, case.head.clone()))
            .collect();
        let has_more = cases.len() > max;
        cases.truncate(max);
        let next = cases.last().filter(|_| has_more).map(|(id, _)| *id);
        Page { cases, next }
    }

    pub(crate) fn put(
        &mut self,
        kind: Kind,
        id: CompactString,
        expected: u64,
        body: Option<serde_json::Value>,
    ) -> Result<u64, Error> {
        let key = (kind.name(), id.clone());
        let version = self.documents.get(&key).map_or(0, |document| document.version);
        if version != expected {
            return Err(Error::Conflict);
        }
        match body {
            Some(body) => {
                self.documents.insert(key, Document { id, version: version + 1, body });
            }
            None => {
                self.documents.remove(&key);
            }
        }
        Ok(version + 1)
    }

    pub(crate) fn take(&mut self, limits: &[Limit], now: DateTime<Utc>) -> (Permit, CompactString) {
        let mut refused: Option<(DateTime<Utc>, CompactString)> = None;
        let mut granted = Vec::new();
        for limit in limits {
            let burst = i32::try_from(limit.burst).unwrap();
            let step = limit.period / burst;
            let tat = self.limits.get(&limit.key).copied().unwrap_or(now).max(now);
            let not_before = tat + step - limit.period;
            if not_before > now {
                if refused.as_ref().is_none_or(|(until, _)| *until < not_before) {
                    refused = Some((not_before, limit.key.clone()));
                }
            } else {
                granted.push((limit.key.clone(), tat + step));
            }
        }
        if let Some((until, key)) = refused {
            return (Permit::Refused(until), key);
        }
        self.limits.extend(granted);
        (Permit::Granted, CompactString::default())
    }

    pub(crate) fn events(&self, case: CaseId, from: u64, max: usize) -> Vec<Stored> {
        let Some(case) = self.cases.get(&case) else { return Vec::new() };
        case.events.iter().filter(|it| it.number >= from).take(max).cloned().collect()
    }

    /// The events with these numbers, in the order of the timeline.
    pub(crate) fn events_at(&self, case: CaseId, numbers: &[u64]) -> Vec<Stored> {
        let Some(case) = self.cases.get(&case) else { return Vec::new() };
        let wanted: BTreeSet<u64> = numbers.iter().copied().collect();
        case.events.iter().filter(|it| wanted.contains(&it.number)).cloned().collect()
    }

    pub(crate) fn find(&self, key: &Key) -> Vec<Found> {
        self.index.get(key).map(|found| found.iter().copied().collect()).unwrap_or_default()
    }

    pub(crate) fn documents(&self, kind: Kind) -> Vec<Document> {
        let of_kind = self.documents.iter().filter(|((name, _), _)| *name == kind.name());
        of_kind.map(|(_, document)| document.clone()).collect()
    }

    pub(crate) fn next_number(&mut self) -> Number {
        self.number += 1;
        Number(self.number)
    }
}
