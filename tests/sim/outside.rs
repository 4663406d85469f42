//! A node's view of everything outside, with the ways in which a call can go wrong.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use warroom::brain::RowId;
use warroom::domain::ids::EffectId;
use warroom::domain::incident::{Class, Receipt};
use warroom::engine::outside::{Failure, Order, Outside};

use crate::clock::sleep;
use crate::world::{Life, Shared};

/// A little longer than the engine's patience with one call.
const HANG: Duration = Duration::from_secs(40);
/// How often an adapter panics after it has acted, for one effect: the engine puts an effect aside
/// after five, and what was made by then is an orphan that a person has to find.
const PANICS_MAX: u32 = 3;

/// One node's way to chat, trackers, phones and runners.
#[derive(Debug)]
pub(crate) struct SimOutside {
    pub(crate) world: Shared,
    pub(crate) life: Arc<Life>,
}

/// An effect in the hands of one process, until the call ends or is given up.
struct Hand<'a> {
    world: &'a Shared,
    effect: EffectId,
}

impl<'a> Hand<'a> {
    /// I12: nobody begins what another process that is alive and well holds a lease of.
    fn lay_on(world: &'a Shared, life: &Arc<Life>, effect: EffectId) -> Self {
        let now = world.time();
        let mut locked = world.lock();
        let lease_ends = locked.store.agenda.get(&RowId::Effect(effect)).map(|row| row.due);
        let before = locked.hands.insert(effect, (life.clone(), lease_ends.unwrap_or(now)));
        let rival = before.filter(|(other, until)| {
            let is_well = !other.is_dead() && !other.is_stalled() && !Arc::ptr_eq(other, life);
            is_well && now < *until
        });
        if let Some((rival, until)) = rival.filter(|_| !locked.ledger.has_wrong_clocks) {
            let (name, rival) = (life.name, rival.name);
            locked
                .fail(format!("I12: {name} performs {effect}, which {rival} holds until {until}"));
        }
        Self { world, effect }
    }
}

impl Drop for Hand<'_> {
    fn drop(&mut self) {
        self.world.lock().hands.remove(&self.effect);
    }
}

/// What happens to one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Done,
    Slow(u64),
    Retry(Option<u64>),
    Refused,
    PanicBefore,
    PanicAfter,
    HangBefore,
    HangAfter,
    Lost,
    DieBefore,
    DieAfter,
}

impl SimOutside {
    fn fate(&self, order: &Order) -> Fate {
        let mut world = self.world.lock();
        let habits = world.habits;
        if habits.outside_away {
            let is_room = matches!(order.effect.class(), Class::FindOrCreate);
            world.mark(if is_room {
                "fault_36: the tracker is away"
            } else {
                "fault_35: chat is away"
            });
            return Fate::Retry(None);
        }
        if world.strikes(habits.crash_before, "fault_03: died before an effect") {
            return Fate::DieBefore;
        }
        if world.strikes(habits.crash_after, "fault_05: died after an effect") {
            return Fate::DieAfter;
        }
        if world.strikes(habits.outer_lost, "fault_29: done, but the answer was lost") {
            return Fate::Lost;
        }
        if world.strikes(habits.outer_retry, "fault_28: try later") {
            let after = world.chance.below(90);
            return Fate::Retry((after > 30).then_some(after));
        }
        if !world.outer.has(order.id) && world.strikes(habits.outer_refused, "an effect is refused")
        {
            return Fate::Refused;
        }
        if world.strikes(habits.outer_panic, "fault_26: an adapter panics") {
            let is_after = order.attempt <= PANICS_MAX && world.chance.chance(500);
            return if is_after { Fate::PanicAfter } else { Fate::PanicBefore };
        }
        if world.strikes(habits.outer_hang, "fault_25: an effect outlives its lease") {
            return if world.chance.chance(500) { Fate::HangBefore } else { Fate::HangAfter };
        }
        if world.strikes(habits.outer_slow, "a slow effect") {
            return Fate::Slow(world.chance.below(8000));
        }
        Fate::Done
    }

    fn act(&self, order: &Order, was_late: bool) -> Result<Receipt, Failure> {
        let mut world = self.world.lock();
        let receipt = world.outer.act(order, was_late);
        let failures = std::mem::take(&mut world.outer.failures);
        failures.into_iter().for_each(|why| world.fail(why));
        receipt
    }

    async fn die(&self) {
        self.life.kill();
        self.life.pass().await;
    }

    async fn carry_out(&self, order: Order) -> Result<Receipt, Failure> {
        let stalls = self.life.stalls();
        self.life.pass().await;
        let _hand = Hand::lay_on(&self.world, &self.life, order.id);
        let fate = self.fate(&order);
        let (name, kind, id, attempt) =
            (self.life.name, order.effect.kind(), order.id, order.attempt);
        self.world.note(format_args!("{name} performs {kind} {id} try {attempt}: {fate:?}"));
        match fate {
            Fate::DieBefore => self.die().await,
            Fate::PanicBefore => std::panic::resume_unwind(Box::new("a planted panic")),
            Fate::HangBefore => sleep(HANG).await,
            Fate::Slow(wait) => sleep(Duration::from_millis(wait)).await,
            Fate::Refused => return Err(Failure::Refused { why: "not allowed".to_owned() }),
            Fate::Retry(after) => {
                let after = after.map(Duration::from_secs);
                return Err(Failure::Retry { why: "too many requests".to_owned(), after });
            }
            Fate::Done | Fate::PanicAfter | Fate::HangAfter | Fate::Lost | Fate::DieAfter => {}
        }
        self.life.pass().await;
        // A request that was under way for long may come after that of whoever took over.
        let was_late =
            self.life.stalls() != stalls || matches!(fate, Fate::Slow(_) | Fate::HangBefore);
        let answer = self.act(&order, was_late);
        match fate {
            Fate::DieAfter => self.die().await,
            Fate::PanicAfter => std::panic::resume_unwind(Box::new("a planted panic")),
            Fate::HangAfter => sleep(HANG).await,
            Fate::Lost => return Err(Failure::Unknown { why: "no answer".to_owned() }),
            _ => sleep(Duration::from_millis(1)).await,
        }
        self.life.pass().await;
        answer
    }
}

impl Outside for SimOutside {
    fn perform(&self, order: Order) -> BoxFuture<'_, Result<Receipt, Failure>> {
        Box::pin(self.carry_out(order))
    }
}
