//! What a commit costs in a small and in a huge incident: one more alert fires.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use warroom::brain::embedded::{self, Embedded};
use warroom::brain::redis::{self, Address, Redis};
use warroom::brain::{At, Brain, Commit, Rows};
use warroom::domain::alert::{Alert, fingerprint};
use warroom::domain::ids::{CaseId, GroupKey};
use warroom::domain::incident::{Event, Incident, Stored};

use super::programs::{has, redis as redis_server, scratch};
use super::table::{self, Rounds, row};

const SIZES: [usize; 3] = [5, 500, 50_000];
const COMMITS: usize = 200;
/// Alerts of one commit while the incident is filled.
const STEP: usize = 1_000;

pub(crate) fn run() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut rows =
        vec![row(["brain", "alerts in the incident", "us a load and a commit", "over 5"])];
    let folder = scratch();
    rows.extend(runtime.block_on(measure("embedded, fsync", &*embedded(folder.path()))));
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        let folder = tempfile::TempDir::new_in(memory).unwrap();
        rows.extend(runtime.block_on(measure("embedded, in memory", &*embedded(folder.path()))));
    }
    if has("redis-server") {
        let server = redis_server();
        rows.extend(runtime.block_on(async {
            let address = Address::parse(&format!("redis://{}", server.address)).unwrap();
            let brain = Redis::open(address, redis::Options::default()).await.unwrap();
            measure("redis", &brain).await
        }));
    }
    table::print("commit: one more alert fires in an incident of so many", &rows);
}

fn embedded(folder: &Path) -> Box<Embedded> {
    Box::new(Embedded::open(folder, &embedded::Options::default()).unwrap())
}

async fn measure(name: &str, brain: &dyn Brain) -> Vec<Vec<String>> {
    let mut cases: Vec<Case> = SIZES.iter().map(|size| Case::new(brain, *size)).collect();
    for (case, size) in cases.iter_mut().zip(SIZES) {
        while case.alerts < size {
            case.fire(brain, STEP.min(size - case.alerts)).await;
        }
    }
    let mut times = vec![Rounds::default(); SIZES.len()];
    for _ in 0..COMMITS {
        for (case, times) in cases.iter_mut().zip(&mut times) {
            times.0.push(case.fire(brain, 1).await);
        }
    }
    let small = times.first().cloned().unwrap_or_default();
    let row_of = |(size, times): (&usize, &Rounds)| {
        row([
            name,
            &size.to_string(),
            &times.spread(),
            &format!("{:.2}x", times.median() / small.median()),
        ])
    };
    SIZES.iter().zip(&times).map(row_of).collect()
}

/// An incident in the brain.
struct Case {
    id: CaseId,
    group: GroupKey,
    alerts: usize,
}

impl Case {
    fn new(brain: &dyn Brain, size: usize) -> Self {
        let group = GroupKey(format!("bench{{size=\"{size}\"}}").into());
        let id = CaseId { shard: group.shard(brain.shards()), serial: size as u64 };
        Self { id, group, alerts: 0 }
    }

    /// Lets alerts fire as the engine does: a load of what the decision needs, then one commit.
    /// Gives the microseconds that the brain took.
    async fn fire(&mut self, brain: &dyn Brain, count: usize) -> f64 {
        let alerts: Vec<Arc<Alert>> = (self.alerts..self.alerts + count).map(alert).collect();
        let prints: Vec<_> = alerts.iter().map(|alert| fingerprint(&alert.labels)).collect();
        let begin = Instant::now();
        let loaded =
            brain.load(vec![(At::Case(self.id), Rows::Some(prints.clone()))]).await.unwrap();
        let mut took = begin.elapsed();
        let known = loaded.into_iter().next().flatten().map(|loaded| loaded.incident);
        let (mut incident, mut events) = match known {
            Some(incident) => (incident, Vec::new()),
            None => (
                Incident::begin(self.group.clone(), now()),
                vec![Event::CaseBegan { group: self.group.clone() }],
            ),
        };
        let expected = incident.head.version;
        events.extend(alerts.into_iter().zip(&prints).map(|(alert, fingerprint)| {
            let expires_at = Some(now() + TimeDelta::minutes(5));
            Event::AlertFired { fingerprint: *fingerprint, alert, expires_at }
        }));
        let numbered = (expected + 1..).zip(events);
        let events: Vec<Stored> =
            numbered.map(|(number, event)| Stored { number, at: now(), event }).collect();
        events.iter().for_each(|event| incident.evolve(event));
        let command = (u128::from(self.id.serial) << 64) | u128::from(expected);
        let commit = commit(self.id, (command, expected), incident, events);
        let begin = Instant::now();
        for answer in brain.commit(vec![commit]).await {
            answer.unwrap();
        }
        took += begin.elapsed();
        self.alerts += count;
        took.as_secs_f64() * 1e6
    }
}

fn commit(
    case: CaseId,
    (command, expected): (u128, u64),
    incident: Incident,
    events: Vec<Stored>,
) -> Commit {
    Commit {
        command,
        case,
        expected,
        replaces: None,
        is_current: false,
        head: Arc::new(incident.head),
        members: incident.members.into_iter().collect(),
        events,
        effects: Vec::new(),
        timers: Vec::new(),
        settles: None,
        index: Vec::new(),
        forget: false,
        now: now(),
        lease: None,
    }
}

fn alert(number: usize) -> Arc<Alert> {
    let labels =
        [("alertname", "Slow".into()), ("instance", format!("10.0.0.{number}:9100").into())];
    Arc::new(Alert {
        labels: labels.into_iter().map(|(name, value)| (name.into(), value)).collect(),
        annotations: [("summary".into(), "it is slow".into())].into(),
        starts_at: now(),
        is_start_unnamed: false,
        generator_url: "http://prometheus.example:9090/graph".into(),
        source: "prometheus".into(),
    })
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_241_541, 0).unwrap_or_default()
}
