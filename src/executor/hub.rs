//! The server's end: which executor is meant, what it is asked, and what it has answered.
//!
//! An executor is asked at most once for each call: a call that nobody took is taken back and has
//! certainly not arrived, one that was taken and not answered may have been carried out.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::{Notify, oneshot};

use super::hears::Hears;
use super::protocol::{Answer, Asked, Call, Said};
use crate::adapters::failure::Failure;
use crate::domain::ids::EffectId;
use crate::domain::run::{Assignment, Known};
use crate::engine::clock::Clock;
use crate::engine::runs::Executors;

/// How long a call waits for an executor that is between two questions.
const TAKE_MAX: Duration = Duration::from_secs(5);
/// How long an executor that took a call may think about it: a slow disk's fsync, and a lost packet.
const ANSWER_MAX: Duration = Duration::from_secs(15);
/// Calls that wait for one executor.
const QUEUE_MAX: usize = 1_000;
/// How long an executor's name is held for a process between two of its questions.
const HOLD: Duration = Duration::from_secs(10);

/// Every executor that may connect.
#[derive(Debug)]
pub struct Hub {
    seats: BTreeMap<String, Arc<Seat>>,
    labels: BTreeMap<String, String>,
}

impl Hub {
    /// Knows these executors, each with its labels. A label means one executor: two would each know
    /// half of what was started.
    #[must_use]
    pub fn new(executors: &BTreeMap<String, Vec<String>>, clock: &Arc<dyn Clock>) -> Self {
        let seat = |name: &String| (name.clone(), Arc::new(Seat::new(name, clock.clone())));
        let labels = executors.iter().flat_map(|(name, labels)| {
            let own = std::iter::once(name).chain(labels);
            own.map(|label| (label.clone(), name.clone()))
        });
        Self { seats: executors.keys().map(seat).collect(), labels: labels.collect() }
    }

    /// Where an executor of this name sits.
    #[must_use]
    pub fn seat(&self, name: &str) -> Option<Arc<Seat>> {
        self.seats.get(name).cloned()
    }

    /// The executor of a label; where none is given, `local` or the first by name: always the same.
    fn meant(&self, label: &str) -> Result<&Arc<Seat>, Failure> {
        let seat = if label.is_empty() {
            self.seats.get("local").or_else(|| self.seats.values().next())
        } else {
            self.labels.get(label).and_then(|name| self.seats.get(name))
        };
        seat.ok_or_else(|| {
            Failure::missing(&format!("no executor has the label `{label}`: see [executors]"))
        })
    }
}

impl Executors for Hub {
    fn start<'a>(
        &'a self,
        label: &'a str,
        assignment: &'a Assignment,
    ) -> BoxFuture<'a, Result<(), Failure>> {
        let assignment = Box::new(assignment.clone());
        Box::pin(async { self.meant(label)?.call(Call::Start { assignment }).await?.accepted() })
    }

    fn ask<'a>(&'a self, label: &'a str, key: EffectId) -> BoxFuture<'a, Result<Known, Failure>> {
        Box::pin(async move {
            match self.meant(label)?.call(Call::Ask { key }).await? {
                Answer::Known { known } => Ok(known),
                Answer::Accepted | Answer::Refused { .. } | Answer::Unknown { .. } => {
                    let why = "the executor answers something else than it was asked".to_owned();
                    Err(Failure::Broken { why })
                }
            }
        })
    }

    fn stop<'a>(&'a self, label: &'a str, key: EffectId) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(async move { self.meant(label)?.call(Call::Stop { key }).await?.accepted() })
    }
}

/// One executor's place: what it is to do next, and who waits for its answers.
#[derive(Debug)]
pub struct Seat {
    name: String,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    more: Notify,
}

#[derive(Debug)]
struct State {
    queue: VecDeque<Asked>,
    waiting: BTreeMap<u64, oneshot::Sender<Answer>>,
    next_id: u64,
    /// The process that sits here, and until when.
    holder: Option<(String, Duration)>,
}

