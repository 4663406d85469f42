//! A log that nobody reads.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::world::warroom::{Setup, Warroom};

/// Alerts until the pipe, which takes 64 KiB, and the queue behind it must be full.
const POSTS: usize = 300;
/// What a request may take when nothing stands in its way, on a busy machine.
const SLOW: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread")]
async fn fault_89_a_full_pipe_as_standard_error_stops_nothing() {
    let folder = TempDir::new().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    // Open for reading and writing, the pipe has a reader that never reads.
    let script = format!("export RUST_LOG=trace; exec \"$@\" 2<>'{}'", pipe.display());
    let wrapper = ["sh", "-c", &script, "sh"].map(str::to_owned).into();
    let rules = "[[rule]]\nname = \"any\"\nmatch = 'alertname=~\".+\"'\n".to_owned();
    let mut warroom = Warroom::start(Setup { wrapper, rules, ..Setup::new(folder.path()) }).await;
    let mut slowest = Duration::ZERO;
    for number in 0..POSTS {
        let alert: Value = json!([{ "labels": { "alertname": format!("A{}", number % 20) } }]);
        let begin = Instant::now();
        let answer = warroom.post("/api/v2/alerts", &alert).await;
        slowest = slowest.max(begin.elapsed());
        assert!(answer.status.is_success(), "{answer:?}");
    }
    let text = warroom.get("/metrics").await.text;
    let name = "warroom_log_lines_dropped_total ";
    let dropped = text.lines().find_map(|line| line.strip_prefix(name)?.parse::<u64>().ok());
    println!("{POSTS} posts, the slowest took {slowest:?}, {dropped:?} lines dropped");
    assert!(dropped.unwrap() > 0, "nothing was dropped: the pipe was not full");
    assert!(slowest < SLOW, "a request waited {slowest:?}");
    assert!(warroom.terminate().success());
}
