//! How a decision is written: all of it, or nothing.

use super::store::{Case, Store};
use crate::brain::{Commit, Committed, Error, IndexChange, Item, Key, RowId};
use crate::domain::ids::CaseId;
use crate::domain::incident::Class;

/// So many commands are known again when they come twice: whoever sends one again does so at once.
const COMMANDS_MAX: usize = 4096;

/// What became of a commit.
pub(super) enum Written {
    /// It was written now.
    Now(Committed),
    /// It was answered before, or cannot be written.
    No(Result<Committed, Error>),
}

impl Store {
    pub(super) fn commit(&mut self, commit: &Commit) -> Written {
        if let Some(answer) = self.answers.get(&commit.command) {
            return Written::No(answer.clone());
        }
        let answer = self.check(commit).map(|()| self.apply(commit));
        self.remember(commit.command, answer.clone());
        match answer {
            Ok(committed) => Written::Now(committed),
            Err(error) => Written::No(Err(error)),
        }
    }

    fn remember(&mut self, command: u128, answer: Result<Committed, Error>) {
        self.answers.insert(command, answer);
        self.commands.push_back(command);
        if self.commands.len() > COMMANDS_MAX
            && let Some(old) = self.commands.pop_front()
        {
            self.answers.remove(&old);
        }
    }

    fn check(&self, commit: &Commit) -> Result<(), Error> {
        if let Some((row, token)) = commit.settles
            && !self.agenda.is_held(row, token)
        {
            return Err(Error::LeaseLost);
        }
        let version = self.cases.get(&commit.case).map_or(0, |case| case.head.version);
        if version != commit.expected {
            return Err(Error::Conflict);
        }
        let current = self.groups.get(&commit.head.group).copied();
        if commit.expected == 0 && current != commit.replaces {
            return Err(Error::Conflict);
        }
        if commit.expected > 0 && commit.is_current && current != Some(commit.case) {
            return Err(Error::Replaced);
        }
        Ok(())
    }

    fn apply(&mut self, commit: &Commit) -> Committed {
        self.sequence += 1;
        if let Some((row, _)) = commit.settles {
            self.agenda.remove(row);
        }
        commit.index.iter().for_each(|change| self.note(change));
        if commit.forget {
            self.forget(commit.case);
            return Committed::default();
        }
        if commit.expected == 0 {
            self.groups.insert(commit.head.group.clone(), commit.case);
        }
        self.keep(commit);
        for (timer, set) in &commit.timers {
            let row = RowId::Timer(commit.case, *timer);
            self.agenda.set_timer(row, Item::Timer { timer: *timer }, *set);
        }
        Committed { claimed: self.order(commit) }
    }

    fn note(&mut self, change: &IndexChange) {
        match change {
            IndexChange::Put(key, found) => {
                let entries = self.index.entry(key.clone()).or_default();
                if !matches!(key, Key::Inhibitor(_)) {
                    entries.clear();
                }
                entries.insert(*found);
            }
            IndexChange::Remove(key, found) => {
                let Some(entries) = self.index.get_mut(key) else { return };
                entries.remove(found);
                if entries.is_empty() {
                    self.index.remove(key);
                }
            }
        }
    }

    fn keep(&mut self, commit: &Commit) {
        let case = self.cases.entry(commit.case).or_insert_with(|| Case {
            head: commit.head.clone(),
            members: Default::default(),
            events: Vec::new(),
        });
        case.head = commit.head.clone();
        case.members.extend(commit.members.iter().cloned());
        case.events.extend(commit.events.iter().cloned());
        if case.head.is_live() {
            self.live.insert(commit.case);
        } else {
            self.live.remove(&commit.case);
        }
    }

    fn order(&mut self, commit: &Commit) -> Vec<crate::brain::Claimed> {
        let orders = commit.effects.iter().filter_map(|(id, effect)| {
            let is_ours = effect.class() != Class::AtMostOnce;
            let lease = commit.lease.as_ref().filter(|_| is_ours);
            let item = Item::Effect { effect: effect.clone() };
            self.agenda.order(RowId::Effect(*id), item, commit.now, lease)
        });
        orders.collect()
    }

    fn forget(&mut self, case: CaseId) {
        self.live.remove(&case);
        if let Some(gone) = self.cases.remove(&case)
            && self.groups.get(&gone.head.group) == Some(&case)
        {
            self.groups.remove(&gone.head.group);
        }
        self.agenda.forget(case);
    }
}
