//! Makes decisions happen: loads, decides, commits, and carries the effects out.
//!
//! It refuses to know any outside system, and to keep anything durable in memory.
//!
//! Start with [`handle`](Engine): the only door between inputs and the brain.

mod access;
pub mod after;
pub mod audit;
mod auditor;
mod beats;
pub mod canary;
pub mod clock;
mod dispatch;
pub mod fallback;
mod gate;
pub mod grants;
pub mod graphs;
mod handle;
mod holds;
mod index;
mod ingest;
pub mod journal;
pub mod links;
pub mod listing;
pub mod live;
pub mod meters;
pub mod mirror;
mod moving;
pub mod notes;
mod oncall;
mod openings;
pub mod outside;
mod pages;
mod patience;
mod perform;
pub mod promise;
mod queries;
pub mod rehearsal;
pub mod replay;
mod rollback;
pub mod rooms;
pub mod runs;
pub mod said;
mod second_factor;
pub mod sessions;
mod silences;
pub mod sources;
mod sweep;
pub mod talk;
pub mod tasks;
pub mod tickets;
mod told;
pub mod trail;
mod turns;
pub mod views;
pub mod written;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use compact_str::CompactString;

use crate::adapters::ingest::heartbeat;
use crate::brain::{Brain, Error, Guard};
use crate::domain::access::Directory;
use crate::domain::incident::{Policy, Settings};
use crate::domain::noise::inhibition::Inhibitions;
use crate::domain::oncall::{Plans, Roster};
use crate::domain::rules::Ruleset;
use crate::domain::run::Freeze;
use clock::Clock;
use meters::Meters;
use notes::Notes;
use outside::Outside;
use tasks::Tasks;

/// What the rule files say, swapped as one when they change.
#[derive(Debug, Default)]
pub struct Book {
    /// The rules.
    pub rules: Ruleset,
    /// The inhibition rules.
    pub inhibitions: Inhibitions,
    /// Schedules and escalation policies.
    pub plans: Arc<Plans>,
}

/// When many incidents open at once.
#[derive(Debug, Clone)]
pub struct Storm {
    /// More openings than this inside `window` are a storm.
    pub incidents: u32,
    /// The window.
    pub window: chrono::TimeDelta,
    /// A storm ends when nothing has opened for this long.
    pub calm: chrono::TimeDelta,
    /// What the umbrella incident does: its number is filled in.
    pub policy: Policy,
}

/// What the configuration says to the engine.
#[derive(Debug, Clone)]
pub struct Options {
    /// The name of this process, in leases and logs.
    pub holder: CompactString,
    /// Several processes share the brain: what it acknowledges alone is not durable enough.
    pub is_shared: bool,
    /// Nobody waits for replicas and the journal: see [`promise::Mode::Fast`].
    pub is_fast: bool,
    /// What holds for all incidents.
    pub settings: Settings,
    /// Heartbeats by name.
    pub heartbeats: BTreeMap<CompactString, heartbeat::Config>,
    /// When many incidents open at once.
    pub storm: Storm,
    /// How many openings all rules together may cause; none: no limit.
    pub openings: Option<(u32, chrono::TimeDelta)>,
    /// How long this process may hold a row without a sign of life: others wait so long before they
    /// take over.
    pub lease: Duration,
    /// How often the agenda is looked at when nothing says that it changed.
    pub poll: Duration,
}

/// Loads, decides, commits, dispatches.
pub struct Engine {
    brain: Arc<dyn Brain>,
    /// What stands before the brain: the same, for who may doubt it.
    guard: Arc<Guard>,
    outside: Arc<dyn Outside>,
    clock: Arc<dyn Clock>,
    journal: Option<Arc<journal::Journal>>,
    rooms: rooms::Rooms,
    tickets: tickets::Tickets,
    links: links::Links,
    hints: live::Hints,
    notes: Notes,
    vital: rollback::Vital,
    book: ArcSwap<Book>,
    directory: ArcSwap<Directory>,
    given: grants::Given,
    freezes: ArcSwap<Vec<Freeze>>,
    roster: ArcSwap<Roster>,
    pages: pages::Queue,
    sessions: sessions::Known,
    equipment: ArcSwap<runs::Equipment>,
    options: Options,
    sources: sources::Sources,
    graphs: graphs::Graphs,
    meters: Meters,
    tasks: Tasks,
    gate: gate::Gate,
    stripes: handle::Stripes,
    lanes: dispatch::Lanes,
    storm_gate: tokio::sync::Mutex<()>,
    said: talk::Once,
    trail: trail::Trail,
    after: after::After,
    mirror: mirror::Mirror,
    wake: tokio::sync::Notify,
    /// Silences or rules have changed.
    changed: tokio::sync::Notify,
    written: written::Written,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("brain", &self.brain).finish_non_exhaustive()
    }
}

