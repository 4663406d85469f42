//! Makes a failing plan smaller: steps are dropped as long as it still fails.

use crate::plan::{Plan, Step};
use crate::play::{How, Played, play};

/// How often a plan is played while it shrinks: a few seconds.
const PLAYS_MAX: usize = 150;

/// The smallest plan that was found to fail in the same way, with how it went.
pub(crate) fn shrink(plan: &Plan, how: How, failed: Played) -> (Plan, Played) {
    let kind = kind_of(&failed);
    let (mut best, mut played) = (plan.clone(), failed);
    let (mut size, mut plays) = (best.steps.len().div_ceil(2), 0);
    while size > 0 && plays < PLAYS_MAX {
        let mut at = 0;
        while at < best.steps.len() && plays < PLAYS_MAX {
            let smaller = Plan { steps: without(&best.steps, at, size), ..best.clone() };
            let new = play(&smaller, how);
            plays += 1;
            if kind_of(&new) == kind {
                (best, played) = (smaller, new);
            } else {
                at += size;
            }
        }
        size /= 2;
    }
    (best, played)
}

fn without(steps: &[Step], at: usize, size: usize) -> Vec<Step> {
    let end = (at + size).min(steps.len());
    steps[..at].iter().chain(&steps[end..]).cloned().collect()
}

/// The invariant that failed first.
fn kind_of(played: &Played) -> Option<String> {
    let first = played.failures.first()?;
    let word = first.split(' ').find(|word| word.ends_with(':'));
    Some(word.unwrap_or(first).to_owned())
}
