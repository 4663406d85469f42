//! Senders that behave like real ones: batches of 64, sent again until they are answered with 2xx.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::world::warroom::Warroom;

/// As many as Prometheus puts into one POST.
const BATCH: usize = 64;
/// Between two tries of one batch.
const PAUSE: Duration = Duration::from_millis(20);

/// What the senders know.
#[derive(Debug, Default)]
struct Shared {
    acknowledged: Mutex<BTreeSet<String>>,
    is_over: AtomicBool,
}

/// Senders at work.
#[derive(Debug)]
pub(super) struct Load {
    shared: Arc<Shared>,
    senders: JoinSet<()>,
}

impl Load {
    /// Starts so many senders; each asks the addresses in turn until one takes its batch.
    pub(super) fn start(senders: usize, addresses: &[&str]) -> Self {
        let shared = Arc::new(Shared::default());
        let mut tasks = JoinSet::new();
        for sender in 0..senders {
            let addresses = addresses.iter().map(|it| (*it).to_owned()).collect();
            tasks.spawn(send(sender, addresses, Arc::clone(&shared)));
        }
        Self { shared, senders: tasks }
    }

    /// How many alerts were answered with 2xx so far.
    pub(super) fn count(&self) -> usize {
        self.shared.acknowledged.lock().unwrap().len()
    }

    /// Lets the senders finish, and gives the instances of all alerts that were answered with 2xx.
    pub(super) async fn finish(mut self) -> BTreeSet<String> {
        self.shared.is_over.store(true, Ordering::Relaxed);
        while let Some(ended) = self.senders.join_next().await {
            ended.unwrap();
        }
        std::mem::take(&mut self.shared.acknowledged.lock().unwrap())
    }
}

async fn send(sender: usize, addresses: Vec<String>, shared: Arc<Shared>) {
    let client =
        reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(10)).build().unwrap();
    let mut turn = sender;
    for batch in 0.. {
        let instances: Vec<String> =
            (0..BATCH).map(|alert| format!("{sender}-{batch}-{alert}")).collect();
        let body = body(sender, &instances);
        loop {
            if shared.is_over.load(Ordering::Relaxed) {
                return;
            }
            let url = format!("http://{}/api/v2/alerts", addresses[turn % addresses.len()]);
            let answer = client.post(url).json(&body).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                break;
            }
            turn += 1;
            tokio::time::sleep(PAUSE).await;
        }
        shared.acknowledged.lock().unwrap().extend(instances);
    }
}

/// One incident for each sender: more would be a storm, and this is not about storms.
fn body(sender: usize, instances: &[String]) -> Value {
    let ends_at = (chrono::Utc::now() + chrono::TimeDelta::hours(1)).to_rfc3339();
    let alert = |instance: &String| {
        json!({
            "labels": {"alertname": "Load", "service": format!("s{sender}"), "instance": instance},
            "endsAt": ends_at,
        })
    };
    instances.iter().map(alert).collect()
}

/// Every acknowledged alert is in a timeline, and none is there twice.
pub(super) async fn verify(warroom: &Warroom, acknowledged: &BTreeSet<String>) {
    let times = times_fired(warroom).await;
    let lost: Vec<&String> = acknowledged.iter().filter(|it| !times.contains_key(*it)).collect();
    assert!(lost.is_empty(), "{} of {} are lost: {lost:?}", lost.len(), acknowledged.len());
    let twice: Vec<_> = times.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "{} fired more than once: {twice:?}", twice.len());
}

/// How often each instance fired, over all timelines; alerts without one are not ours.
async fn times_fired(warroom: &Warroom) -> BTreeMap<String, usize> {
    let mut times = BTreeMap::new();
    for incident in warroom.incidents().await {
        for event in warroom.timeline(incident["number"].as_u64().unwrap()).await {
            let instance = event["alert"]["labels"]["instance"].as_str();
            if let (Some("alert_fired"), Some(instance)) = (event["event"].as_str(), instance) {
                *times.entry(instance.to_owned()).or_default() += 1;
            }
        }
    }
    times
}

/// A number below `most` that differs from run to run: when to kill shall not be a habit.
pub(super) fn random_below(most: u64) -> u64 {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).unwrap();
    u64::from_le_bytes(bytes) % most
}
