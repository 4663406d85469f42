//! The tests: many seeds, the same seed twice, planted bugs, and marks that must be reached.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::mutants::Mutant;
use crate::plan::{Plan, Step};
use crate::play::{How, Played, play};
use crate::shrink::shrink;

/// How many seeds a run plays when nobody says otherwise.
const SEEDS: u64 = 300;
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
fn play_all(seeds: Vec<u64>) -> Result<BTreeMap<&'static str, u64>, u64> {
    let next = AtomicU64::new(0);
    let marks = Mutex::new(BTreeMap::<&'static str, u64>::new());
    let failed = Mutex::new(None::<u64>);
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while failed.lock().unwrap().is_none() {
                    let at = usize::try_from(next.fetch_add(1, Ordering::Relaxed)).unwrap();
                    let Some(seed) = seeds.get(at) else { return };
                    let played = play(&Plan::new(*seed), How::default());
                    if !played.failures.is_empty() {
                        failed.lock().unwrap().get_or_insert(*seed);
                    }
                    let mut marks = marks.lock().unwrap();
                    played.marks.iter().for_each(|(mark, count)| {
                        *marks.entry(mark).or_default() += count;
                    });
                }
            });
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
    let seeds = regressions().chain(first..first + count).collect();
    let marks = play_all(seeds).unwrap_or_else(|seed| panic!("{}", explain(seed)));
    let lines: Vec<String> = marks.iter().map(|(mark, count)| format!("{count:>9} {mark}")).collect();
    println!("{}", lines.join("\n"));
}
