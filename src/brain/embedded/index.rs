//! The indexes: wholly in memory, on disk as a log of changes that is rewritten when it is long.
//!
//! Keys come in random order; as rows of a table each would cost a page. As a log all the keys of a
//! transaction are one short row at the table's end.

use std::collections::{BTreeMap, BTreeSet};

use compact_str::CompactString;

use super::rows::{case_key, case_of, damaged};
use crate::brain::{Error, Found, IndexChange, Key};
use crate::domain::ids::{CaseId, Fingerprint, GroupKey, Number};

/// Something that finds cases.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Name {
    Key(Key),
    /// The current case of a group.
    Group(GroupKey),
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub is_put: bool,
    pub name: Name,
    pub found: Found,
}

impl Entry {
    pub(super) fn group(is_put: bool, group: GroupKey, case: CaseId) -> Self {
        Self { is_put, name: Name::Group(group), found: Found { case, member: None } }
    }
}

impl From<IndexChange> for Entry {
    fn from(change: IndexChange) -> Self {
        match change {
            IndexChange::Put(key, found) => Self { is_put: true, name: Name::Key(key), found },
            IndexChange::Remove(key, found) => Self { is_put: false, name: Name::Key(key), found },
        }
    }
}

/// What every key finds now.
#[derive(Debug, Default)]
pub(super) struct Index {
    prints: BTreeMap<Fingerprint, CaseId>,
    singles: BTreeMap<Name, CaseId>,
    inhibitors: BTreeSet<(u64, Found)>,
}

impl Index {
    pub(super) fn len(&self) -> usize {
        self.prints.len() + self.singles.len() + self.inhibitors.len()
    }

    pub(super) fn find(&self, key: &Key) -> Vec<Found> {
        let single = |case: Option<&CaseId>| -> Vec<Found> {
            case.map(|case| Found { case: *case, member: None }).into_iter().collect()
        };
        match key {
            Key::Fingerprint(print) => single(self.prints.get(print)),
            Key::Inhibitor(hash) => self
                .inhibitors
                .range((*hash, LOWEST)..)
                .take_while(|(other, _)| other == hash)
                .map(|(_, found)| *found)
                .collect(),
            Key::Number(_) | Key::Room(_) | Key::Ticket(_) => {
                single(self.singles.get(&Name::Key(key.clone())))
            }
        }
    }

    pub(super) fn group(&self, group: &GroupKey) -> Option<CaseId> {
        self.singles.get(&Name::Group(group.clone())).copied()
    }

    pub(super) fn apply(&mut self, entry: Entry) {
        let Entry { is_put, name, found } = entry;
        match name {
            Name::Key(Key::Fingerprint(print)) => {
                change(&mut self.prints, print, found.case, is_put);
            }
            Name::Key(Key::Inhibitor(hash)) if is_put => {
                self.inhibitors.insert((hash, found));
            }
            Name::Key(Key::Inhibitor(hash)) => {
                self.inhibitors.remove(&(hash, found));
            }
            name => change(&mut self.singles, name, found.case, is_put),
        }
    }

    /// Everything, as puts.
    pub(super) fn entries(&self) -> impl Iterator<Item = Entry> {
        let put = |name, found| Entry { is_put: true, name, found };
        let single = |case| Found { case, member: None };
        let prints = self.prints.iter();
        prints
            .map(move |(print, case)| put(Name::Key(Key::Fingerprint(*print)), single(*case)))
            .chain(self.singles.iter().map(move |(name, case)| put(name.clone(), single(*case))))
            .chain(
                self.inhibitors
                    .iter()
                    .map(move |(hash, found)| put(Name::Key(Key::Inhibitor(*hash)), *found)),
            )
    }
}

/// What sorts before every other find.
const LOWEST: Found = Found { case: CaseId { shard: 0, serial: 0 }, member: None };

fn change<K: Ord>(map: &mut BTreeMap<K, CaseId>, key: K, case: CaseId, is_put: bool) {
    if is_put {
        map.insert(key, case);
    } else if map.get(&key) == Some(&case) {
        map.remove(&key);
    }
}

