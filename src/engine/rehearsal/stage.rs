//! Directs a rehearsal: what is reported and typed when, and how time passes between.

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use compact_str::CompactString;
use tokio::runtime::Runtime;

use super::answers::{Answer, Answers, Door};
use super::clock::Virtual;
use super::outside::Scenery;
use super::record::{Happening, Record, Seen};
use super::stand_ins::{Gauges, Understudy};
use super::witness::Eyes;
use crate::adapters::ingest::Delivery;
use crate::brain::{Brain, Witness};
use crate::domain::access::{Actor, Directory, OPERATOR, Via};
use crate::domain::alert::Report;
use crate::domain::ids::Number;
use crate::domain::noise::silence::api::PostableSilence;
use crate::domain::runbook;
use crate::engine::clock::Clock;
use crate::engine::graphs::Graphs;
use crate::engine::notes::Notes;
use crate::engine::runs::Equipment;
use crate::engine::sources::Sources;
use crate::engine::talk::{Origin, Outcome, Spoken};
use crate::engine::tasks::spawn_root;
use crate::engine::views::Refusal;
use crate::engine::{Book, Engine, Options, Parts};

/// What the process, the source of alerts and the source of numbers are called.
const NAME: CompactString = CompactString::const_new("rehearsal");
/// The agenda says itself when the next row is due: without it, looking once in a while is enough.
const POLL: Duration = Duration::from_secs(3600);
/// Long enough that no row is lost between two instants.
const LEASE: Duration = Duration::from_secs(60);

/// Makes an empty brain, every write of which this witness sees.
pub type Make = fn(Arc<dyn Witness>) -> Arc<dyn Brain>;

/// What is rehearsed: the files and the configuration of one moment.
#[derive(Debug, Clone)]
pub struct Cast {
    /// Rules, inhibitions, schedules and policies.
    pub book: Arc<Book>,
    /// The runbooks.
    pub runbooks: Arc<runbook::Book>,
    /// People, teams and grants.
    pub directory: Directory,
    /// The brain of each rehearsal: one in memory.
    pub brain: Make,
    /// What the configuration says to the engine. Its name, lease and poll are the rehearsal's own.
    pub options: Options,
}

/// One run of the real engine, on its own clock and without any outside.
///
/// It owns a runtime of one thread and must not be used inside another one.
#[derive(Debug)]
pub struct Rehearsal {
    runtime: Runtime,
    engine: Arc<Engine>,
    clock: Virtual,
    record: Arc<Record>,
    answers: Arc<Answers>,
}

/// Why a rehearsal cannot go on: the program itself is broken.
#[derive(Debug, thiserror::Error)]
#[error("the rehearsal broke off: {0}")]
pub struct Broken(String);

impl Rehearsal {
    /// A rehearsal that begins at this time, with nothing in its brain.
    ///
    /// # Errors
    /// When the machine gives no runtime.
    pub fn new(cast: Cast, start: DateTime<Utc>) -> Result<Self, Broken> {
        let clock = Virtual::new(start);
        let idle = clock.clone();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .on_thread_park(move || idle.is_idle())
            .build()
            .map_err(|error| Broken(error.to_string()))?;
        let (record, answers) = (Arc::<Record>::default(), Arc::<Answers>::default());
        let engine = staged(cast, &clock, &record, &answers);
        let rehearsal = Self { runtime, engine, clock, record, answers };
        let engine = rehearsal.engine.clone();
        rehearsal.drive(async move { engine.start_rehearsal() })?;
        Ok(rehearsal)
    }

    /// The time of the rehearsal.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The engine, to be looked at: what is asked of it directly stands in no record.
    #[must_use]
    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// Lets time pass until this instant, with everything that is due on the way. An instant that is
    /// over is now.
    ///
    /// # Errors
    /// When a part of the program panicked.
    pub fn advance_to(&self, at: DateTime<Utc>) -> Result<(), Broken> {
        let until = self.clock.until(self.clock.since_start(at));
        self.drive(until)
    }

    /// What a source reports at this time, in one delivery.
    ///
    /// # Errors
    /// As [`Self::advance_to`].
    pub fn deliver(&self, at: DateTime<Utc>, reports: Vec<Report>) -> Result<(), Broken> {
        let engine = self.engine.clone();
        let delivery =
            Delivery { source: NAME, reports, refused: Vec::new(), truncated: 0, received_at: at };
        let taken = self.at(at, async move { engine.ingest(delivery).await })?;
        taken.map(drop).map_err(|refusal| Broken(refusal.to_string()))
    }

    /// What somebody types at this time: in the room of this incident, or where only they see the
    /// answer. Whoever the configuration does not name, where it names nobody, may do everything.
    ///
    /// # Errors
    /// As [`Self::advance_to`].
    pub fn say(
        &self,
        at: DateTime<Utc>,
        (who, room): (&str, Option<Number>),
        line: &str,
    ) -> Result<(), Broken> {
        let actor = self.actor(who);
        let (engine, typed) = (self.engine.clone(), line.to_owned());
        let room = room.map(|number| number.to_string());
        let said = async move {
            let (room, line, origin) = (room.as_deref(), typed.as_str(), Origin::Typed);
            engine.say(Spoken { actor: &actor, room, line, origin, key: None }).await
        };
        let said = self.at(at, said)?;
        let answer = said.post.text.lines().next().unwrap_or_default().to_owned();
        let (who, line) = (CompactString::from(who), line.to_owned());
        let is_done = said.outcome == Outcome::Done;
        self.record.note(self.now(), Happening::Said { who, line, answer, is_done });
        Ok(())
    }

