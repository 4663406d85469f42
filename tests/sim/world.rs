//! What all nodes of a run share: the durable store, everything outside, chance, and the trace.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::broadcast;
use tokio::time::Instant;
use warroom::brain::Change;
use warroom::domain::ids::EffectId;

use crate::clock::{dawn, sleep};
use crate::habits::Habits;
use crate::ledger::Ledger;
use crate::mutants::Mutant;
use crate::outer::Outer;
use crate::rng::Rng;
use crate::store::Store;

/// How many changes a watcher may lag behind.
const CHANGES_MAX: usize = 64;
/// A run that writes more than this is stuck in a loop.
const TRACE_MAX: usize = 16 << 20;

/// Everything that is shared by the nodes of one run.
pub(crate) struct World {
    /// Chooses faults.
    pub(crate) chance: Rng,
    /// Gives the nodes their random numbers.
    pub(crate) ids: Rng,
    pub(crate) store: Store,
    pub(crate) outer: Outer,
    /// Whose hands each effect is in, and when the lease ends that it was begun with.
    pub(crate) hands: BTreeMap<EffectId, (Arc<Life>, DateTime<Utc>)>,
    /// What the invariants remember of the past.
    pub(crate) ledger: Ledger,
    pub(crate) habits: Habits,
    pub(crate) mutant: Option<Mutant>,
    pub(crate) changes: broadcast::Sender<Change>,
    /// How often each fault and each notable state was reached.
    pub(crate) marks: BTreeMap<&'static str, u64>,
    /// What was found wrong, the first first.
    pub(crate) failures: Vec<String>,
    trace: String,
}

impl World {
    pub(crate) fn mark(&mut self, mark: &'static str) {
        *self.marks.entry(mark).or_default() += 1;
    }

    pub(crate) fn fail(&mut self, why: String) {
        self.failures.push(why);
    }

    /// Whether a fault of this chance strikes now.
    pub(crate) fn strikes(&mut self, per_mille: u32, mark: &'static str) -> bool {
        let strikes = per_mille > 0 && self.habits.are_bad && self.chance.chance(per_mille);
        if strikes {
            self.mark(mark);
        }
        strikes
    }

    /// What has happened so far, in one text.
    pub(crate) fn take_trace(&mut self) -> String {
        std::mem::take(&mut self.trace)
    }
}

/// A handle on the world.
#[derive(Clone)]
pub(crate) struct Shared {
    world: Arc<Mutex<World>>,
    start: Instant,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the simulated world")
    }
}

impl Shared {
    pub(crate) fn new(seed: u64, habits: Habits, mutant: Option<Mutant>) -> Self {
        let world = World {
            chance: Rng::new(seed, 1),
            ids: Rng::new(seed, 2),
            store: Store::default(),
            outer: Outer::default(),
            hands: BTreeMap::new(),
            ledger: Ledger::default(),
            habits,
            mutant,
            changes: broadcast::channel(CHANGES_MAX).0,
            marks: BTreeMap::new(),
            failures: Vec::new(),
            trace: String::new(),
        };
        Self { world: Arc::new(Mutex::new(world)), start: Instant::now() }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn elapsed(&self) -> Duration {
        Instant::now() - self.start
    }

    /// The true time, which no node knows.
    pub(crate) fn time(&self) -> DateTime<Utc> {
        dawn() + TimeDelta::from_std(self.elapsed()).unwrap()
    }

    /// Writes one line into the trace.
    pub(crate) fn note(&self, line: fmt::Arguments<'_>) {
        let at = self.elapsed().as_millis();
        let mut world = self.lock();
        if world.trace.len() < TRACE_MAX {
            fmt::Write::write_fmt(&mut world.trace, format_args!("{at:>9} {line}\n")).unwrap();
        }
    }
}

/// One life of a node's process: from its start to its crash.
#[derive(Debug, Default)]
pub(crate) struct Life {
    /// Which node, for the trace.
    pub(crate) name: &'static str,
    dead: AtomicBool,
    stalls: AtomicU64,
    stalled: AtomicBool,
    skew_ms: AtomicI64,
}

impl Life {
    pub(crate) fn new(name: &'static str, skew_ms: i64) -> Arc<Self> {
        Arc::new(Self { name, skew_ms: AtomicI64::new(skew_ms), ..Self::default() })
    }

    pub(crate) fn skew_ms(&self) -> i64 {
        self.skew_ms.load(Ordering::Relaxed)
    }

    /// The wall clock of this node jumps.
    pub(crate) fn set_skew(&self, skew_ms: i64) {
        self.skew_ms.store(skew_ms, Ordering::Relaxed);
    }

    /// The process dies: whatever it awaits never comes.
    pub(crate) fn kill(&self) {
        self.dead.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.dead.load(Ordering::Relaxed)
    }

    /// Nothing of the process runs until [`Self::wake`].
    pub(crate) fn stall(&self) {
        self.stalls.fetch_add(1, Ordering::Relaxed);
        self.stalled.store(true, Ordering::Relaxed);
    }

    pub(crate) fn wake(&self) {
        self.stalled.store(false, Ordering::Relaxed);
    }

    pub(crate) fn is_stalled(&self) -> bool {
        self.stalled.load(Ordering::Relaxed)
    }

    /// How often it was stopped so far: tells whether it was, between two moments.
    pub(crate) fn stalls(&self) -> u64 {
        self.stalls.load(Ordering::Relaxed)
    }

    /// Goes on only while the process lives and runs.
    pub(crate) async fn pass(&self) {
        while self.is_stalled() && !self.is_dead() {
            sleep(Duration::from_millis(50)).await;
        }
        if self.is_dead() {
            std::future::pending::<()>().await;
        }
    }
}
