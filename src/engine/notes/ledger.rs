//! Which effects of class C this node has started: attempt numbers roll back with the brain, this
//! does not.
//!
//! It refuses a second start for as long as it remembers the first, and any start that it could not
//! write down before.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use super::file::{self, Error};
use crate::domain::ids::EffectId;

/// How long a start is remembered: much longer than any brain is rolled back.
const KEPT: TimeDelta = TimeDelta::days(30);

/// Whether an effect may be started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// This is its first start here; it is written down, durably.
    First,
    /// It was started here at this time.
    Again(DateTime<Utc>),
}

/// The starts of this node.
#[derive(Debug, Default)]
pub struct Ledger(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    started: BTreeMap<EffectId, DateTime<Utc>>,
    /// None: in memory only.
    file: Option<File>,
}

impl Ledger {
    /// Reads what is there, and forgets what is too old. Blocks.
    pub(super) fn open(path: &Path, now: DateTime<Utc>) -> Result<Self, Error> {
        let text = file::read(path)?;
        // A line that a crash cut off belongs to a start that did not happen.
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let mut started: BTreeMap<EffectId, DateTime<Utc>> =
            whole.lines().filter_map(parse).collect();
        started.retain(|_, at| now - *at < KEPT);
        let kept = started.iter().fold(String::new(), |mut text, (id, at)| {
            // Writing into a string cannot fail.
            writeln!(text, "{}", line(*id, *at)).ok();
            text
        });
        file::replace(path, &kept)?;
        let opened = OpenOptions::new().append(true).open(path);
        let file = Some(opened.map_err(Error::of("open", path))?);
        Ok(Self(Mutex::new(Inner { started, file })))
    }

    /// As [`Ledger::begin`], without blocking the runtime.
    ///
    /// # Errors
    /// As [`Ledger::begin`].
    pub async fn start(self: &Arc<Self>, id: EffectId, now: DateTime<Utc>) -> Result<Start, Error> {
        if self.is_in_memory() {
            return self.begin(id, now);
        }
        let ledger = Arc::clone(self);
        let begun = tokio::task::spawn_blocking(move || ledger.begin(id, now)).await;
        begun.unwrap_or_else(|error| {
            let doing = "write the ledger of runs".to_owned();
            Err(Error { doing, why: error.to_string() })
        })
    }

    fn is_in_memory(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).file.is_none()
    }

    /// Writes down that an effect starts now, unless it has started before. Blocks for an fsync.
    ///
    /// # Errors
    /// When it could not be made durable: then it must not start.
    pub fn begin(&self, id: EffectId, now: DateTime<Utc>) -> Result<Start, Error> {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = inner.started.get(&id) {
            return Ok(Start::Again(*at));
        }
        if let Some(file) = &mut inner.file {
            let text = format!("{}\n", line(id, now));
            let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_data());
            written.map_err(Error::of("write", Path::new("the ledger of runs")))?;
        }
        inner.started.insert(id, now);
        Ok(Start::First)
    }
}

fn line(id: EffectId, at: DateTime<Utc>) -> String {
    format!("{} {id}", at.timestamp_millis())
}

fn parse(line: &str) -> Option<(EffectId, DateTime<Utc>)> {
    let (at, id) = line.split_once(' ')?;
    Some((id.parse().ok()?, DateTime::from_timestamp_millis(at.parse().ok()?)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::CaseId;

    fn id(event: u64) -> EffectId {
        EffectId { case: CaseId { shard: 1, serial: 2 }, event, index: 0 }
    }

    fn noon() -> DateTime<Utc> {
        "2026-03-01T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn an_effect_starts_once_also_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger");
        let ledger = Ledger::open(&path, noon()).unwrap();
        assert_eq!(ledger.begin(id(1), noon()), Ok(Start::First));
        assert_eq!(ledger.begin(id(1), noon()), Ok(Start::Again(noon())));
        drop(ledger);
        let ledger = Ledger::open(&path, noon()).unwrap();
        assert_eq!(ledger.begin(id(1), noon()), Ok(Start::Again(noon())));
        assert_eq!(ledger.begin(id(2), noon()), Ok(Start::First));
    }

    #[test]
    fn old_starts_and_torn_lines_are_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger");
        Ledger::open(&path, noon()).unwrap().begin(id(1), noon()).unwrap();
        let torn = format!("{}17", std::fs::read_to_string(&path).unwrap());
        std::fs::write(&path, torn).unwrap();
        let ledger = Ledger::open(&path, noon()).unwrap();
        assert_eq!(ledger.begin(id(1), noon()), Ok(Start::Again(noon())));
        drop(ledger);
        let ledger = Ledger::open(&path, noon() + KEPT).unwrap();
        assert_eq!(ledger.begin(id(1), noon() + KEPT), Ok(Start::First));
    }
}
