//! A storm that lasts: a hundred thousand alerts, repeated each minute, for as long as
//! `WARROOM_SOAK_SECONDS` says (`tests/run soak`); without it, a small one of a few seconds.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinSet;

use super::memory::{VM_RSS, kib};
use crate::world::wait::pass;
use crate::world::warroom::{Setup, Warroom};

/// Connections that the alerts come over.
const SENDERS: usize = 8;
/// As many as Prometheus puts into one POST.
const BATCH: usize = 64;
/// Incidents that may open in a minute before they join an umbrella.
const STORM: usize = 50;
/// Memory may grow by this much of itself after the first round: caches and the allocator.
const GROWTH: f64 = 1.5;

/// How large the storm is.
#[derive(Debug, Clone, Copy)]
struct Size {
    alerts: usize,
    groups: usize,
    round: Duration,
    rounds: usize,
}

fn size() -> Size {
    let seconds = std::env::var("WARROOM_SOAK_SECONDS").ok();
    match seconds.and_then(|text| text.parse::<usize>().ok()) {
        None => Size { alerts: 3000, groups: 300, round: Duration::ZERO, rounds: 4 },
        Some(seconds) => Size {
            alerts: 100_000,
            groups: 5000,
            round: Duration::from_secs(60),
            rounds: usize::max(2, seconds / 60),
        },
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_41_a_lasting_storm_opens_few_rooms_and_keeps_memory_flat() {
    let (folder, size) = (TempDir::new().unwrap(), size());
    let rules = "[[rule]]\nname = \"any\"\nmatch = 'alertname=~\".+\"'\ngroup_by = [\"service\"]\n\
                 room = { name = \"inc-{{ number }}\" }\npage = \"oncall\"\n";
    let config = format!("noise.storm.incidents = {STORM}\n");
    let setup = Setup { config, rules: rules.to_owned(), ..Setup::new(folder.path()) };
    let mut warroom = Warroom::start(setup).await;
    let (mut times, mut resident) = (Vec::new(), Vec::new());
    for _ in 0..size.rounds {
        let begin = Instant::now();
        times.extend(round(&warroom, size).await);
        pass(size.round.saturating_sub(begin.elapsed())).await;
        resident.push(kib(warroom.process.pid(), VM_RSS));
    }
    warroom.process.must_run();
    times.sort_unstable();
    let p99 = times[times.len() * 99 / 100];
    let mib: Vec<u64> = resident.iter().map(|kib| kib / 1024).collect();
    println!("{} alerts x {}: p99 {p99:?}, resident MiB {mib:?}", size.alerts, size.rounds);
    let (first, last) = (resident[0] as f64, resident[resident.len() - 1] as f64);
    assert!(last < first * GROWTH, "memory grows: {mib:?} MiB");

    let incidents = warroom.incidents().await;
    assert_eq!(incidents.len(), size.groups + 1, "one for each group and the umbrella");
    let alone = incidents.iter().filter(|incident| incident["parent"].is_null()).count();
    assert!(alone <= STORM + 1, "{alone} incidents speak for themselves");
    let text = warroom.get("/metrics").await.text;
    let name = "warroom_throttled_total{kind=\"storm\"} ";
    let joined = text.lines().find_map(|line| line.strip_prefix(name)?.parse::<usize>().ok());
    assert!(joined.unwrap() >= size.groups - STORM, "the overflow is not counted: {joined:?}");
}

/// Sends every alert once; gives how long each request took.
async fn round(warroom: &Warroom, size: Size) -> Vec<Duration> {
    let mut senders = JoinSet::new();
    for sender in 0..SENDERS {
        senders.spawn(send(warroom.url("/api/v2/alerts"), sender, size));
    }
    let mut times = Vec::new();
    while let Some(sent) = senders.join_next().await {
        times.extend(sent.unwrap());
    }
    times
}

async fn send(url: String, sender: usize, size: Size) -> Vec<Duration> {
    let client =
        reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30)).build().unwrap();
    let ends_at = (chrono::Utc::now() + chrono::TimeDelta::hours(1)).to_rfc3339();
    let mut times = Vec::new();
    let batches: Vec<usize> = (0..size.alerts).step_by(BATCH).collect();
    for first in batches.into_iter().skip(sender).step_by(SENDERS) {
        let alerts: Value = (first..size.alerts.min(first + BATCH))
            .map(|alert| {
                json!({
                    "labels": {
                        "alertname": "Storm", "service": format!("s{}", alert % size.groups),
                        "instance": format!("i{alert}"),
                    },
                    "endsAt": ends_at,
                })
            })
            .collect();
        let begin = Instant::now();
        let answer = client.post(&url).json(&alerts).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.status());
        times.push(begin.elapsed());
    }
    times
}
