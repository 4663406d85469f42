//! From the start of the process to ready, with many alerts in the store. Alertmanager keeps no
//! alerts over a restart, so it has nothing to be compared with.

use super::drive::Stream;
use super::programs::warroom;
use super::table::{self, Rounds, row};

const ROUNDS: usize = 5;

pub(crate) fn run() {
    let mut rows = vec![row(["active alerts", "ms until ready", "over empty"])];
    let mut empty = 0.0;
    for active in [0, 9_984, 99_968] {
        let mut program = warroom(None);
        if active > 0 {
            let stream = Stream { from: 0, count: active, batch: 64, clients: 4 };
            stream.rate(std::slice::from_ref(&program.address));
        }
        let times = Rounds((0..ROUNDS).map(|_| program.restart() * 1000.0).collect());
        if active == 0 {
            empty = times.median();
        }
        rows.push(row([
            &active.to_string(),
            &times.spread(),
            &format!("{:.1}x", times.median() / empty),
        ]));
    }
    table::print("start: after kill -9, from exec to ready", &rows);
}
