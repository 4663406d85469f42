//! A log that nobody reads.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::world::warroom::{Setup, Warroom};

/// Incidents of one post. Each is paged, and the pager that nobody configured is the log.
const BATCH: usize = 100;
/// With a line for each incident, the pipe and the queue behind it would be full long before.
const POSTS_MAX: usize = 40;
/// What a request may take when nothing stands in its way, on a busy machine.
const SLOW: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread")]
async fn fault_89_a_full_pipe_as_standard_error_stops_nothing() {
    let folder = TempDir::new().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    // Open for reading and writing, the pipe has a reader that never reads.
    let script = format!("exec \"$@\" 2<>'{}'", pipe.display());
    let wrapper = ["sh", "-c", &script, "sh"].map(str::to_owned).into();
    let rules = "[[rule]]\nname = \"any\"\nmatch = 'alertname=~\".+\"'\npage = \"oncall\"\n";
    let (rules, config) = (rules.to_owned(), "noise.storm.incidents = 100000\n".to_owned());
    let mut warroom =
        Warroom::start(Setup { wrapper, rules, config, ..Setup::new(folder.path()) }).await;
    let (mut slowest, mut posts) = (Duration::ZERO, 0);
    while dropped(&warroom).await == 0 {
        assert!(posts < POSTS_MAX, "nothing is dropped after {posts} posts: is the pipe full?");
        let alert = |at: usize| json!({ "labels": { "alertname": format!("A{posts}-{at}") } });
        let alerts: Value = (0..BATCH).map(alert).collect();
        let begin = Instant::now();
        let answer = warroom.post("/api/v2/alerts", &alerts).await;
        slowest = slowest.max(begin.elapsed());
        assert!(answer.status.is_success(), "{answer:?}");
        posts += 1;
    }
    let lines = dropped(&warroom).await;
    println!("{posts} posts, the slowest took {slowest:?}, {lines} lines dropped");
    assert!(slowest < SLOW, "a request waited {slowest:?}");
    assert!(warroom.terminate().success());
}

async fn dropped(warroom: &Warroom) -> u64 {
    let text = warroom.get("/metrics").await.text;
    let name = "warroom_log_lines_dropped_total ";
    text.lines().find_map(|line| line.strip_prefix(name)?.parse().ok()).unwrap()
}
