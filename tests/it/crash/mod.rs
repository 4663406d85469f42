//! Real processes that are killed, paused, ended and starved, and what they owe afterwards.
//!
//! Nothing here knows how the promise is kept: alerts go in through the front door, and what came
//! of them is read from timelines and from what the outside received.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "helpers of tests run real processes on the real clock, and fail loudly"
)]

mod disk;
mod executor;
mod fallback;
mod load;
mod promise;
mod replicas;
mod single;

use std::path::Path;

use crate::world::sink::Sink;
use crate::world::warroom::Setup;

/// A Redis that has what it acknowledged after a crash of its own.
const DURABLE: [&str; 4] = ["--appendonly", "yes", "--appendfsync", "always"];

/// Everything is paged; what has the label `runbook` also starts a run by itself.
const RULES: &str = r#"
[[rule]]
name = "run"
match = 'alertname="Run"'
group_by = ["service"]
page = "oncall"
run = { runbook = "restart", mode = "auto" }

[[rule]]
name = "load"
match = 'alertname="Load"'
group_by = ["service"]
page = "oncall"
"#;

/// Pages and runs go to the sink, and everything durable is below `data`.
fn config(sink: &Sink) -> String {
    format!(
        r#"
journal.dir = "data/journal"
noise.storm.incidents = 100
pagers.oncall = {{ kind = "webhook", url = "{}" }}
runs.url = "{}"
"#,
        sink.url("/pages"),
        sink.url("/runs")
    )
}

/// A process with these rules, on the embedded brain unless `brain` is set.
fn setup(folder: &Path, sink: &Sink) -> Setup {
    Setup { config: config(sink), rules: RULES.to_owned(), ..Setup::new(folder) }
}