impl Seat {
    fn new(name: &str, clock: Arc<dyn Clock>) -> Self {
        // Numbers of an earlier server must not be taken for ours.
        let next_id = u64::try_from(clock.random() & u128::from(u32::MAX)).unwrap_or(0) << 24;
        let state =
            State { queue: VecDeque::new(), waiting: BTreeMap::new(), next_id, holder: None };
        Self { name: name.to_owned(), clock, state: Mutex::new(state), more: Notify::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks, and waits for the answer.
    async fn call(&self, call: Call) -> Result<Answer, Failure> {
        let (tell, mut answer) = oneshot::channel();
        let id = {
            let mut state = self.state();
            if state.queue.len() >= QUEUE_MAX {
                let why = format!("{QUEUE_MAX} calls wait for the executor {}", self.name);
                return Err(Failure::Retry { why, after: None });
            }
            let id = state.next_id;
            state.next_id += 1;
            state.queue.push_back(Asked { id, call });
            state.waiting.insert(id, tell);
            id
        };
        self.more.notify_one();
        tokio::select! {
            Ok(answer) = &mut answer => return Ok(answer),
            () = self.clock.sleep(TAKE_MAX) => {}
        }
        if self.take_back(id) {
            let why = format!("the executor {} is not connected; nothing was done", self.name);
            return Err(Failure::Retry { why, after: None });
        }
        tokio::select! {
            Ok(answer) = &mut answer => Ok(answer),
            () = self.clock.sleep(ANSWER_MAX) => {
                self.state().waiting.remove(&id);
                let why = format!("the executor {} took it and has not answered", self.name);
                Err(Failure::Unknown { why })
            }
        }
    }

    /// Takes a call back that nobody has taken.
    fn take_back(&self, id: u64) -> bool {
        let mut state = self.state();
        let before = state.queue.len();
        state.queue.retain(|asked| asked.id != id);
        let is_back = state.queue.len() < before;
        if is_back {
            state.waiting.remove(&id);
        }
        is_back
    }

    /// Sits down, or stays; none, where another process of this name asks now or did just now. The
    /// place is free at once when the question is dropped without an answer: its connection broke.
    #[must_use]
    pub fn sit(self: &Arc<Self>, process: &str) -> Option<Place> {
        let now = self.clock.uptime();
        let mut state = self.state();
        let is_other =
            state.holder.as_ref().is_some_and(|(holder, until)| holder != process && now < *until);
        if is_other {
            return None;
        }
        state.holder = Some((process.to_owned(), Duration::MAX));
        Some(Place { seat: self.clone(), process: process.to_owned(), is_answered: false })
    }

    fn hold(&self, process: &str, until: Duration) {
        let mut state = self.state();
        if let Some((holder, held)) = state.holder.as_mut().filter(|(it, _)| it == process) {
            tracing::trace!(holder, "the place is held for a moment");
            *held = until;
        }
    }

    /// The next calls: at once where there are any, else after a wait, which may end with none.
    pub async fn next(&self, wait: Duration) -> Vec<Asked> {
        let calls: Vec<Asked> = self.state().queue.drain(..).collect();
        if !calls.is_empty() {
            return calls;
        }
        tokio::select! {
            () = self.more.notified() => {}
            () = self.clock.sleep(wait) => {}
        }
        self.state().queue.drain(..).collect()
    }

    /// Takes what the executor says.
    ///
    /// # Errors
    /// When a report was not heard: it should be said again.
    pub async fn hear(&self, said: Said, hears: &dyn Hears) -> Result<(), Failure> {
        match said {
            Said::Answered { id, answer } => {
                let waiting = self.state().waiting.remove(&id);
                // Nobody may wait any more: an answer that comes late is asked for again.
                waiting.and_then(|waiting| waiting.send(answer).err());
                Ok(())
            }
            Said::Reported { report } => hears.report(report).await,
        }
    }
}

/// A question that is being answered.
#[derive(Debug)]
pub struct Place {
    seat: Arc<Seat>,
    process: String,
    is_answered: bool,
}

impl Place {
    /// The answer is on its way: the next question comes soon.
    pub fn answered(mut self) {
        self.is_answered = true;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let hold = if self.is_answered { HOLD } else { Duration::ZERO };
        self.seat.hold(&self.process, self.seat.clock.uptime() + hold);
    }
}