    /// A silence that somebody makes at this time.
    ///
    /// # Errors
    /// As [`Self::advance_to`]; what is wrong with the silence stands in the inner result.
    pub fn silence(
        &self,
        at: DateTime<Utc>,
        silence: PostableSilence,
    ) -> Result<Result<CompactString, Refusal>, Broken> {
        let engine = self.engine.clone();
        self.at(at, async move { engine.put_silence(silence).await })
    }

    /// A sign of life of a heartbeat at this time.
    ///
    /// # Errors
    /// As [`Self::silence`].
    pub fn beat(&self, at: DateTime<Utc>, name: &str) -> Result<Result<(), Refusal>, Broken> {
        let (engine, name) = (self.engine.clone(), name.to_owned());
        self.at(at, async move { engine.beat(&name).await })
    }

    /// What comes back through this door from this time on.
    ///
    /// # Errors
    /// As [`Self::advance_to`].
    pub fn outside(&self, at: DateTime<Utc>, door: Door, answer: Answer) -> Result<(), Broken> {
        self.advance_to(at)?;
        self.answers.set(door, answer);
        Ok(())
    }

    /// Everything that was seen since the last call, in its order.
    #[must_use]
    pub fn record(&self) -> Vec<Seen> {
        self.record.take()
    }

    /// Somebody who types: a person of the configuration, or a stranger; the nameless operator where
    /// they are called so, or where the configuration names nobody.
    fn actor(&self, who: &str) -> Actor {
        let directory = self.engine.directory();
        let operator = Actor::operator(Via::Local);
        if who == OPERATOR || directory.people.is_empty() {
            return operator;
        }
        let stranger = || Actor { name: who.into(), via: Via::Chat, ..operator };
        directory.actor(who, Via::Console).unwrap_or_else(stranger)
    }

    /// Does something at this time.
    fn at<T: Send + 'static>(
        &self,
        at: DateTime<Utc>,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, Broken> {
        let until = self.clock.until(self.clock.since_start(at));
        self.drive(async move {
            until.await;
            work.await
        })
    }

    /// Runs the director's work as a task like all others: the clock moves when no task can run, and
    /// does not know of anything else.
    fn drive<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, Broken> {
        let clock = self.clock.clone();
        let directed = async move {
            clock.run(true);
            let done = work.await;
            clock.run(false);
            done
        };
        let done = self.runtime.block_on(async { spawn_root(directed).await });
        done.map_err(|error| Broken(error.to_string()))
    }
}

fn staged(
    cast: Cast,
    clock: &Virtual,
    record: &Arc<Record>,
    answers: &Arc<Answers>,
) -> Arc<Engine> {
    let Cast { book, runbooks, directory, brain, options } = cast;
    let (record, answers) = (record.clone(), answers.clone());
    let clock: Arc<dyn Clock> = Arc::new(clock.clone());
    let gauges = Arc::new(Gauges::new(answers.clone()));
    let witness = Eyes { record: record.clone(), gauges: gauges.clone(), clock: clock.clone() };
    let brain = brain(Arc::new(witness));
    let (notes, doors) = (record.clone(), answers.clone());
    let outside = Arc::new(Scenery { record: notes, answers: doors, clock: clock.clone() });
    let options = Options {
        holder: NAME,
        is_shared: false,
        is_fast: false,
        lease: LEASE,
        poll: POLL,
        ..options
    };
    let parts = Parts {
        brain,
        outside,
        clock: clock.clone(),
        journal: None,
        notes: Notes::default(),
        book: Book::default(),
        options,
    };
    let metrics = [(NAME, gauges as Arc<_>)].into();
    let sources = Sources { metrics, default: Some(NAME), ..Sources::default() };
    let mut engine = Engine::with_sources(parts, sources);
    // Checks have numbers, pictures have none: an order of a graph goes outside.
    if let Some(engine) = Arc::get_mut(&mut engine) {
        engine.graphs = Graphs::new(Sources::default(), clock.clone());
    }
    // Many rehearsals share one book.
    engine.plan(&book.plans);
    engine.book.store(book);
    engine.admit(directory);
    let executors = Arc::new(Understudy { record, answers, clock, ended: Mutex::default() });
    engine.equip(Equipment { book: runbooks, executors: Some(executors), halt_file: None });
    engine
}

impl Engine {
    /// Starts what a rehearsal needs of [`Engine::start`].
    fn start_rehearsal(self: &Arc<Self>) {
        self.tasks.spawn("dispatch", self.clone().dispatch());
        self.tasks.spawn("changes", self.clone().follow_changes());
        self.tasks.spawn("reconsider", self.clone().look_after_changes());
        if !self.options.heartbeats.is_empty() {
            self.tasks.spawn("beats", self.clone().watch_beats());
        }
    }
}
