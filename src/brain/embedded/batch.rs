//! One write transaction: what each job changes in it.
//!
//! A job is checked before anything of it is written, so that a refused one leaves nothing behind.
//! An error of the disk ends the whole transaction.

use std::sync::Arc;

use redb::{ReadableTable, Table, WriteTransaction};

use super::disk::Doing;
use super::index::{self, Entry};
use super::logs::Logs;
use super::members;
use super::mirror::{Delta, Mirror, View};
use super::prepare::{Order, Prepared};
use super::rows::{
    AGENDA, COUNTERS, Case, DOCUMENTS, EFFECTS, EVENTS, HEADS, INDEX, LIMITS, LOGGED, LOGS,
    MEMBERS, RowKey, Slot, case_key, damaged, nanos, numbered, time,
};
use super::writer::{Answers, Counters};
use crate::brain::codec::decode;
use crate::brain::{Change, Claimed, Committed, Error, Item, Lease, Token};
use crate::domain::ids::CaseId;
use crate::domain::incident::{Effect, Timer, TimerSet};

type Bytes<'t, K> = Table<'t, K, &'static [u8]>;

/// The tables of one transaction.
pub(super) struct Tables<'t> {
    pub heads: Bytes<'t, [u8; 10]>,
    pub events: Bytes<'t, [u8; 18]>,
    pub members: Bytes<'t, [u8; 18]>,
    pub agenda: Bytes<'t, [u8; 20]>,
    pub effects: Bytes<'t, [u8; 20]>,
    pub index: Bytes<'t, u64>,
    pub counters: Table<'t, &'static str, u64>,
    pub documents: Table<'t, (&'static str, &'static str), (u64, &'static [u8])>,
    pub limits: Table<'t, &'static str, i64>,
    pub logs: Logs<'t>,
}

impl<'t> Tables<'t> {
    pub(super) fn open(transaction: &'t WriteTransaction) -> Result<Self, Error> {
        let doing = "open the tables";
        Ok(Self {
            heads: transaction.open_table(HEADS).doing(doing)?,
            events: transaction.open_table(EVENTS).doing(doing)?,
            members: transaction.open_table(MEMBERS).doing(doing)?,
            agenda: transaction.open_table(AGENDA).doing(doing)?,
            effects: transaction.open_table(EFFECTS).doing(doing)?,
            index: transaction.open_table(INDEX).doing(doing)?,
            counters: transaction.open_table(COUNTERS).doing(doing)?,
            documents: transaction.open_table(DOCUMENTS).doing(doing)?,
            limits: transaction.open_table(LIMITS).doing(doing)?,
            logs: Logs {
                entries: transaction.open_table(LOGS).doing(doing)?,
                ids: transaction.open_table(LOGGED).doing(doing)?,
            },
        })
    }
}

/// A transaction with the changes that it will publish.
pub(super) struct Batch<'a, 't> {
    pub tables: Tables<'t>,
    pub view: View<'a>,
    pub counters: &'a mut Counters,
    pub changes: Vec<Change>,
    /// First answers to the commands of this transaction.
    pub answers: Vec<(u128, Committed)>,
}

impl<'a, 't> Batch<'a, 't> {
    pub(super) fn new(tables: Tables<'t>, mirror: &'a Mirror, counters: &'a mut Counters) -> Self {
        let view = View { mirror, delta: Delta::default() };
        Self { tables, view, counters, changes: Vec::new(), answers: Vec::new() }
    }

    /// Applies a commit, or says why not.
    pub(super) fn commit(
        &mut self,
        commit: &mut Prepared,
        known: &Answers,
    ) -> Result<Result<Committed, Error>, Error> {
        let here = self.answers.iter().find(|(command, _)| *command == commit.command);
        let first = here.map(|(_, answer)| answer).or_else(|| known.get(commit.command));
        if let Some(answer) = first {
            return Ok(Ok(answer.clone()));
        }
        if let Err(refused) = self.check(commit) {
            return Ok(Err(refused));
        }
        let answer = self.write(commit)?;
        self.answers.push((commit.command, answer.clone()));
        Ok(Ok(answer))
    }

    fn check(&self, commit: &Prepared) -> Result<(), Error> {
        if let Some((row, token)) = commit.settles {
            self.held(row, token)?;
        }
        let known = self.view.case(commit.case);
        if known.map_or(0, |known| known.version) != commit.expected {
            return Err(Error::Conflict);
        }
        let current = self.view.group(&commit.head.group);
        let begins = known.is_none();
        if begins && current.is_some() && current != commit.replaces {
            return Err(Error::Conflict);
        }
        if !begins && commit.is_current && current != Some(commit.case) {
            return Err(Error::Replaced);
        }
        Ok(())
    }

