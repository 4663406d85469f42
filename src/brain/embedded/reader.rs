//! Reading, on the caller's thread: the mirror says where, the last durable snapshot says what.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use redb::{Database, ReadOnlyTable, ReadableDatabase};
use tokio::sync::broadcast;

use super::disk::Doing;
use super::mirror::{Delta, Mirror};
use super::rows::{Case, DOCUMENTS, EVENTS, HEADS, LOGS, MEMBERS, case_key, damaged, numbered};
use super::{frame, logs};
use crate::brain::codec::decode;
use crate::brain::{At, Change, Document, Error, Kind, Loaded, Page, Rows};
use crate::domain::ids::{CaseId, Fingerprint};
use crate::domain::incident::{Head, Incident, Member, Stored};

type Bytes<K> = ReadOnlyTable<K, &'static [u8]>;

/// The tables as they were after one transaction.
pub(super) struct Snapshot {
    heads: Bytes<[u8; 10]>,
    events: Bytes<[u8; 18]>,
    members: Bytes<[u8; 18]>,
    documents: ReadOnlyTable<(&'static str, &'static str), (u64, &'static [u8])>,
    pub logs: logs::Snapshot,
}

impl Snapshot {
    pub(super) fn take(database: &Database) -> Result<Self, Error> {
        let doing = "begin to read";
        let transaction = database.begin_read().doing(doing)?;
        Ok(Self {
            heads: transaction.open_table(HEADS).doing(doing)?,
            events: transaction.open_table(EVENTS).doing(doing)?,
            members: transaction.open_table(MEMBERS).doing(doing)?,
            documents: transaction.open_table(DOCUMENTS).doing(doing)?,
            logs: transaction.open_table(LOGS).doing(doing)?,
        })
    }
}

/// The mirror and the snapshot of the same transaction.
pub(super) struct State {
    pub mirror: Mirror,
    pub snapshot: Arc<Snapshot>,
}

/// What readers and the writer share.
pub(super) struct Shared {
    pub state: RwLock<State>,
    /// Why nothing may go on, once that is so.
    broken: OnceLock<String>,
    changes: broadcast::Sender<Change>,
}

/// How many changes a slow watcher may be behind before it is told that it has missed some.
const CHANGES_MAX: usize = 4096;

/// Where to find what was asked for.
struct Place {
    case: CaseId,
    head: Option<Arc<Head>>,
    /// Rows of members with those that are wanted of them; none: all.
    members: Option<BTreeMap<u64, Vec<Fingerprint>>>,
}

impl Shared {
    pub(super) fn new(mirror: Mirror, snapshot: Arc<Snapshot>) -> Self {
        let (changes, _) = broadcast::channel(CHANGES_MAX);
        let state = RwLock::new(State { mirror, snapshot });
        Self { state, broken: OnceLock::new(), changes }
    }

    pub(super) fn watch(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }

    pub(super) fn tell(&self, mut changes: Vec<Change>) {
        changes.dedup();
        for change in changes {
            // Nobody may be watching.
            drop(self.changes.send(change));
        }
    }

    pub(super) fn trust(&self) -> Result<(), Error> {
        match self.broken.get() {
            Some(why) => Err(Error::Unusable(why.clone())),
            None => Ok(()),
        }
    }

    pub(super) fn distrust(&self, why: &str) {
        self.broken.get_or_init(|| why.to_owned());
    }

    pub(super) fn publish(&self, delta: Delta, snapshot: Arc<Snapshot>) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.mirror.publish(delta);
        state.snapshot = snapshot;
    }

