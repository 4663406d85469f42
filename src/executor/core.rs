//! Takes assignments, writes them down, carries them out, says what came of them.

use std::collections::BTreeMap;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio_util::sync::CancellationToken;

use super::gate::{self, Refusal};
use super::halt::Halt;
use super::hears::Hears;
use super::ledger::{Bad, Ledger};
use super::redact::Redactor;
use super::tongue::Tongue;
use crate::adapters::actions::{Action, Ended, Fault};
use crate::adapters::failure::Failure;
use crate::domain::ids::{CaseId, EffectId};
use crate::domain::line::cut;
use crate::domain::run::{Assignment, Ending, Known, Report};
use crate::engine::clock::Clock;
use crate::engine::tasks::Tasks;

/// How often somebody hears how it goes, and the local halt is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long an action may take to end after it was asked to: longer than the cage's own grace.
const STOP_MAX: Duration = Duration::from_secs(20);
/// Tries to report an end: after these the server has to ask.
const TRIES_MAX: u32 = 60;
/// Between two tries.
const TRY_EVERY: Duration = Duration::from_secs(2);
/// Characters of an output that later steps may use.
const OUTPUT_MAX: usize = 2_000;
/// Characters of a summary or a reason.
const SUMMARY_MAX: usize = 500;
/// Dry runs whose outcome is remembered; they are in no ledger, because they may be repeated.
const DRY_MAX: usize = 200;

/// What an executor is made of.
#[derive(Debug)]
pub struct Parts {
    /// Its ledger.
    pub ledger: Ledger,
    /// What was under way when the ledger was last open.
    pub lost: Vec<(EffectId, CaseId)>,
    /// What it can do.
    pub actions: Vec<Arc<dyn Action>>,
    /// Who hears of it.
    pub hears: Arc<dyn Hears>,
    /// Its clock.
    pub clock: Arc<dyn Clock>,
    /// The local stop switch.
    pub halt: Halt,
    /// What must not leave it.
    pub redactor: Redactor,
}

/// One executor.
pub struct Executor {
    ledger: Mutex<Ledger>,
    actions: BTreeMap<&'static str, Arc<dyn Action>>,
    live: Mutex<BTreeMap<EffectId, Arc<Live>>>,
    dry: Mutex<BTreeMap<EffectId, Known>>,
    hears: Arc<dyn Hears>,
    clock: Arc<dyn Clock>,
    halt: Halt,
    redactor: Redactor,
    tasks: Tasks,
}

impl fmt::Debug for Executor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Executor").field("actions", &self.actions.keys()).finish_non_exhaustive()
    }
}

/// What goes on.
#[derive(Debug)]
struct Live {
    tongue: Tongue,
    stop: CancellationToken,
    /// Somebody asked for the end; else it is the deadline.
    is_asked: AtomicBool,
}

impl Live {
    fn end(&self) {
        self.is_asked.store(true, Ordering::Relaxed);
        self.stop.cancel();
    }
}

impl Executor {
    /// Begins to take assignments, and says what was lost.
    #[must_use]
    pub fn new(parts: Parts) -> Arc<Self> {
        let Parts { ledger, lost, actions, hears, clock, halt, redactor } = parts;
        let actions = actions.into_iter().map(|action| (action.kind().name, action)).collect();
        let executor = Arc::new(Self {
            ledger: Mutex::new(ledger),
            actions,
            live: Mutex::default(),
            dry: Mutex::default(),
            hears,
            clock,
            halt,
            redactor,
            tasks: Tasks::default(),
        });
        for (key, run) in lost {
            tracing::warn!(%key, "it was under way when the executor ended: nobody knows how far it came");
            let (teller, at) = (executor.clone(), executor.clock.now());
            let report = Report { key, run, at, known: Known::Lost { why: String::new() } };
            executor.tasks.spawn("executor report", async move { teller.tell(report).await });
        }
        executor
    }

