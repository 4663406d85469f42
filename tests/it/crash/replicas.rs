//! Two processes on one Redis: one is killed or paused, and the other goes on.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::load::{Load, verify};
use super::{DURABLE, setup};
use crate::world::process::installed;
use crate::world::redis::Server;
use crate::world::sink::{Behaviour, Sink};
use crate::world::wait::{pass, until};
use crate::world::warroom::{Setup, Warroom};

/// The promise: effects of a killed process are taken over in this time.
const TAKEN_OVER_WITHIN: Duration = Duration::from_secs(5);
/// A call that hangs for longer than any test looks at it.
const NEVER: Duration = Duration::from_secs(120);
const SOON: Duration = Duration::from_secs(20);

/// A Redis for processes to share, and the outside of them all.
struct Lab {
    folder: TempDir,
    sink: Sink,
    redis: Server,
}

impl Lab {
    async fn start() -> Self {
        let sink = Sink::start().await;
        Self { folder: TempDir::new().unwrap(), sink, redis: Server::start(&DURABLE) }
    }

    /// One more process.
    async fn process(&self, name: &str) -> Warroom {
        let own = self.folder.path().join(name);
        fs::create_dir_all(&own).unwrap();
        let setup = setup(&own, &self.sink);
        Warroom::start(Setup { name: name.to_owned(), brain: self.redis.url(), ..setup }).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_04_pages_of_a_killed_process_are_taken_over() {
    if !installed("redis-server") {
        return;
    }
    let lab = Lab::start().await;
    let mut first = lab.process("first").await;
    lab.sink.behave(Behaviour::After(NEVER));
    fire(&first, "Load", "cms").await;
    let before = lab.sink.receives("/pages", 1, SOON).await;
    let _second = lab.process("second").await;
    // The call hangs, and the first one holds its lease.
    first.kill9();
    let killed = Instant::now();
    lab.sink.behave(Behaviour::Status(200));
    let calls = lab.sink.receives("/pages", before.len() + 1, SOON).await;
    let took = killed.elapsed();
    println!("the page came again {took:?} after the kill");
    assert!(took < TAKEN_OVER_WITHIN, "{took:?}");
    assert_eq!(calls[0].key(), calls[1].key(), "a repeated page uses the same key");
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_05_a_run_of_a_killed_process_is_never_started_again() {
    if !installed("redis-server") {
        return;
    }
    let lab = Lab::start().await;
    let mut first = lab.process("first").await;
    lab.sink.behave(Behaviour::After(NEVER));
    fire(&first, "Run", "cms").await;
    lab.sink.receives("/runs", 1, SOON).await;
    let second = lab.process("second").await;
    first.kill9();
    lab.sink.behave(Behaviour::Status(200));
    has_event(&second, "run_outcome_unknown").await;
    // Longer than any lease: what must not happen cannot be waited for.
    pass(TAKEN_OVER_WITHIN).await;
    assert_eq!(starts(&lab.sink), [1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_14_a_paused_process_does_nothing_twice() {
    if !installed("redis-server") {
        return;
    }
    let lab = Lab::start().await;
    let mut first = lab.process("first").await;
    lab.sink.behave(Behaviour::After(Duration::from_secs(3)));
    fire(&first, "Run", "cms").await;
    lab.sink.receives("/runs", 1, SOON).await;
    first.process.signal("STOP");
    let second = lab.process("second").await;
    has_event(&second, "run_outcome_unknown").await;
    first.process.signal("CONT");
    // Its late answer is refused, and nobody starts anything.
    pass(TAKEN_OVER_WITHIN).await;
    first.process.must_run();
    assert_eq!(starts(&lab.sink), [1]);
    let timeline = second.timeline(1).await;
    let outcomes = |kind: &str| timeline.iter().filter(|it| it["event"] == *kind).count();
    assert_eq!((outcomes("run_started"), outcomes("run_outcome_unknown")), (0, 1), "{timeline:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_24_processes_killed_in_turn_lose_nothing_and_run_nothing_twice() {
    if !installed("redis-server") {
        return;
    }
    let lab = Lab::start().await;
    let (mut first, mut second) = (lab.process("first").await, lab.process("second").await);
    let load = Load::start(4, &[first.address(), second.address()]);
    for round in 0..6 {
        pass(Duration::from_millis(500)).await;
        let (killed, other) =
            if round % 2 == 0 { (&mut first, &second) } else { (&mut second, &first) };
        fire(other, "Run", &format!("run-{round}")).await;
        killed.kill9();
        killed.restart().await;
    }
    let acknowledged = load.finish().await;
    verify(&second, &acknowledged).await;
    let starts = starts(&lab.sink);
    assert!(starts.iter().all(|times| *times == 1), "{starts:?}");
    println!("{} alerts, {} runs", acknowledged.len(), starts.len());
}

/// How often each run was started.
fn starts(sink: &Sink) -> Vec<usize> {
    sink.times_by_key("/runs").into_values().collect()
}

async fn fire(warroom: &Warroom, name: &str, service: &str) {
    let alert: Value = json!([{"labels": {"alertname": name, "service": service}}]);
    let answer = warroom.post("/api/v2/alerts", &alert).await;
    assert!(answer.status.is_success(), "{answer:?}");
}

async fn has_event(warroom: &Warroom, kind: &str) {
    until(&format!("the timeline says {kind}"), SOON, async || {
        let timeline = warroom.timeline(1).await;
        timeline.iter().any(|event| event["event"] == *kind).then_some(())
    })
    .await;
}
