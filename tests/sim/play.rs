//! Plays one plan: starts the nodes, takes the steps, and looks after each whether all still holds.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::TimeDelta;
use warroom::domain::alert::Report;
use warroom::domain::ids::Number;
use warroom::domain::incident::Command;
use warroom::engine::Engine;
use warroom::engine::tasks::spawn_root;

use crate::clock::sleep;
use crate::habits::Habits;
use crate::mutants::Mutant;
use crate::node::{BEAT, Cluster};
use crate::plan::{Plan, Step};
use crate::rest;
use crate::rng::Rng;
use crate::source;
use crate::world::Shared;

/// How late a row may be while faults go on and one node at least is well.
const TAKEOVER: TimeDelta = TimeDelta::seconds(40);
/// The same where processes die again and again, and the one that takes over may, too.
const DYING_TAKEOVER: TimeDelta = TimeDelta::minutes(4);
/// A node counts as well when nothing was done to any of them for this long.
const CALM: Duration = Duration::from_secs(40);

/// What one run came to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Played {
    pub(crate) trace: String,
    pub(crate) failures: Vec<String>,
    pub(crate) marks: BTreeMap<&'static str, u64>,
    pub(crate) result: rest::Outcome,
}

/// How a plan is played.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct How {
    pub(crate) mutant: Option<Mutant>,
    /// Nothing goes wrong that the plan does not say.
    pub(crate) is_calm: bool,
}

/// Plays a plan in a runtime of its own, whose time is the simulator's.
pub(crate) fn play(plan: &Plan, how: How) -> Played {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let habits =
            if how.is_calm { Habits::default() } else { Habits::of(&mut Rng::new(plan.seed, 4)) };
        let world = Shared::new(plan.seed, habits, how.mutant);
        world.lock().ledger.has_wrong_clocks = plan.has_skew();
        let mut stage = Stage::new(world.clone(), plan);
        let result = stage.run(&plan.steps).await;
        stage.cluster.end();
        let trace = world.lock().take_trace();
        let world = world.lock();
        Played { trace, failures: world.failures.clone(), marks: world.marks.clone(), result }
    })
}

/// A run that goes on.
struct Stage {
    world: Shared,
    cluster: Cluster,
    plan: Plan,
    last_trouble: Duration,
}

impl Stage {
    fn new(world: Shared, plan: &Plan) -> Self {
        let cluster = Cluster::new(world.clone(), plan);
        Self { world, cluster, plan: plan.clone(), last_trouble: Duration::ZERO }
    }

    async fn run(&mut self, steps: &[Step]) -> rest::Outcome {
        self.cluster.revive().await;
        for step in steps {
            self.step(step).await;
            self.check();
            if self.has_failed() {
                return rest::Outcome::default();
            }
        }
        rest::come_to_rest(&self.world, &mut self.cluster, &self.plan).await
    }

    fn has_failed(&self) -> bool {
        !self.world.lock().failures.is_empty()
    }

    async fn step(&mut self, step: &Step) {
        self.world.note(format_args!("--- {step:?}"));
        match step {
            Step::Wait(wait) => self.wait(Duration::from_millis(*wait)).await,
            Step::Deliver { says, node, copies, delay } => {
                let now = self.world.time();
                let reports: Vec<Report> =
                    says.iter().map(|say| source::report(say, now)).collect();
                for copy in 0..*copies {
                    self.deliver(reports.clone(), *node, delay * (copy + 1));
                }
            }
            Step::Silence { .. }
            | Step::EndSilences
            | Step::Acknowledge(_)
            | Step::Resolve(_)
            | Step::Note(_)
            | Step::Merge(..)
            | Step::Beat => self.ask(step.clone()),
            Step::Reload(has_new_rules) => {
                self.world.lock().mark("fault_79: rules change under open incidents");
                self.cluster.reload(*has_new_rules);
            }
            Step::Crash(_)
            | Step::Stall(..)
            | Step::Skew(..)
            | Step::BrainAway(_)
            | Step::OutsideAway(_) => self.trouble(step),
        }
    }

    /// Waits, and starts what has died meanwhile.
    async fn wait(&mut self, wait: Duration) {
        let mut left = wait;
        while left > Duration::ZERO {
            let part = left.min(Duration::from_secs(3));
            sleep(part).await;
            left -= part;
            let before = self.world.elapsed();
            self.cluster.revive().await;
            // Starting takes time, which is part of the wait.
            left = left.saturating_sub(self.world.elapsed() - before);
        }
    }

