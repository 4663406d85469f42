//! Figures, beside the programs that people would use otherwise.
//!
//! `tests/run bench` runs everything, `tests/run bench accept rules` two of them. Each figure is the
//! median of rounds that alternate between the programs, so that a busy machine is busy for both;
//! the ratio is taken round by round. Nothing here fails when a figure is bad: people read it.
//!
//! It refuses to leave the loopback interface, and to compare what is not the same work: both
//! programs get the same bytes, over as many connections, from a load generator that is a process
//! of its own.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a broken measurement must stop at once"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "a measurement looks at the clock and starts programs"
)]
#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

mod accept;
mod alerts;
mod commit;
mod console;
mod drive;
mod graph;
mod http;
mod latency;
mod memory;
mod programs;
mod redis;
mod replay;
mod rules;
mod start;
mod table;
mod typed;

use std::process::ExitCode;

/// What can be measured, in the order in which it is.
const BENCHES: [(&str, fn()); 11] = [
    ("rules", rules::run),
    ("commit", commit::run),
    ("accept", accept::run),
    ("latency", latency::run),
    ("memory", memory::run),
    ("start", start::run),
    ("redis", redis::run),
    ("replay", replay::run),
    ("graph", graph::run),
    ("typed", typed::run),
    ("console", console::run),
];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let Some(("drive", rest)) = words.split_first().map(|(first, rest)| (first.as_str(), rest)) {
        return drive::run(rest);
    }
    // `cargo test --all-targets` starts this too, without the flag, and wants no figures.
    if !words.iter().any(|word| word == "--bench") {
        return ExitCode::SUCCESS;
    }
    let wanted: Vec<&String> = words.iter().filter(|word| !word.starts_with('-')).collect();
    if let Some(unknown) = wanted.iter().find(|word| BENCHES.iter().all(|(name, _)| name != **word))
    {
        let known: Vec<&str> = BENCHES.iter().map(|(name, _)| *name).collect();
        println!("no bench is called {unknown}; there are: {}", known.join(", "));
        return ExitCode::FAILURE;
    }
    println!("{}", table::machine());
    for (name, run) in BENCHES {
        if wanted.is_empty() || wanted.iter().any(|word| *word == name) {
            run();
        }
    }
    ExitCode::SUCCESS
}