    pub(super) fn replace(&self, mirror: Mirror, snapshot: Arc<Snapshot>) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        *state = State { mirror, snapshot };
    }

    /// Looks into the mirror, and gives the snapshot that belongs to it.
    pub(super) fn look<T>(
        &self,
        look: impl FnOnce(&Mirror) -> T,
    ) -> Result<(T, Arc<Snapshot>), Error> {
        self.trust()?;
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        Ok((look(&state.mirror), Arc::clone(&state.snapshot)))
    }

    pub(super) fn load(&self, wanted: &[(At, Rows)]) -> Result<Vec<Option<Loaded>>, Error> {
        let (places, snapshot) = self.look(|mirror| {
            wanted.iter().map(|(at, rows)| place(mirror, at, rows)).collect::<Vec<_>>()
        })?;
        places
            .into_iter()
            .map(|place| place.map(|place| snapshot.load(place)).transpose())
            .collect()
    }

    pub(super) fn live(&self, after: Option<CaseId>, max: usize) -> Result<Page, Error> {
        let (mut found, snapshot) = self.look(|mirror| {
            let from = after.map_or(std::ops::Bound::Unbounded, std::ops::Bound::Excluded);
            let cases = mirror.cases.range((from, std::ops::Bound::Unbounded));
            let live = cases.filter(|(_, known)| !known.is_over).take(max.saturating_add(1));
            live.map(|(case, _)| (*case, mirror.heads.get(case).cloned())).collect::<Vec<_>>()
        })?;
        let has_more = found.len() > max;
        found.truncate(max);
        let next = found.last().map(|(case, _)| *case).filter(|_| has_more);
        let head = |(case, head)| Ok((case, snapshot.head(case, head)?));
        Ok(Page { cases: found.into_iter().map(head).collect::<Result<_, Error>>()?, next })
    }

    pub(super) fn events(&self, case: CaseId, from: u64, max: usize) -> Result<Vec<Stored>, Error> {
        let ((), snapshot) = self.look(|_| ())?;
        let first = snapshot.row_with(case, from)?;
        let mut events = Vec::new();
        snapshot.each_row(numbered(case, first)..=numbered(case, u64::MAX), |row| {
            for (number, json) in frame::read(row)? {
                if number >= from && events.len() < max {
                    events.push(decode("event", json)?);
                }
            }
            Ok(events.len() < max)
        })?;
        Ok(events)
    }

    pub(super) fn events_at(&self, case: CaseId, numbers: &[u64]) -> Result<Vec<Stored>, Error> {
        let ((), snapshot) = self.look(|_| ())?;
        let mut events = Vec::with_capacity(numbers.len());
        for number in numbers {
            let first = snapshot.row_with(case, *number)?;
            let stored = snapshot.events.get(numbered(case, first)).doing("read events")?;
            let Some(row) = stored else { continue };
            for (found, json) in frame::read(row.value())? {
                if found == *number {
                    events.push(decode("event", json)?);
                }
            }
        }
        Ok(events)
    }

    pub(super) fn documents(&self, kind: Kind) -> Result<Vec<Document>, Error> {
        let ((), snapshot) = self.look(|_| ())?;
        let mut documents = Vec::new();
        for row in snapshot.documents.range((kind.name(), "")..).doing("read documents")? {
            let (key, stored) = row.doing("read documents")?;
            let ((of, id), (version, body)) = (key.value(), stored.value());
            if of != kind.name() {
                break;
            }
            documents.push(Document { id: id.into(), version, body: decode("document", body)? });
        }
        Ok(documents)
    }
}

fn place(mirror: &Mirror, at: &At, rows: &Rows) -> Option<Place> {
    let case = match at {
        At::Case(case) => *case,
        At::Group(group) => mirror.index.group(group)?,
    };
    mirror.cases.get(&case)?;
    let members = match rows {
        Rows::All => None,
        Rows::Some(prints) => {
            let mut rows: BTreeMap<u64, Vec<Fingerprint>> = BTreeMap::new();
            for print in prints {
                if let Some(row) = mirror.members.get(&(case, *print)) {
                    rows.entry(*row).or_default().push(*print);
                }
            }
            Some(rows)
        }
    };
    Some(Place { case, head: mirror.heads.get(&case).cloned(), members })
}

impl Snapshot {
    fn load(&self, place: Place) -> Result<Loaded, Error> {
        let Place { case, head, members } = place;
        let head = self.head(case, head)?;
        let members = match members {
            Some(rows) => self.some(case, &rows)?,
            None => self.all(case)?,
        };
        Ok(Loaded { case, incident: Incident { head, members } })
    }

    fn head(&self, case: CaseId, known: Option<Arc<Head>>) -> Result<Head, Error> {
        if let Some(head) = known {
            return Ok(Arc::unwrap_or_clone(head));
        }
        let row = self.heads.get(case_key(case)).doing("read a head")?;
        let row = row.ok_or_else(|| damaged("head"))?;
        let (_, json) = Case::parse(row.value()).ok_or_else(|| damaged("head"))?;
        decode("head", json)
    }

    fn some(
        &self,
        case: CaseId,
        rows: &BTreeMap<u64, Vec<Fingerprint>>,
    ) -> Result<BTreeMap<Fingerprint, Member>, Error> {
        let mut members = BTreeMap::new();
        for (row, wanted) in rows {
            let stored = self.members.get(numbered(case, *row)).doing("read members")?;
            let stored = stored.ok_or_else(|| damaged("row of members"))?;
            for (print, json) in frame::read(stored.value())? {
                if wanted.contains(&Fingerprint(print)) {
                    members.insert(Fingerprint(print), decode("member", json)?);
                }
            }
        }
        Ok(members)
    }

    fn all(&self, case: CaseId) -> Result<BTreeMap<Fingerprint, Member>, Error> {
        let mut members = BTreeMap::new();
        let rows = self.members.range(numbered(case, 0)..=numbered(case, u64::MAX));
        for row in rows.doing("read members")? {
            let (_, stored) = row.doing("read members")?;
            for (print, json) in frame::read(stored.value())? {
                // Later rows are newer.
                members.insert(Fingerprint(print), decode("member", json)?);
            }
        }
        Ok(members)
    }

    /// The first number of the row that holds this event, if any does.
    fn row_with(&self, case: CaseId, number: u64) -> Result<u64, Error> {
        let range = numbered(case, 0)..=numbered(case, number);
        let last = self.events.range(range).doing("read events")?.next_back();
        let last = last.transpose().doing("read events")?;
        Ok(last.map_or(number, |(key, _)| super::rows::number_of(&key.value())))
    }

    fn each_row(
        &self,
        range: RangeInclusive<[u8; 18]>,
        mut each: impl FnMut(&[u8]) -> Result<bool, Error>,
    ) -> Result<(), Error> {
        for row in self.events.range(range).doing("read events")? {
            let (_, row) = row.doing("read events")?;
            if !each(row.value())? {
                break;
            }
        }
        Ok(())
    }
}