    /// The row, if this token still holds it.
    fn held(&self, row: RowKey, token: Token) -> Result<Slot, Error> {
        let held = self.view.slot(row).filter(|slot| slot.token == Some(token));
        held.ok_or(Error::LeaseLost)
    }

    fn write(&mut self, commit: &mut Prepared) -> Result<Committed, Error> {
        if let Some((row, _)) = commit.settles {
            self.drop_row(row)?;
        }
        for entry in std::mem::take(&mut commit.index) {
            self.view.change_index(entry);
        }
        if commit.forget {
            self.forget(commit)?;
            return Ok(Committed::default());
        }
        self.write_case(commit)?;
        for (timer, to) in &commit.timers {
            self.set_timer(commit.case, *timer, *to)?;
        }
        let lease = commit.lease.clone();
        let mut claimed = Vec::new();
        for order in commit.effects.drain(..) {
            let lease = lease.as_ref().filter(|_| order.is_started_at_birth);
            let lease = lease.map(|(holder, until)| (holder.as_str(), *until));
            claimed.extend(self.order(order, commit.now, lease)?);
        }
        Ok(Committed { claimed })
    }

    fn write_case(&mut self, commit: &Prepared) -> Result<(), Error> {
        let case = commit.case;
        if self.view.case(case).is_none() {
            self.view.change_index(Entry::group(true, commit.head.group.clone(), case));
        }
        self.view.delta.cases.insert(case, Some(Case::of(&commit.head)));
        self.view.delta.heads.insert(case, Some(Arc::clone(&commit.head)));
        let head = commit.head_row.as_slice();
        self.tables.heads.insert(case_key(case), head).doing("write a head")?;
        for (first, row) in &commit.events {
            let key = numbered(case, *first);
            self.tables.events.insert(key, row.as_slice()).doing("write events")?;
        }
        let row = &mut self.counters.row;
        members::write(&mut self.tables, &mut self.view, case, &commit.members, row)?;
        if commit.has_events {
            self.changes.push(Change::Case(case, commit.head.version));
        }
        Ok(())
    }

    fn forget(&mut self, commit: &Prepared) -> Result<(), Error> {
        let case = commit.case;
        if self.view.group(&commit.head.group) == Some(case) {
            self.view.change_index(Entry::group(false, commit.head.group.clone(), case));
        }
        for row in self.view.agenda_of(case) {
            self.drop_row(row)?;
        }
        members::forget(&mut self.tables, &mut self.view, case)?;
        let range = numbered(case, 0)..=numbered(case, u64::MAX);
        self.tables.events.retain_in(range, |_, _| false).doing("remove events")?;
        self.tables.heads.remove(case_key(case)).doing("remove a head")?;
        self.view.delta.cases.insert(case, None);
        self.view.delta.heads.insert(case, None);
        self.changes.push(Change::Case(case, commit.head.version));
        Ok(())
    }

    fn order(
        &mut self,
        order: Order,
        now: i64,
        lease: Option<(&str, i64)>,
    ) -> Result<Option<Claimed>, Error> {
        let row = RowKey::effect(order.id);
        let json = order.json.as_slice();
        self.tables.effects.insert(row.bytes(), json).doing("write an effect")?;
        let Some((holder, until)) = lease else {
            self.changes.push(Change::Agenda);
            self.put_slot(row, Slot::free(now), "")?;
            return Ok(None);
        };
        let slot = self.claim_slot(row, Slot::free(now), holder, until)?;
        Ok(Some(claimed(row, slot, Item::Effect { effect: order.effect })))
    }

    /// Setting a timer takes it from whoever holds it: their work is as old as the old setting.
    fn set_timer(&mut self, case: CaseId, timer: Timer, to: TimerSet) -> Result<(), Error> {
        let row = RowKey::timer(case, timer);
        let old = self.view.slot(row);
        let new = match (to, old) {
            (TimerSet::Cancel, None) => return Ok(()),
            (TimerSet::Cancel, Some(_)) => return self.drop_row(row),
            (TimerSet::At(at), _) | (TimerSet::NoLaterThan(at), None) => Slot::free(nanos(at)),
            (TimerSet::NoLaterThan(at), Some(old)) => earlier(old, nanos(at)),
        };
        if old != Some(new) {
            self.changes.push(Change::Agenda);
            self.put_slot(row, new, "")?;
        }
        Ok(())
    }

