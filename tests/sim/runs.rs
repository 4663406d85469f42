//! The tests: many seeds, the same seed twice, planted bugs, and marks that must be reached.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::mutants::Mutant;
use crate::plan::{NAMES, Plan, SERVICES, Say, Step, Tell};
use crate::play::{How, Played, play};
use crate::shrink::shrink;

/// How many seeds a run plays when nobody says otherwise.
const SEEDS: u64 = 200;
/// How many threads play them.
const THREADS: usize = 2;
/// How many seeds a planted bug may survive.
const MUTANT_SEEDS: u64 = 150;
/// How much of a trace is shown when a run fails.
const TAIL: usize = 120;

/// Seeds that failed once.
const REGRESSIONS: &str = include_str!("seeds.txt");

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn regressions() -> impl Iterator<Item = u64> {
    REGRESSIONS.lines().filter_map(|line| line.split('#').next()?.trim().parse().ok())
}

/// Plays seeds on all threads; gives the marks, or the first seed that failed.
fn play_all(seeds: &[u64]) -> Result<BTreeMap<&'static str, u64>, u64> {
    let next = AtomicU64::new(0);
    let marks = Mutex::new(BTreeMap::<&'static str, u64>::new());
    let failed = Mutex::new(None::<u64>);
    let play_next = || {
        let at = usize::try_from(next.fetch_add(1, Ordering::Relaxed)).unwrap();
        let Some(seed) = seeds.get(at).filter(|_| failed.lock().unwrap().is_none()) else {
            return false;
        };
        let played = play(&Plan::new(*seed), How::default());
        if !played.failures.is_empty() {
            failed.lock().unwrap().get_or_insert(*seed);
        }
        let mut marks = marks.lock().unwrap();
        for (mark, count) in &played.marks {
            *marks.entry(mark).or_default() += count;
        }
        true
    };
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| while play_next() {});
        }
    });
    match failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(seed) => Err(seed),
        None => Ok(marks.into_inner().unwrap_or_else(PoisonError::into_inner)),
    }
}

/// Shrinks a failing seed and says all that is known about it.
fn explain(seed: u64) -> String {
    let plan = Plan::new(seed);
    let failed = play(&plan, How::default());
    let (plan, played) = shrink(&plan, How::default(), failed);
    let Played { failures, trace, .. } = played;
    let lines: Vec<&str> = trace.lines().collect();
    let tail = lines[lines.len().saturating_sub(TAIL)..].join("\n");
    let steps: Vec<String> = plan.steps.iter().map(|step| format!("{step:?}")).collect();
    let steps = steps.join("\n");
    format!("{tail}\n{steps}\n{failures:#?}\nWARROOM_SEED={seed} cargo test --test sim")
}

#[test]
fn every_seed_keeps_every_promise() {
    if let Some(seed) = number("WARROOM_SEED") {
        let played = play(&Plan::new(seed), How::default());
        println!("{}\n{:#?}", played.trace, played.failures);
        assert!(played.failures.is_empty(), "{}", explain(seed));
        return;
    }
    let first = number("WARROOM_FIRST").unwrap_or(0);
    let count = number("WARROOM_SEEDS").unwrap_or(SEEDS);
    let seeds: Vec<u64> = regressions().chain(first..first + count).collect();
    let marks = play_all(&seeds).unwrap_or_else(|seed| panic!("{}", explain(seed)));
    let lines: Vec<String> =
        marks.iter().map(|(mark, count)| format!("{count:>9} {mark}")).collect();
    println!("{}", lines.join("\n"));
}

/// I19, and with it that a failing seed can be played again.
#[test]
fn the_same_seed_gives_the_same_trace() {
    for seed in [3, 14, 15, 92, 65, 35] {
        let plan = Plan::new(seed);
        let (first, second) = (play(&plan, How::default()), play(&plan, How::default()));
        assert!(first.trace.len() > 1000, "seed {seed} does nothing");
        assert_eq!(first.trace, second.trace, "seed {seed}");
    }
}

#[test]
fn each_planted_bug_is_found() {
    let mut survivors = Vec::new();
    for mutant in Mutant::ALL {
        let how = How { mutant: Some(mutant), is_calm: false };
        let fails = |seed: &u64| !play(&Plan::new(*seed), how).failures.is_empty();
        match (0..MUTANT_SEEDS).find(fails) {
            Some(seed) => println!("{mutant:?} is found by seed {seed}"),
            None => survivors.push(mutant),
        }
    }
    assert!(survivors.is_empty(), "{survivors:?} survive {MUTANT_SEEDS} seeds");
}

/// Splitting a batch and adding a second node must not change what there is in the end.
#[test]
fn splitting_batches_and_a_second_node_change_nothing() {
    let mut compared = 0;
    for seed in 0..60 {
        let plan = steady(Plan::new(seed));
        let how = How { is_calm: true, mutant: None };
        let one = play(&Plan { nodes: 1, ..plan.clone() }, how);
        let two = play(&Plan { nodes: 2, steps: split(&plan.steps), ..plan }, how);
        assert!(
            one.failures.is_empty() && two.failures.is_empty(),
            "seed {seed}: {:?} {:?}",
            one.failures,
            two.failures
        );
        // The pauses of the split plan move a few firings over the edge of a re-open window, so
        // that the number of runs may differ by as many incidents.
        assert_eq!(one.result.alerts, two.result.alerts, "seed {seed}");
        assert_eq!(one.result.incidents, two.result.incidents, "seed {seed}");
        compared += one.result.incidents.len();
    }
    assert!(compared > 50, "only {compared} incidents were compared");
}

/// The plan without whatever makes the order of deliveries matter: storms, throttles, inhibition,
/// people, trouble.
fn steady(plan: Plan) -> Plan {
    let is_plain = |say: &Say| {
        let is_order_free = matches!(say.what, Tell::Fires | Tell::FiresForGood | Tell::Ends);
        is_order_free && matches!(NAMES[say.alert / SERVICES.len()], "Slow" | "Disk" | "Orphan")
    };
    let steps = plan.steps.into_iter().filter_map(|step| match step {
        Step::Wait(_) => Some(step),
        Step::Deliver { says, node, .. } => {
            let says = says.into_iter().filter(is_plain).collect();
            Some(Step::Deliver { says, node, copies: 1, delay: 0 })
        }
        _ => None,
    });
    Plan { storm: 1000, is_forgetful: false, steps: steps.collect(), ..plan }
}

/// Each alert in a delivery of its own, on the nodes in turn.
fn split(steps: &[Step]) -> Vec<Step> {
    let mut split = Vec::new();
    for step in steps {
        let Step::Deliver { says, .. } = step else {
            split.push(step.clone());
            continue;
        };
        for (node, say) in says.iter().enumerate() {
            let says = vec![*say];
            split.push(Step::Deliver { says, node: node % 2, copies: 1, delay: 0 });
            split.push(Step::Wait(20));
        }
    }
    split
}
