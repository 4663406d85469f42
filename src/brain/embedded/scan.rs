//! The mirror, read from the disk at the start: headers only, no JSON.

use redb::{Database, ReadTransaction, ReadableDatabase, ReadableTable};

use super::disk::Doing;
use super::frame;
use super::index;
use super::mirror::{Fill, Mirror};
use super::rows::{
    AGENDA, COUNTERS, Case, HEADS, INDEX, LIMITS, MEMBERS, RowKey, Slot, case_of, damaged,
    number_of,
};
use super::writer::Counters;
use crate::brain::Error;
use crate::brain::limits::Limits;
use crate::domain::ids::Fingerprint;

const DOING: &str = "read the store";

/// Reads everything that lives in memory.
pub(super) fn read(database: &Database) -> Result<(Mirror, Counters), Error> {
    let transaction = database.begin_read().doing(DOING)?;
    let mut mirror = Mirror::default();
    cases(&transaction, &mut mirror)?;
    members(&transaction, &mut mirror)?;
    agenda(&transaction, &mut mirror)?;
    let log = indexes(&transaction, &mut mirror)?;
    let table = transaction.open_table(COUNTERS).doing(DOING)?;
    let counter = |name: &str| -> Result<u64, Error> {
        Ok(table.get(name).doing(DOING)?.map_or(0, |value| value.value()))
    };
    let (token, number, row) = (counter("token")?, counter("number")?, counter("row")?);
    Ok((mirror, Counters { token, number, row, log }))
}

/// Reads the limits.
pub(super) fn limits(database: &Database) -> Result<Limits, Error> {
    let transaction = database.begin_read().doing(DOING)?;
    let mut limits = Limits::default();
    for row in transaction.open_table(LIMITS).doing(DOING)?.iter().doing(DOING)? {
        let (key, next) = row.doing(DOING)?;
        limits.0.insert(key.value().into(), next.value());
    }
    Ok(limits)
}

fn cases(transaction: &ReadTransaction, mirror: &mut Mirror) -> Result<(), Error> {
    for row in transaction.open_table(HEADS).doing(DOING)?.iter().doing(DOING)? {
        let (key, head) = row.doing(DOING)?;
        let case = case_of(&key.value()).ok_or_else(|| damaged("key"))?;
        let (known, _) = Case::parse(head.value()).ok_or_else(|| damaged("head"))?;
        mirror.cases.insert(case, known);
    }
    Ok(())
}

fn members(transaction: &ReadTransaction, mirror: &mut Mirror) -> Result<(), Error> {
    for row in transaction.open_table(MEMBERS).doing(DOING)?.iter().doing(DOING)? {
        let (key, members) = row.doing(DOING)?;
        let key = key.value();
        let (case, row) = (case_of(&key).ok_or_else(|| damaged("key"))?, number_of(&key));
        let members = frame::read(members.value())?;
        let size = u16::try_from(members.len()).unwrap_or(u16::MAX);
        mirror.fills.insert(row, Fill { live: size, size });
        for (print, _) in members {
            // A case's rows come in the order in which they were written.
            let old = mirror.members.insert((case, Fingerprint(print)), row);
            if let Some(fill) = old.and_then(|old| mirror.fills.get_mut(&old)) {
                fill.live = fill.live.saturating_sub(1);
            }
        }
    }
    Ok(())
}

fn agenda(transaction: &ReadTransaction, mirror: &mut Mirror) -> Result<(), Error> {
    for row in transaction.open_table(AGENDA).doing(DOING)?.iter().doing(DOING)? {
        let (key, slot) = row.doing(DOING)?;
        let key = RowKey::parse(&key.value()).ok_or_else(|| damaged("key"))?;
        let slot = Slot::parse(slot.value()).ok_or_else(|| damaged("agenda row"))?;
        mirror.set_slot(key, Some(slot));
    }
    Ok(())
}

/// Reads the log of the indexes; gives how many entries it has.
fn indexes(transaction: &ReadTransaction, mirror: &mut Mirror) -> Result<usize, Error> {
    let mut log = 0;
    for row in transaction.open_table(INDEX).doing(DOING)?.iter().doing(DOING)? {
        let (_, row) = row.doing(DOING)?;
        for entry in index::read(row.value())? {
            log += 1;
            mirror.index.apply(entry);
        }
    }
    Ok(log)
}
