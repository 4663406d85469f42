//! Commits made ready on the caller's thread: the writer only moves bytes.

use std::collections::BTreeMap;
use std::sync::Arc;

use compact_str::CompactString;

use super::frame;
use super::index::Entry;
use super::rows::{Case, RowKey, nanos};
use crate::brain::codec::encode;
use crate::brain::{Commit, Error, Token};
use crate::domain::ids::{CaseId, EffectId, Fingerprint};
use crate::domain::incident::{Class, Effect, Head, Stored, Timer, TimerSet};

/// A commit with everything in its stored form.
pub(super) struct Prepared {
    pub command: u128,
    pub case: CaseId,
    pub expected: u64,
    pub replaces: Option<CaseId>,
    pub is_current: bool,
    pub head: Arc<Head>,
    pub head_row: Vec<u8>,
    /// The number of the first event of each row, and the row.
    pub events: Vec<(u64, Vec<u8>)>,
    pub has_events: bool,
    pub members: BTreeMap<Fingerprint, Vec<u8>>,
    pub effects: Vec<Order>,
    pub timers: Vec<(Timer, TimerSet)>,
    pub settles: Option<(RowKey, Token)>,
    pub index: Vec<Entry>,
    pub forget: bool,
    pub now: i64,
    /// Who claims new effects, and until when.
    pub lease: Option<(CompactString, i64)>,
}

/// A new effect.
pub(super) struct Order {
    pub id: EffectId,
    pub effect: Effect,
    pub json: Vec<u8>,
    /// Class C is never started by who ordered it.
    pub is_started_at_birth: bool,
}

pub(super) fn prepare(commit: Commit) -> Result<Prepared, Error> {
    let json = encode("a head", &*commit.head)?;
    let mut members = BTreeMap::new();
    for (print, member) in &commit.members {
        members.insert(*print, encode("a member", member)?);
    }
    Ok(Prepared {
        command: commit.command,
        case: commit.case,
        expected: commit.expected,
        replaces: commit.replaces,
        is_current: commit.is_current,
        head_row: Case::of(&commit.head).row(&json),
        head: commit.head,
        has_events: !commit.events.is_empty(),
        events: events(&commit.events)?,
        members,
        effects: commit.effects.into_iter().map(order).collect::<Result<_, _>>()?,
        timers: commit.timers,
        settles: commit.settles.map(|(row, token)| (row.into(), token)),
        index: commit.index.into_iter().map(Entry::from).collect(),
        forget: commit.forget,
        now: nanos(commit.now),
        lease: commit.lease.map(|lease| (lease.holder, nanos(lease.until))),
    })
}

fn events(events: &[Stored]) -> Result<Vec<(u64, Vec<u8>)>, Error> {
    let mut rows = Vec::with_capacity(events.len().div_ceil(frame::VALUES_MAX));
    for events in events.chunks(frame::VALUES_MAX) {
        let mut values = Vec::with_capacity(events.len());
        for event in events {
            values.push((event.number, encode("an event", event)?));
        }
        let first = values.first().map_or(0, |(number, _)| *number);
        rows.push((first, frame::write(values.iter().map(|(n, json)| (*n, json.as_slice())))));
    }
    Ok(rows)
}

fn order((id, effect): (EffectId, Effect)) -> Result<Order, Error> {
    let json = encode("an effect", &effect)?;
    let is_started_at_birth = match effect.class() {
        Class::AtLeastOnce | Class::FindOrCreate => true,
        Class::AtMostOnce => false,
    };
    Ok(Order { id, effect, json, is_started_at_birth })
}