/// Adds an entry to a row of the log: `put u8, kind u8, key, case, has member u8, member`.
pub(super) fn write(entry: &Entry, row: &mut Vec<u8>) {
    row.push(u8::from(entry.is_put));
    match &entry.name {
        Name::Key(Key::Fingerprint(print)) => number(row, 1, print.0),
        Name::Key(Key::Number(n)) => number(row, 2, n.0),
        Name::Key(Key::Inhibitor(hash)) => number(row, 3, *hash),
        Name::Key(Key::Room(room)) => text(row, 4, room),
        Name::Key(Key::Ticket(ticket)) => text(row, 5, ticket),
        Name::Group(group) => text(row, 6, &group.0),
    }
    row.extend(case_key(entry.found.case));
    row.push(u8::from(entry.found.member.is_some()));
    row.extend(entry.found.member.map(|print| print.0.to_be_bytes()).unwrap_or_default());
}

fn number(row: &mut Vec<u8>, kind: u8, number: u64) {
    row.push(kind);
    row.extend(number.to_be_bytes());
}

fn text(row: &mut Vec<u8>, kind: u8, text: &str) {
    row.push(kind);
    row.extend(u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
    row.extend(text.as_bytes());
}

/// Reads a row of the log.
pub(super) fn read(mut row: &[u8]) -> Result<Vec<Entry>, Error> {
    let mut entries = Vec::new();
    while !row.is_empty() {
        entries.push(entry(&mut row).ok_or_else(|| damaged("index row"))?);
    }
    Ok(entries)
}

fn entry(row: &mut &[u8]) -> Option<Entry> {
    let [is_put, kind] = *take::<2>(row)?;
    let name = match kind {
        1 => Name::Key(Key::Fingerprint(Fingerprint(take_number(row)?))),
        2 => Name::Key(Key::Number(Number(take_number(row)?))),
        3 => Name::Key(Key::Inhibitor(take_number(row)?)),
        4 => Name::Key(Key::Room(take_text(row)?)),
        5 => Name::Key(Key::Ticket(take_text(row)?)),
        6 => Name::Group(GroupKey(take_text(row)?)),
        _ => return None,
    };
    let case = case_of(take::<10>(row)?)?;
    let [has_member] = *take::<1>(row)?;
    let member = Fingerprint(take_number(row)?);
    let member = if has_member == 0 { None } else { Some(member) };
    Some(Entry { is_put: is_put != 0, name, found: Found { case, member } })
}

fn take<'a, const N: usize>(row: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (taken, rest) = row.split_first_chunk::<N>()?;
    *row = rest;
    Some(taken)
}

fn take_number(row: &mut &[u8]) -> Option<u64> {
    take::<8>(row).copied().map(u64::from_be_bytes)
}

fn take_text(row: &mut &[u8]) -> Option<CompactString> {
    let length = usize::try_from(u32::from_be_bytes(*take::<4>(row)?)).ok()?;
    let (text, rest) = row.split_at_checked(length)?;
    *row = rest;
    CompactString::from_utf8(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_survive_their_bytes() {
        let found = Found { case: CaseId { shard: 3, serial: 9 }, member: Some(Fingerprint(0)) };
        let names = [
            Name::Key(Key::Fingerprint(Fingerprint(1))),
            Name::Key(Key::Number(Number(2))),
            Name::Key(Key::Inhibitor(3)),
            Name::Key(Key::Room("".into())),
            Name::Key(Key::Ticket("OPS-17 \u{fc}".into())),
            Name::Group(GroupKey("cms{env=\"prod\"}".into())),
        ];
        let entry = |name: &Name| Entry { is_put: true, name: name.clone(), found };
        let entries: Vec<Entry> = names.iter().map(entry).collect();
        let mut row = Vec::new();
        entries.iter().for_each(|entry| write(entry, &mut row));
        assert_eq!(read(&row).unwrap(), entries);
        assert!(read(&row[..row.len() - 1]).is_err());
        let mut index = Index::default();
        entries.iter().cloned().for_each(|entry| index.apply(entry));
        assert_eq!(index.entries().count(), 6);
    }
}