    /// Takes an assignment: when this returns, it is in the ledger and begins.
    ///
    /// # Errors
    /// [`Failure::Refused`], when nothing was done; [`Failure::Unknown`], when this key was started
    /// before; [`Failure::Broken`], when the ledger cannot be written: nothing was done.
    pub async fn start(self: &Arc<Self>, assignment: &Assignment) -> Result<(), Failure> {
        let Some(action) = self.actions.get(assignment.order.kind.as_str()).cloned() else {
            return Err(refused(&Refusal::NoSuchAction(assignment.order.kind.to_string())));
        };
        let (executor, job) = (self.clone(), assignment.clone());
        // The disk may take its time, and others must not wait for it.
        let written = tokio::task::spawn_blocking(move || executor.write(&job)).await;
        written.map_err(|_| Failure::Broken { why: "the ledger's task died".to_owned() })??;
        let live = Arc::new(Live {
            tongue: Tongue::new(self.redactor.clone()),
            stop: CancellationToken::new(),
            is_asked: AtomicBool::new(false),
        });
        locked(&self.live).insert(assignment.key, live.clone());
        let (executor, assignment) = (self.clone(), assignment.clone());
        let work = async move { executor.carry_out(&assignment, &*action, &live).await };
        self.tasks.finish("executor step", work);
        Ok(())
    }

    /// What is known of a key.
    #[must_use]
    pub fn ask(&self, key: EffectId) -> Known {
        let live = locked(&self.live).get(&key).cloned();
        let line = || live.as_ref().map(|live| live.tongue.last()).unwrap_or_default();
        if let Some(known) = locked(&self.dry).get(&key) {
            return known.clone();
        }
        match locked(&self.ledger).state().known(key, line) {
            // A dry run that goes on is in no ledger.
            Known::Nothing if live.is_some() => Known::Running { line: line() },
            known => known,
        }
    }

    /// Asks a key to stop; one that has ended stays as it is.
    pub fn stop(&self, key: EffectId) {
        if let Some(live) = locked(&self.live).get(&key) {
            live.end();
        }
    }

    /// Ends everything that goes on, and waits until it has ended.
    pub async fn close(&self) {
        locked(&self.live).values().for_each(|live| live.end());
        self.tasks.stop().await;
    }

    /// Looks at the gate and writes the beginning down, as one.
    fn write(&self, assignment: &Assignment) -> Result<(), Failure> {
        let mut ledger = locked(&self.ledger);
        let now = ledger.time(self.clock.now());
        if assignment.is_dry {
            return Ok(());
        }
        if let Some(reason) = self.halt.reason() {
            return Err(refused(&Refusal::Halted(reason)));
        }
        let state = ledger.state();
        let known = gate::Known {
            entry: state.entry(assignment.key),
            fence: state.fence(assignment),
            at_work: state.at_work(&assignment.target),
            now,
        };
        gate::pass(assignment, known).map_err(|refusal| {
            tracing::warn!(key = %assignment.key, %refusal, "refused");
            refused(&refusal)
        })?;
        ledger.begin(assignment, now).map_err(|bad: Bad| {
            tracing::error!(%bad, "nothing can be started");
            Failure::Broken { why: bad.to_string() }
        })
    }

    async fn carry_out(&self, assignment: &Assignment, action: &dyn Action, live: &Live) {
        let key = assignment.key;
        let work = action.perform(assignment, &live.tongue, live.stop.clone());
        let work = AssertUnwindSafe(work).catch_unwind();
        let timeout = assignment.timeout.to_std().unwrap_or_default();
        let ended = tokio::select! {
            ended = self.limit(work, timeout, live) => ended,
            never = self.follow(assignment, live) => match never {},
        };
        let ending = self.conclude(ended, live);
        let known = match ending.clone() {
            Ok(ending) => Known::Ended { ending },
            Err(why) => Known::Lost { why },
        };
        if assignment.is_dry {
            remember(&mut locked(&self.dry), key, known.clone());
        } else if let Err(bad) =
            locked(&self.ledger).end(key, ending.as_ref().ok(), self.clock.now())
        {
            tracing::error!(%key, %bad, "an end could not be written: it will count as lost");
        }
        locked(&self.live).remove(&key);
        self.tell(Report { key, run: assignment.run, at: self.clock.now(), known }).await;
    }

