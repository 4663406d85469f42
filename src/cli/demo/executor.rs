//! Carries out the one thing that the shipped runbook does to the demo's shop.
//!
//! It stands where an executor stands: a ledger that takes each key once, and word of the end. The
//! demo has no systemd, so `systemctl restart shop` is [`Keeper::restart`]; any other program is
//! refused.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};

use super::keeper::Keeper;
use super::show::say;
use crate::adapters::failure::Failure;
use crate::domain::ids::EffectId;
use crate::domain::run::{Assignment, Ending, Filled, Known, Report};
use crate::engine::Engine;
use crate::engine::clock::{Clock, System};
use crate::engine::runs::Executors;
use crate::engine::tasks;

/// The demo's executor.
#[derive(Debug, Clone)]
pub(super) struct Executor(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    keeper: Arc<Keeper>,
    clock: System,
    ledger: Mutex<BTreeMap<EffectId, Known>>,
    /// Who hears of the end, once it runs.
    engine: Mutex<Weak<Engine>>,
}

impl Executor {
    pub(super) fn new(keeper: Arc<Keeper>) -> Self {
        let (clock, ledger, engine) = (System::default(), Mutex::default(), Mutex::default());
        Self(Arc::new(Parts { keeper, clock, ledger, engine }))
    }

    /// Says who hears of the end.
    pub(super) fn report_to(&self, engine: &Arc<Engine>) {
        *self.0.engine.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(engine);
    }

    /// Takes an assignment into the ledger, once.
    fn take(&self, assignment: &Assignment) -> Result<(), Failure> {
        let words = assignment.order.with.get("argv");
        let is_known = matches!(words, Some(Filled::List(words)) if words == &["systemctl", "restart", "shop"]);
        if !is_known {
            return Err(Failure::missing("the demo can restart its shop and nothing else"));
        }
        let mut ledger = self.0.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        let line = "the shop is being restarted".to_owned();
        match ledger.insert(assignment.key, Known::Running { line }) {
            None => Ok(()),
            Some(known) => {
                ledger.insert(assignment.key, known);
                Err(Failure::missing("it was started before"))
            }
        }
    }

    fn note(&self, key: EffectId, known: Known) {
        self.0.ledger.lock().unwrap_or_else(PoisonError::into_inner).insert(key, known);
    }

    fn engine(&self) -> Option<Arc<Engine>> {
        self.0.engine.lock().unwrap_or_else(PoisonError::into_inner).upgrade()
    }

    async fn restart(self, assignment: Assignment) {
        let ending = match self.0.keeper.restart().await {
            Ok((old, new)) => Ending::Done {
                summary: format!("the shop is process {new} now, {old} is gone"),
                outputs: BTreeMap::new(),
                tail: String::new(),
            },
            Err(error) => Ending::Failed { why: format!("{error:#}"), tail: String::new() },
        };
        let Assignment { key, run, .. } = assignment;
        let known = Known::Ended { ending };
        self.note(key, known.clone());
        let Some(engine) = self.engine() else { return };
        let report = Report { key, run, at: self.0.clock.now(), known };
        if let Err(error) = engine.report_step(report).await {
            say(&format!("  the end of the restart could not be reported: {error}"));
        }
    }
}

impl Executors for Executor {
    fn start<'a>(
        &'a self,
        _: &'a str,
        assignment: &'a Assignment,
    ) -> BoxFuture<'a, Result<(), Failure>> {
        let taken = self.take(assignment);
        if taken.is_ok() {
            drop(tasks::spawn_root(self.clone().restart(assignment.clone())));
        }
        ready(taken).boxed()
    }

    fn ask<'a>(&'a self, _: &'a str, key: EffectId) -> BoxFuture<'a, Result<Known, Failure>> {
        let ledger = self.0.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        ready(Ok(ledger.get(&key).cloned().unwrap_or(Known::Nothing))).boxed()
    }

    /// A restart takes a moment: it ends by itself.
    fn stop<'a>(&'a self, _: &'a str, _: EffectId) -> BoxFuture<'a, Result<(), Failure>> {
        ready(Ok(())).boxed()
    }
}