    fn put_slot(&mut self, row: RowKey, slot: Slot, holder: &str) -> Result<(), Error> {
        let bytes = slot.bytes(holder);
        self.tables.agenda.insert(row.bytes(), bytes.as_slice()).doing("write the agenda")?;
        self.view.delta.agenda.insert(row, Some(slot));
        Ok(())
    }

    fn drop_row(&mut self, row: RowKey) -> Result<(), Error> {
        self.tables.agenda.remove(row.bytes()).doing("settle")?;
        if row.as_timer().is_none() {
            self.tables.effects.remove(row.bytes()).doing("settle")?;
        }
        self.view.delta.agenda.insert(row, None);
        Ok(())
    }

    fn claim_slot(
        &mut self,
        row: RowKey,
        slot: Slot,
        holder: &str,
        until: i64,
    ) -> Result<Slot, Error> {
        self.counters.token += 1;
        let token = Some(Token(self.counters.token));
        let slot = Slot { at: until, attempt: slot.attempt.saturating_add(1), token, ..slot };
        self.put_slot(row, slot, holder)?;
        Ok(slot)
    }

    /// Claims what was due before this transaction and has not changed in it.
    pub(super) fn claim(
        &mut self,
        now: i64,
        max: usize,
        lease: &Lease,
    ) -> Result<Vec<Claimed>, Error> {
        let due = self.view.mirror.order.range(..=(now, RowKey::HIGHEST));
        let rows: Vec<RowKey> = due
            .map(|(_, row)| *row)
            .filter(|row| !self.view.delta.agenda.contains_key(row))
            .take(max)
            .collect();
        let mut answer = Vec::with_capacity(rows.len());
        for row in rows {
            let Some(slot) = self.view.slot(row) else { continue };
            let slot = self.claim_slot(row, slot, &lease.holder, nanos(lease.until))?;
            let item = match row.as_timer() {
                Some(timer) => Item::Timer { timer },
                None => Item::Effect { effect: self.effect(row)? },
            };
            answer.push(claimed(row, slot, item));
        }
        Ok(answer)
    }

    fn effect(&self, row: RowKey) -> Result<Effect, Error> {
        let stored = self.tables.effects.get(row.bytes()).doing("read an effect")?;
        decode("effect", stored.ok_or_else(|| damaged("effect"))?.value())
    }

    pub(super) fn renew(
        &mut self,
        row: RowKey,
        token: Token,
        lease: &Lease,
    ) -> Result<Result<(), Error>, Error> {
        let slot = match self.held(row, token) {
            Ok(slot) => Slot { at: nanos(lease.until), ..slot },
            Err(lost) => return Ok(Err(lost)),
        };
        self.put_slot(row, slot, &lease.holder).map(Ok)
    }

    pub(super) fn postpone(
        &mut self,
        row: RowKey,
        token: Token,
        due: i64,
    ) -> Result<Result<(), Error>, Error> {
        let slot = match self.held(row, token) {
            Ok(slot) => Slot { at: due, token: None, ..slot },
            Err(lost) => return Ok(Err(lost)),
        };
        self.changes.push(Change::Agenda);
        self.put_slot(row, slot, "").map(Ok)
    }

    /// Writes what is written once for all jobs: the log of the indexes, the counters.
    pub(super) fn close(&mut self) -> Result<(), Error> {
        if !self.view.delta.index.is_empty() {
            let mut row = Vec::new();
            self.view.delta.index.iter().for_each(|entry| index::write(entry, &mut row));
            self.counters.row += 1;
            self.counters.log += self.view.delta.index.len();
            let number = self.counters.row;
            self.tables.index.insert(number, row.as_slice()).doing("write the index")?;
        }
        let Counters { token, number, row, .. } = *self.counters;
        for (name, value) in [("token", token), ("number", number), ("row", row)] {
            self.tables.counters.insert(name, value).doing("write the counters")?;
        }
        Ok(())
    }
}

/// An earlier setting stays; one that is being worked on rings again, as nobody knows what its
/// holder has seen.
fn earlier(old: Slot, at: i64) -> Slot {
    match old.token {
        Some(_) => Slot { at: old.due.min(at), token: None, ..old },
        None if old.at <= at => old,
        None => Slot { at, due: at, ..old },
    }
}

fn claimed(row: RowKey, slot: Slot, item: Item) -> Claimed {
    Claimed {
        row: row.id(),
        item,
        due: time(slot.due),
        attempt: slot.attempt,
        token: slot.token.unwrap_or(Token(0)),
    }
}
