//! How many alerts a second are accepted: new ones, and ones that are sent again while they fire.

use super::drive::Stream;
use super::programs::{Program, alertmanager, has, warroom};
use super::table::{self, Rounds, row};

/// Enough that the batches of several clients share an fsync, as several Prometheus would.
const CLIENTS: usize = 16;
const ROUNDS: usize = 5;
/// Alerts of a batch, and alerts of one round of new ones.
const BATCHES: [(usize, usize); 3] = [(1, 2_000), (10, 10_000), (64, 25_600)];
/// Alerts that fire and are sent again.
const ACTIVE: usize = 10_000;

pub(crate) fn run() {
    if !has("prometheus-alertmanager") {
        return;
    }
    let mut rows = vec![row(["alerts", "batch", "warroom /s", "alertmanager /s", "ratio"])];
    for (batch, count) in BATCHES {
        let programs = [warroom(None), alertmanager(None)];
        let new = |round| Stream {
            from: 1_000_000 * batch + round * count,
            count,
            batch,
            clients: CLIENTS,
        };
        rows.push(measure("new", batch, &programs, new));
        let programs = [warroom(None), alertmanager(None)];
        let again = Stream { from: 0, count: ACTIVE / batch * batch, batch, clients: CLIENTS };
        rows.push(measure("again", batch, &programs, |_| again));
    }
    table::print(
        "accept: alerts answered 200 a second, over 16 connections; ours are on disk by then",
        &rows,
    );
}

/// The first round warms up and is not counted; with alerts that are sent again it makes them fire.
fn measure(
    what: &str,
    batch: usize,
    programs: &[Program; 2],
    stream: impl Fn(usize) -> Stream,
) -> Vec<String> {
    let mut rates = [Rounds::default(), Rounds::default()];
    for round in 0..=ROUNDS {
        for (program, rates) in programs.iter().zip(&mut rates) {
            let rate = stream(round).rate(std::slice::from_ref(&program.address));
            if round > 0 {
                rates.0.push(rate);
            }
        }
    }
    let [ours, theirs] = rates;
    row([
        what,
        &batch.to_string(),
        &ours.spread(),
        &theirs.spread(),
        &format!("{:.2}x", ours.over(&theirs)),
    ])
}
