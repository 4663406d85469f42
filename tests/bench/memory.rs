//! Resident memory with many active alerts, before and after a listing of all of them.

use super::drive::Stream;
use super::http::{Client, get};
use super::programs::{Program, alertmanager, has, warroom};
use super::table::{self, row, short};

pub(crate) fn run() {
    if !has("prometheus-alertmanager") {
        return;
    }
    let mut rows = vec![row(["active alerts", "", "warroom MiB", "alertmanager MiB", "ratio"])];
    for active in [9_984, 99_968] {
        let programs = [warroom(None), alertmanager(None)];
        for program in &programs {
            Stream { from: 0, count: active, batch: 64, clients: 4 }
                .rate(std::slice::from_ref(&program.address));
        }
        rows.push(compare(active, "after the last POST", &programs));
        for program in &programs {
            let (status, bytes) = Client::connect(&program.address).ask(&get("/api/v2/alerts"));
            assert!(status == 200 && bytes > active * 100, "{status}, {bytes} bytes");
        }
        rows.push(compare(active, "after one listing of all", &programs));
    }
    table::print("memory: resident, from /proc", &rows);
}

fn compare(active: usize, when: &str, programs: &[Program; 2]) -> Vec<String> {
    let [ours, theirs] = programs.each_ref().map(|program: &Program| program.rss());
    row([
        &active.to_string(),
        when,
        &short(ours),
        &short(theirs),
        &format!("{:.2}x", ours / theirs),
    ])
}
