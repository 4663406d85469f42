//! A storm of new alerts against a process with little memory.

use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::world::process::installed;
use crate::world::warroom::{Setup, Warroom};

/// What the process may have of its own memory; beyond it, allocations fail and the process dies.
const MEMORY: &str = "--data=1073741824";
/// The stated cap of resident memory under this load, in KiB.
const RESIDENT_KIB: u64 = 512 * 1024;
/// Connections that send as fast as they are answered.
const SENDERS: usize = 300;
/// Alerts of one body: small ones, which grow most when they are read.
const BATCH: usize = 5000;
const LENGTH: Duration = Duration::from_secs(8);

#[tokio::test(flavor = "multi_thread")]
async fn fault_07_a_storm_of_new_alerts_is_slowed_and_never_kills() {
    if !installed("prlimit") {
        return;
    }
    let folder = TempDir::new().unwrap();
    let wrapper = ["prlimit".to_owned(), MEMORY.to_owned()].into();
    let rules = "[[rule]]\nname = \"any\"\nmatch = 'alertname=~\".+\"'\ngroup_by = [\"service\"]\n";
    let setup = Setup { wrapper, rules: rules.to_owned(), ..Setup::new(folder.path()) };
    let mut warroom = Warroom::start(setup).await;
    let mut senders = JoinSet::new();
    let end = Instant::now() + LENGTH;
    for sender in 0..SENDERS {
        senders.spawn(send(warroom.url("/api/v2/alerts"), sender, end));
    }
    let mut answers: BTreeMap<u16, usize> = BTreeMap::new();
    while let Some(sent) = senders.join_next().await {
        for (status, count) in sent.unwrap() {
            *answers.entry(status).or_default() += count;
        }
    }
    warroom.process.must_run();
    let peak = kib(warroom.process.pid(), VM_PEAK);
    let taken = answers.get(&200).copied().unwrap_or_default() * BATCH;
    println!("answers {answers:?}: {taken} alerts taken, at most {} MiB resident", peak / 1024);
    assert!(taken > 0, "{answers:?}");
    assert!(answers.keys().all(|status| [0, 200, 429, 503].contains(status)), "{answers:?}");
    assert!(peak < RESIDENT_KIB, "{peak} KiB resident");
    assert!(warroom.get("/-/ready").await.status.is_success(), "it is not well afterwards");
}

/// Posts new alerts until the end; gives how often each status came, 0 for no answer.
async fn send(url: String, sender: usize, end: Instant) -> BTreeMap<u16, usize> {
    let client =
        reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(60)).build().unwrap();
    let mut answers = BTreeMap::new();
    for batch in 0.. {
        if Instant::now() >= end {
            break;
        }
        let alerts: Value = (0..BATCH)
            .map(|alert| {
                json!({
                    "labels": {
                        "alertname": "Storm", "service": format!("s{}", alert % 50),
                        "instance": format!("{sender}-{batch}-{alert}"),
                    },
                })
            })
            .collect();
        let answer = client.post(&url).json(&alerts).send().await;
        *answers.entry(answer.map_or(0, |answer| answer.status().as_u16())).or_default() += 1;
    }
    answers
}

/// Resident now, and at most so far.
pub(super) const VM_RSS: &str = "VmRSS:";
pub(super) const VM_PEAK: &str = "VmHWM:";

/// What the system says of a process' memory.
pub(super) fn kib(pid: u32, which: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(which)).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}