    /// Lets work go on until it ends, its time is over, or somebody asks it to stop.
    async fn limit(
        &self,
        work: impl Future<Output = Result<Ended, Box<dyn std::any::Any + Send>>>,
        timeout: Duration,
        live: &Live,
    ) -> Option<Ended> {
        let mut work = std::pin::pin!(work);
        let ended = tokio::select! {
            ended = &mut work => Some(ended),
            () = self.clock.sleep(timeout) => None,
            () = live.stop.cancelled() => None,
        };
        let ended = match ended {
            Some(ended) => ended,
            None => {
                live.stop.cancel();
                tokio::select! {
                    ended = &mut work => ended,
                    () = self.clock.sleep(STOP_MAX) => return None,
                }
            }
        };
        Some(
            ended.unwrap_or_else(|_| Err(Fault::Unknown("the action broke: this is a bug".into()))),
        )
    }

    /// Says how it goes, and looks at the local halt.
    async fn follow(&self, assignment: &Assignment, live: &Live) -> std::convert::Infallible {
        let mut told = 0;
        loop {
            self.clock.sleep(LOOK_EVERY).await;
            if self.halt.reason().is_some() && !assignment.is_dry {
                live.end();
            }
            let count = live.tongue.count();
            if count != told {
                told = count;
                let known = Known::Running { line: live.tongue.last() };
                let (key, run, at) = (assignment.key, assignment.run, self.clock.now());
                // Whoever misses this hears the next word.
                self.hears.report(Report { key, run, at, known }).await.ok();
            }
        }
    }

    /// What an end is called, or why nobody knows how far it came.
    fn conclude(&self, ended: Option<Ended>, live: &Live) -> Result<Ending, String> {
        let tail = live.tongue.tail();
        let short = |text: &str| cut(&self.redactor.line(text), SUMMARY_MAX);
        match ended {
            Some(Ok(done)) => {
                let outputs = done.outputs.iter();
                let fit = |text: &String| cut(&self.redactor.line(text), OUTPUT_MAX);
                let outputs = outputs.map(|(name, text)| (name.clone(), fit(text))).collect();
                Ok(Ending::Done { summary: short(&done.summary), outputs, tail })
            }
            Some(Err(Fault::Refused(why))) => Ok(Ending::Refused { why: short(&why) }),
            _ if live.is_asked.load(Ordering::Relaxed) => Ok(Ending::Stopped { tail }),
            _ if live.stop.is_cancelled() => Ok(Ending::TimedOut { tail }),
            Some(Err(Fault::Failed(why))) => Ok(Ending::Failed { why: short(&why), tail }),
            Some(Err(Fault::Unknown(why))) => {
                crate::adapters::actions::Says::line(&live.tongue, &why);
                tracing::warn!(why = %short(&why), "nobody knows how far a step came");
                Err(short(&why))
            }
            None => Err("it did not end when it was told to".to_owned()),
        }
    }

    /// Tells until somebody has heard it.
    async fn tell(&self, report: Report) {
        for _ in 0..TRIES_MAX {
            match self.hears.report(report.clone()).await {
                Ok(()) => return,
                Err(failure) => tracing::debug!(%failure, "a report was not heard"),
            }
            self.clock.sleep(TRY_EVERY).await;
        }
        tracing::warn!(key = %report.key, "nobody hears how a step ended; it waits to be asked for");
    }
}

fn remember(dry: &mut BTreeMap<EffectId, Known>, key: EffectId, known: Known) {
    if dry.len() >= DRY_MAX {
        dry.pop_first();
    }
    dry.insert(key, known);
}

fn refused(refusal: &Refusal) -> Failure {
    let why = refusal.to_string();
    match refusal {
        // It has started, if not by this order: whoever asked has to look.
        Refusal::Started(..) => Failure::Unknown { why },
        Refusal::OldFence { .. }
        | Refusal::Busy(_)
        | Refusal::OtherPlan
        | Refusal::Late(..)
        | Refusal::Halted(_)
        | Refusal::NoSuchAction(_) => Failure::Refused { why },
    }
}

/// What is behind a lock is valid between any two statements, also after a panic.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