/// Everything that an engine is made of.
pub struct Parts {
    /// Where everything is kept.
    pub brain: Arc<dyn Brain>,
    /// Where effects go.
    pub outside: Arc<dyn Outside>,
    /// Time and chance.
    pub clock: Arc<dyn Clock>,
    /// The journal of accepted deliveries; none: the brain alone is the promise.
    pub journal: Option<Arc<journal::Journal>>,
    /// What this node remembers by itself.
    pub notes: Notes,
    /// What the rule files say.
    pub book: Book,
    /// What the configuration says.
    pub options: Options,
}

impl Engine {
    /// Makes an engine that does nothing by itself yet, and knows no source of numbers or lines.
    #[must_use]
    pub fn new(parts: Parts) -> Arc<Self> {
        Self::with_sources(parts, sources::Sources::default())
    }

    /// As [`Engine::new`], with the sources of numbers and log lines.
    #[must_use]
    pub fn with_sources(parts: Parts, sources: sources::Sources) -> Arc<Self> {
        let Parts { brain, outside, clock, journal, notes, book, options } = parts;
        let guard = Arc::new(Guard::around(brain));
        let graphs = graphs::Graphs::new(sources.clone(), clock.clone()).keeping(guard.clone());
        let trail = trail::Trail::new(guard.clone(), clock.clone(), options.holder.clone());
        Arc::new(Self {
            rooms: rooms::Rooms::new(guard.clone()),
            tickets: tickets::Tickets::new(guard.clone()),
            links: links::Links::new(guard.clone(), clock.clone()),
            hints: live::Hints::default(),
            brain: guard.clone(),
            guard,
            outside,
            clock,
            journal,
            notes,
            vital: rollback::Vital::default(),
            roster: ArcSwap::from_pointee(Roster {
                plans: book.plans.clone(),
                ..Roster::default()
            }),
            pages: pages::Queue::default(),
            book: ArcSwap::from_pointee(book),
            directory: ArcSwap::default(),
            given: grants::Given::default(),
            freezes: ArcSwap::default(),
            sessions: sessions::Known::default(),
            equipment: ArcSwap::default(),
            options,
            sources,
            graphs,
            meters: Meters::default(),
            tasks: Tasks::default(),
            gate: gate::Gate::default(),
            stripes: handle::Stripes::default(),
            lanes: dispatch::Lanes::default(),
            storm_gate: tokio::sync::Mutex::default(),
            said: talk::Once::default(),
            trail,
            after: after::After::default(),
            mirror: mirror::Mirror::default(),
            wake: tokio::sync::Notify::new(),
            changed: tokio::sync::Notify::new(),
            written: written::Written::default(),
        })
    }

    /// Reads what it needs and starts its background work.
    ///
    /// # Errors
    /// When the brain cannot be read and no journal can stand in for it.
    pub async fn start(self: &Arc<Self>) -> Result<(), Error> {
        match self.refresh_silences().await {
            Err(error) if self.journal.is_none() => return Err(error),
            Err(error) => tracing::warn!(%error, "starting without the brain"),
            Ok(()) => {
                self.refresh_overrides().await?;
                self.refresh_grants().await?;
                self.meters.brain_up.set(1);
            }
        }
        self.tasks.spawn("dispatch", self.clone().dispatch());
        self.tasks.spawn("changes", self.clone().follow_changes());
        self.tasks.spawn("hints", self.clone().hint());
        self.tasks.spawn("reconsider", self.clone().look_after_changes());
        self.tasks.spawn("beats", self.clone().watch_beats());
        self.tasks.spawn("auditor", self.clone().audit_escalations());
        self.tasks.spawn("weekly reports", self.clone().report_weekly());
        self.tasks.spawn("hand-offs", self.clone().tell_of_hand_offs());
        self.mirror();
        if self.options.is_shared {
            self.tasks.spawn("brain", self.clone().watch_brain());
            self.tasks.spawn("journal", self.clone().replay_journal());
            self.tasks.spawn("fallback", self.clone().page_without_brain());
        }
        self.after_change();
        Ok(())
    }

    /// Takes new rule files, and sends alerts that nobody wanted where they now belong.
    pub fn reload(self: &Arc<Self>, book: Book) {
        self.plan(&book.plans);
        self.book.store(Arc::new(book));
        self.after_change();
    }

    /// Stops claiming, waits up to `patience` for what is under way, and lets the rest go: its
    /// leases end, and another process or the next start takes it over.
    pub async fn stop(&self, patience: Duration) {
        tokio::select! {
            biased;
            () = self.tasks.stop() => {}
            () = self.clock.sleep(patience) => {
                tracing::warn!("some effects did not end in time; their leases will run out");
            }
        }
    }
}