    fn deliver(&self, reports: Vec<Report>, node: usize, delay: u64) {
        let engines = [self.cluster.engine(node), self.cluster.engine(1 - node)];
        let world = self.world.clone();
        if delay > 0 {
            world.lock().mark("fault_47: a delivery comes late or again");
        }
        spawn_root(async move {
            sleep(Duration::from_millis(delay)).await;
            source::deliver(&world, &engines, reports).await;
        });
    }

    fn ask(&self, step: Step) {
        let Some(engine) = self.cluster.engine(0) else { return };
        let world = self.world.clone();
        spawn_root(async move {
            let said = asked(&engine, &world, &step).await;
            world.note(format_args!("{step:?}: {said}"));
        });
    }

    fn trouble(&mut self, step: &Step) {
        self.last_trouble = self.world.elapsed();
        match *step {
            Step::Crash(node) => self.cluster.crash(node),
            Step::Stall(node, wait) => self.stall(node, Duration::from_millis(wait)),
            Step::Skew(node, skew) => {
                if let Some(life) = self.cluster.life(node) {
                    self.world.lock().mark("fault_12: a wall clock jumps");
                    life.set_skew(skew);
                }
            }
            Step::BrainAway(wait) => {
                self.last_trouble += Duration::from_millis(wait);
                self.world.lock().mark("fault_21: the brain is away");
                self.world.lock().habits.brain_away = true;
                let world = self.world.clone();
                spawn_root(async move {
                    sleep(Duration::from_millis(wait)).await;
                    world.lock().habits.brain_away = false;
                });
            }
            Step::OutsideAway(wait) => {
                self.world.lock().habits.outside_away = true;
                let world = self.world.clone();
                spawn_root(async move {
                    sleep(Duration::from_millis(wait)).await;
                    world.lock().habits.outside_away = false;
                });
            }
            _ => {}
        }
    }

    fn stall(&mut self, node: usize, wait: Duration) {
        let Some(life) = self.cluster.life(node) else { return };
        self.last_trouble += wait;
        self.world.lock().mark("fault_14: a process stands still");
        life.stall();
        spawn_root(async move {
            sleep(wait).await;
            life.wake();
        });
    }

    /// What must hold between any two steps.
    fn check(&self) {
        let now = self.world.time();
        let is_calm = self.world.elapsed() > self.last_trouble + CALM;
        let mut world = self.world.lock();
        let world = &mut *world;
        world.ledger.check_alerts(&world.store);
        let (_, failures) = world.ledger.take_notes();
        world.failures.extend(failures);
        // A clock that is wrong by hours makes rows late, and so do processes that die at any call.
        if is_calm && !self.plan.has_skew() {
            let dies = world.habits.crash_before + world.habits.crash_after > 0;
            let takeover = if dies { DYING_TAKEOVER } else { TAKEOVER };
            let late = world.store.agenda.iter().find(|(_, row)| row.due + takeover < now);
            let late = late.map(|(id, row)| format!("I21: {id} was due at {} and waits", row.due));
            world.failures.extend(late);
        }
    }
}

/// What a person or a monitoring system asks for.
async fn asked(engine: &std::sync::Arc<Engine>, world: &Shared, step: &Step) -> String {
    let who = || "@ana".into();
    let ask = async |number: u64, command| {
        engine.ask(Number(number), who(), command).await.map(|view| format!("{:?}", view.phase))
    };
    let answer = match step {
        Step::Acknowledge(number) => ask(*number, Command::Acknowledge).await,
        Step::Resolve(number) => ask(*number, Command::Resolve).await,
        Step::Note(number) => {
            ask(*number, Command::Note { text: "seen".to_owned(), is_heard: false }).await
        }
        Step::Merge(number, into) => match engine.case_of(Number(*into)).await {
            Ok(into) => ask(*number, Command::Merge { into }).await,
            Err(refusal) => Err(refusal),
        },
        Step::Silence { service, lasts } => {
            let silence = source::silence(*service, *lasts, world.time());
            engine.put_silence(silence).await.map(|id| id.to_string())
        }
        Step::EndSilences => source::end_silences(engine).await,
        _ => engine.beat(BEAT).await.map(|()| "beat".to_owned()),
    };
    answer.unwrap_or_else(|refusal| refusal.to_string())
}
