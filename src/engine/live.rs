//! Hints for those who watch: which room has something new, which incident has changed.
//!
//! One task listens to the brain for all viewers of this process. A hint may be lost and is never
//! wrong for long; what it hints at is read from the brain.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use compact_str::CompactString;
use futures_util::future::{BoxFuture, pending};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use super::Engine;
use super::rooms::room_of;
use crate::brain::{At, Change, Error, Rows};
use crate::domain::ids::CaseId;

/// How many hints a slow viewer may be behind before it is told to look at everything.
const HINTS_MAX: usize = 1024;
/// How long changes of incidents gather: a burst of commits is one hint for each incident.
const GATHER: Duration = Duration::from_millis(100);
/// With more changed incidents than this in one moment, viewers load their lists anew.
const MOVED_MAX: usize = 128;

/// What a viewer is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    /// A room has new entries.
    Room(CompactString),
    /// An incident has changed.
    Incident {
        /// Its number.
        number: u64,
        /// The number of its last event.
        version: u64,
    },
    /// Something may have been missed: look at everything.
    Lagged,
}

/// Where hints come from.
#[derive(Debug)]
pub(super) struct Hints(broadcast::Sender<Hint>);

impl Default for Hints {
    fn default() -> Self {
        Self(broadcast::channel(HINTS_MAX).0)
    }
}

impl Hints {
    fn tell(&self, hint: Hint) {
        // Nobody may be watching.
        drop(self.0.send(hint));
    }
}

/// Cases that have moved, and when that is told.
#[derive(Default)]
struct Moved {
    cases: BTreeMap<CaseId, u64>,
    due: Option<BoxFuture<'static, ()>>,
}

impl Moved {
    async fn is_due(&mut self) {
        match &mut self.due {
            Some(due) => due.await,
            None => pending().await,
        }
    }
}

impl Engine {
    /// Hints from now on.
    #[must_use]
    pub fn watch(&self) -> broadcast::Receiver<Hint> {
        self.hints.0.subscribe()
    }

    /// Turns changes of the brain into hints, until everything stops.
    pub(super) async fn hint(self: Arc<Self>) {
        let mut changes = self.brain.watch();
        let mut moved = Moved::default();
        loop {
            tokio::select! {
                biased;
                () = moved.is_due() => self.tell_moved(std::mem::take(&mut moved)).await,
                change = changes.recv() => match change {
                    Ok(Change::Case(case, version)) => {
                        moved.cases.insert(case, version);
                        moved.due.get_or_insert_with(|| self.clock.sleep(GATHER));
                    }
                    Ok(Change::Log(log, _)) => {
                        if let Some(room) = room_of(&log) {
                            self.hints.tell(Hint::Room(room.into()));
                        }
                    }
                    Ok(Change::Lagged) | Err(RecvError::Lagged(_)) => self.hints.tell(Hint::Lagged),
                    Ok(Change::Document(_) | Change::Agenda) => {}
                    Err(RecvError::Closed) => return,
                },
            }
        }
    }

    async fn tell_moved(&self, moved: Moved) {
        if self.hints.0.receiver_count() == 0 {
            return;
        }
        if moved.cases.len() > MOVED_MAX {
            return self.hints.tell(Hint::Lagged);
        }
        match self.numbers_of(moved.cases.into_keys()).await {
            Ok(hints) => hints.into_iter().for_each(|hint| self.hints.tell(hint)),
            Err(error) => {
                tracing::debug!(%error, "cannot tell which incidents have changed");
                self.hints.tell(Hint::Lagged);
            }
        }
    }

    async fn numbers_of(&self, cases: impl Iterator<Item = CaseId>) -> Result<Vec<Hint>, Error> {
        let questions = cases.map(|case| (At::Case(case), Rows::Some(Vec::new()))).collect();
        let loaded = self.brain.load(questions).await?;
        let hint = |loaded: crate::brain::Loaded| {
            let head = loaded.incident.head;
            Some(Hint::Incident { number: head.number?.0, version: head.version })
        };
        Ok(loaded.into_iter().flatten().filter_map(hint).collect())
    }
}
