//! One process under load: killed at random moments, and ended by SIGTERM.

use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use super::load::{Load, random_below, verify};
use super::{DURABLE, setup};
use crate::world::process::installed;
use crate::world::redis::Server;
use crate::world::sink::Sink;
use crate::world::wait::{pass, until};
use crate::world::warroom::{Setup, Warroom};

const ROUNDS: u32 = 15;
const SENDERS: usize = 4;
/// Long enough for batches in every stage, short enough for fifteen rounds in a minute.
const ROUND_MS_MAX: u64 = 1200;

#[tokio::test(flavor = "multi_thread")]
async fn fault_03_kill_9_loses_nothing_acknowledged_embedded() {
    let folder = TempDir::new().unwrap();
    let sink = Sink::start().await;
    killed_again_and_again(setup(folder.path(), &sink), &sink).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_03_kill_9_loses_nothing_acknowledged_on_redis() {
    if !installed("redis-server") {
        return;
    }
    let folder = TempDir::new().unwrap();
    let sink = Sink::start().await;
    let redis = Server::start(&DURABLE);
    let setup = Setup { brain: redis.url(), ..setup(folder.path(), &sink) };
    killed_again_and_again(setup, &sink).await;
}

async fn killed_again_and_again(setup: Setup, sink: &Sink) {
    let mut warroom = Warroom::start(setup).await;
    let load = Load::start(SENDERS, &[warroom.address()]);
    for round in 0..ROUNDS {
        let time = Duration::from_millis(random_below(ROUND_MS_MAX));
        pass(time).await;
        println!("round {round}: killed after {time:?}, {} acknowledged", load.count());
        warroom.kill9();
        warroom.restart().await;
    }
    let acknowledged = load.finish().await;
    assert!(acknowledged.len() > 1000, "hardly any load: {}", acknowledged.len());
    verify(&warroom, &acknowledged).await;
    every_incident_is_paged(&warroom, sink).await;
}

/// A page may come twice, with the same key; it may not stay away.
async fn every_incident_is_paged(warroom: &Warroom, sink: &Sink) {
    let incidents = warroom.incidents().await;
    assert_eq!(incidents.len(), SENDERS, "{incidents:#?}");
    until("every incident is paged", Duration::from_secs(20), async || {
        let calls = sink.calls_to("/pages");
        let is_paged = |number: &Value| calls.iter().any(|call| call.json()["incident"] == *number);
        incidents.iter().all(|incident| is_paged(&incident["number"])).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_87_sigterm_under_load_ends_in_time_and_loses_nothing() {
    let folder = TempDir::new().unwrap();
    let sink = Sink::start().await;
    let mut warroom = Warroom::start(setup(folder.path(), &sink)).await;
    let load = Load::start(SENDERS, &[warroom.address()]);
    pass(Duration::from_secs(1)).await;
    let begin = Instant::now();
    let status = warroom.terminate();
    println!("ended after {:?}, {} acknowledged", begin.elapsed(), load.count());
    assert!(status.success(), "{status}: {}", warroom.process.log());
    let acknowledged = load.finish().await;
    warroom.restart().await;
    verify(&warroom, &acknowledged).await;
}
