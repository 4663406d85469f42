//! The members of a commit as one new row, and what becomes of the rows they leave.

use std::collections::BTreeMap;

use redb::ReadableTable;

use super::batch::Tables;
use super::disk::Doing;
use super::frame;
use super::mirror::{Fill, View};
use super::rows::{damaged, numbered};
use crate::brain::Error;
use crate::domain::ids::{CaseId, Fingerprint};

/// A row with fewer live members than one in so many is emptied into the next row. Each write
/// moves at most a third of a member, and at most three quarters of the stored ones are stale.
const SPARSE: u16 = 4;

/// Writes the changed members of a case; `row` numbers the new rows.
pub(super) fn write(
    tables: &mut Tables<'_>,
    view: &mut View<'_>,
    case: CaseId,
    changed: &BTreeMap<Fingerprint, Vec<u8>>,
    row: &mut u64,
) -> Result<(), Error> {
    let mut left: BTreeMap<u64, Fill> = BTreeMap::new();
    for print in changed.keys() {
        let Some(old) = view.member((case, *print)) else { continue };
        let fill = left.entry(old).or_insert_with(|| view.fill(old));
        fill.live = fill.live.saturating_sub(1);
        view.delta.members.insert((case, *print), None);
    }
    let mut moved = Vec::new();
    for (old, fill) in left {
        if fill.live > fill.size / SPARSE {
            view.delta.fills.insert(old, Some(fill));
            continue;
        }
        view.delta.fills.insert(old, None);
        let removed = tables.members.remove(numbered(case, old)).doing("remove a row")?;
        let removed = removed.ok_or_else(|| damaged("row of members"))?;
        if fill.live > 0 {
            survivors(view, case, old, removed.value(), &mut moved)?;
        }
    }
    let moved = moved.iter().map(|(print, member)| (*print, member.as_slice()));
    let all: Vec<(u64, &[u8])> =
        changed.iter().map(|(print, member)| (print.0, member.as_slice())).chain(moved).collect();
    for values in all.chunks(frame::VALUES_MAX) {
        *row += 1;
        let bytes = frame::write(values.iter().copied());
        tables.members.insert(numbered(case, *row), bytes.as_slice()).doing("write members")?;
        let size = u16::try_from(values.len()).unwrap_or(u16::MAX);
        view.delta.fills.insert(*row, Some(Fill { live: size, size }));
        for (print, _) in values {
            view.delta.members.insert((case, Fingerprint(*print)), Some(*row));
        }
    }
    Ok(())
}

/// The members of a sparse row that have no newer one.
fn survivors(
    view: &View<'_>,
    case: CaseId,
    row: u64,
    bytes: &[u8],
    moved: &mut Vec<(u64, Vec<u8>)>,
) -> Result<(), Error> {
    for (print, member) in frame::read(bytes)? {
        if view.member((case, Fingerprint(print))) == Some(row) {
            moved.push((print, member.to_vec()));
        }
    }
    Ok(())
}

/// Deletes every member of a case.
pub(super) fn forget(
    tables: &mut Tables<'_>,
    view: &mut View<'_>,
    case: CaseId,
) -> Result<(), Error> {
    let mut rows = Vec::new();
    let range = numbered(case, 0)..=numbered(case, u64::MAX);
    for row in tables.members.range(range).doing("read members")? {
        let (key, bytes) = row.doing("read members")?;
        rows.push(key.value());
        for (print, _) in frame::read(bytes.value())? {
            view.delta.members.insert((case, Fingerprint(print)), None);
        }
    }
    for key in rows {
        tables.members.remove(key).doing("remove members")?;
        view.delta.fills.insert(super::rows::number_of(&key), None);
    }
    Ok(())
}
