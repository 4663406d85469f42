//! The agenda: rows by their id, and the order in which they are due.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::brain::{Claimed, Error, Item, Lease, RowId, Token};
use crate::domain::ids::{CaseId, EffectId};
use crate::domain::incident::TimerSet;

/// One row.
#[derive(Debug, Clone)]
struct Row {
    item: Item,
    /// When it was due first: leases do not move this.
    first_due: DateTime<Utc>,
    due: DateTime<Utc>,
    attempt: u32,
    token: Token,
}

/// Everything that stands on the agenda.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    rows: BTreeMap<RowId, Row>,
    /// The same rows by time. Kept in step with `rows` by [`Agenda::insert`] and [`Agenda::remove`].
    order: BTreeSet<(DateTime<Utc>, RowId)>,
    /// The last token that was given.
    token: u64,
}

impl Agenda {
    /// Whether this token holds the row. Nobody holds a row whose token is 0.
    pub(super) fn is_held(&self, row: RowId, token: Token) -> bool {
        token != Token(0) && self.rows.get(&row).is_some_and(|held| held.token == token)
    }

    pub(super) fn next_due(&self) -> Option<DateTime<Utc>> {
        self.order.first().map(|(due, _)| *due)
    }

    /// A new effect, claimed at once where there is a lease for it.
    pub(super) fn order(
        &mut self,
        row: RowId,
        item: Item,
        now: DateTime<Utc>,
        lease: Option<&Lease>,
    ) -> Option<Claimed> {
        let due = lease.map_or(now, |lease| lease.until);
        let token = lease.map_or(Token(0), |_| self.next_token());
        let attempt = u32::from(lease.is_some());
        let claimed = lease.map(|_| Claimed { row, item: item.clone(), due: now, attempt, token });
        self.insert(row, Row { item, first_due: now, due, attempt, token });
        claimed
    }

    pub(super) fn set_timer(&mut self, row: RowId, item: Item, set: TimerSet) {
        let due = match (set, self.rows.get(&row)) {
            (TimerSet::Cancel, _) => {
                self.remove(row);
                return;
            }
            (TimerSet::NoLaterThan(due), Some(old)) if old.token == Token(0) => {
                if old.due > due {
                    let old = Row { due, first_due: old.first_due.min(due), ..old.clone() };
                    self.insert(row, old);
                }
                return;
            }
            // Its holder may have decided before this commit: it rings again, and not later.
            (TimerSet::NoLaterThan(due), Some(old)) => due.min(old.first_due),
            (TimerSet::At(due) | TimerSet::NoLaterThan(due), _) => due,
        };
        self.insert(row, Row { item, first_due: due, due, attempt: 0, token: Token(0) });
    }

    pub(super) fn claim(&mut self, now: DateTime<Utc>, max: usize, lease: &Lease) -> Vec<Claimed> {
        let due = self.order.iter().take_while(|(due, _)| *due <= now).take(max);
        let due: Vec<RowId> = due.map(|(_, row)| *row).collect();
        due.into_iter().filter_map(|row| self.claim_one(row, lease)).collect()
    }

    fn claim_one(&mut self, row: RowId, lease: &Lease) -> Option<Claimed> {
        let mut held = self.rows.get(&row)?.clone();
        held.attempt = held.attempt.saturating_add(1);
        held.token = self.next_token();
        held.due = lease.until;
        let Row { item, first_due: due, attempt, token, .. } = held.clone();
        self.insert(row, held);
        Some(Claimed { row, item, due, attempt, token })
    }

    pub(super) fn renew(
        &mut self,
        row: RowId,
        token: Token,
        due: DateTime<Utc>,
    ) -> Result<(), Error> {
        self.give(row, (token, token), due)
    }

    /// Gives a row back: nobody holds it any more.
    pub(super) fn postpone(
        &mut self,
        row: RowId,
        token: Token,
        due: DateTime<Utc>,
    ) -> Result<(), Error> {
        self.give(row, (token, Token(0)), due)
    }

    fn give(
        &mut self,
        row: RowId,
        (held, token): (Token, Token),
        due: DateTime<Utc>,
    ) -> Result<(), Error> {
        let old = self.rows.get(&row).filter(|_| self.is_held(row, held));
        let old = old.ok_or(Error::LeaseLost)?.clone();
        self.insert(row, Row { due, token, ..old });
        Ok(())
    }

    pub(super) fn remove(&mut self, row: RowId) {
        if let Some(old) = self.rows.remove(&row) {
            self.order.remove(&(old.due, row));
        }
    }

    /// Removes every row of a case.
    pub(super) fn forget(&mut self, case: CaseId) {
        let effect = |event, index| RowId::Effect(EffectId { case, event, index });
        let effects = self.rows.range(effect(0, 0)..=effect(u64::MAX, u16::MAX));
        let timers = crate::brain::codec::TIMERS.into_iter().map(|timer| RowId::Timer(case, timer));
        let gone: Vec<RowId> = effects.map(|(row, _)| *row).chain(timers).collect();
        gone.into_iter().for_each(|row| self.remove(row));
    }

    fn insert(&mut self, row: RowId, new: Row) {
        self.order.insert((new.due, row));
        let due = new.due;
        if let Some(old) = self.rows.insert(row, new)
            && old.due != due
        {
            self.order.remove(&(old.due, row));
        }
    }

    fn next_token(&mut self) -> Token {
        self.token += 1;
        Token(self.token)
    }
}
