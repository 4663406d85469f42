//! What a 2xx means while Redis fails over, forgets, is empty, or is away: the journals heal it.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::load::{Load, verify};
use super::{DURABLE, setup};
use crate::world::process::installed;
use crate::world::redis::{Server, Trio};
use crate::world::sink::Sink;
use crate::world::wait::{pass, until};
use crate::world::warroom::{Answer, Setup, Warroom};

/// For a debug build on a busy machine to notice, replay, and look again.
const HEALED_WITHIN: Duration = Duration::from_secs(40);
const SOON: Duration = Duration::from_secs(20);

/// The folder and the outside of one process.
pub(super) struct Lab {
    folder: TempDir,
    pub(super) sink: Sink,
}

impl Lab {
    pub(super) async fn start() -> Self {
        Self { folder: TempDir::new().unwrap(), sink: Sink::start().await }
    }

    /// A process on this Redis; each start with a name of its own has its own log.
    pub(super) fn setup(&self, name: &str, url: String) -> Setup {
        let name = name.to_owned();
        Setup { name, brain: url, ..setup(self.folder.path(), &self.sink) }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_16_a_planned_failover_under_load_loses_nothing_acknowledged() {
    if !installed("redis-server") {
        return;
    }
    let (lab, trio) = (Lab::start().await, Trio::start());
    let warroom = Warroom::start(lab.setup("first", trio.url())).await;
    let load = Load::start(4, &[warroom.address()]);
    pass(Duration::from_secs(1)).await;
    let before = load.count();
    assert_eq!(trio.sentinel(&["SENTINEL", "FAILOVER", "brain"]), "OK");
    pass(Duration::from_secs(4)).await;
    let acknowledged = load.finish().await;
    healed(&warroom, 1).await;
    verify(&warroom, &acknowledged).await;
    println!("{before} alerts before the failover, {} in all", acknowledged.len());
    assert!(before > 0 && acknowledged.len() > before);
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_16_what_a_rolled_back_redis_forgot_is_replayed_and_no_run_starts_twice() {
    if !installed("redis-server") {
        return;
    }
    let (lab, mut redis) = (Lab::start().await, Server::start(&[]));
    let warroom = Warroom::start(lab.setup("first", redis.url())).await;
    fires(&warroom, "Load", "kept", 200).await;
    redis.cli(&["SAVE"]);
    fires(&warroom, "Run", "lost", 200).await;
    lab.sink.receives("/runs", 1, SOON).await;
    has_event(&warroom, "lost", "run_started").await;
    // Longer than a look: the later position has been seen.
    pass(Duration::from_millis(2500)).await;
    redis.process.kill9();
    redis.restart();
    healed(&warroom, 1).await;
    assert_eq!(services(&warroom).await, names(&["kept", "lost"]));
    assert!(warroom.process.log().contains("the brain has forgotten"), "it is said loudly");
    has_event(&warroom, "lost", "run_outcome_unknown").await;
    assert_eq!(lab.sink.calls_to("/runs").len(), 1);
    // By itself it is normal again.
    fires(&warroom, "Load", "afterwards", 200).await;
    assert_eq!(promise(&warroom).await, "strict");
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_16_what_people_said_to_a_redis_that_forgot_is_said_again() {
    if !installed("redis-server") {
        return;
    }
    let (lab, mut redis) = (Lab::start().await, Server::start(&[]));
    let warroom = Warroom::start(lab.setup("first", redis.url())).await;
    let ask = async |path: &str, body: Value| {
        let answer = warroom.post(path, &body).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.json()
    };
    fires(&warroom, "Load", "kept", 200).await;
    ask("/api/v1/incidents/1/note", json!({"by": "ana", "text": "before"})).await;
    let ended = ask("/api/v2/silences", silence("ended")).await["silenceID"].clone();
    redis.cli(&["SAVE"]);
    ask("/api/v1/incidents/1/ack", json!({"by": "ana"})).await;
    ask("/api/v1/incidents/1/note", json!({"by": "ana", "text": "after"})).await;
    let held = ask("/api/v2/silences", silence("held")).await["silenceID"].clone();
    let path = format!("/api/v2/silence/{}", ended.as_str().unwrap());
    let gone = reqwest::Client::new().delete(warroom.url(&path)).send().await.unwrap();
    assert_eq!(gone.status(), 200);
    // An incident of which the brain will know nothing, not even its number.
    fires(&warroom, "Load", "lost", 200).await;
    ask("/api/v1/incidents/2/ack", json!({"by": "ben"})).await;
    pass(Duration::from_millis(2500)).await;
    redis.process.kill9();
    redis.restart();
    healed(&warroom, 1).await;
    assert_eq!(times(&warroom, "kept", "note_added").await, 2);
    assert_eq!(times(&warroom, "kept", "incident_acknowledged").await, 1);
    assert_eq!(times(&warroom, "lost", "incident_acknowledged").await, 1);
    let silences = warroom.get("/api/v2/silences").await.json();
    let state = |id: &Value| {
        let silence = silences.as_array().unwrap().iter().find(|it| it["id"] == *id).unwrap();
        silence["status"]["state"].clone()
    };
    assert_eq!((state(&held), state(&ended)), (json!("active"), json!("expired")));
}

fn silence(service: &str) -> Value {
    let matcher = json!({"name": "service", "value": service, "isRegex": false, "isEqual": true});
    json!({
        "matchers": [matcher], "createdBy": "ana", "comment": "planned work",
        "startsAt": "2026-01-01T00:00:00Z", "endsAt": "2099-01-01T00:00:00Z"
    })
}

/// How often the timeline that tells of a service has an event of this kind.
async fn times(warroom: &Warroom, service: &str, kind: &str) -> usize {
    for incident in warroom.incidents().await {
        let timeline = warroom.timeline(incident["number"].as_u64().unwrap()).await;
        if timeline.iter().any(|it| it["alert"]["labels"]["service"] == *service) {
            return timeline.iter().filter(|it| it["event"] == *kind).count();
        }
    }
    0
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_18_what_comes_while_redis_hangs_is_there_once_when_it_is_back() {
    if !installed("redis-server") {
        return;
    }
    let (lab, redis) = (Lab::start().await, Server::start(&DURABLE));
    let warroom = Warroom::start(lab.setup("first", redis.url())).await;
    fires(&warroom, "Load", "before", 200).await;
    redis.process.signal("STOP");
    for service in ["one", "two", "three"] {
        fires(&warroom, "Load", service, 202).await;
    }
    assert_eq!(promise(&warroom).await, "degraded");
    assert!(warroom.get("/metrics").await.text.contains("warroom_spooled_total 3"));
    redis.process.signal("CONT");
    appear(&warroom, &["before", "one", "two", "three"]).await;
    assert_eq!(warroom.incidents().await.len(), 4, "each of them once");
    assert_eq!(promise(&warroom).await, "strict");
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_18_a_start_without_redis_takes_alerts() {
    if !installed("redis-server") {
        return;
    }
    let (lab, mut redis) = (Lab::start().await, Server::start(&DURABLE));
    let mut warroom = Warroom::start(lab.setup("first", redis.url())).await;
    fires(&warroom, "Load", "before", 200).await;
    warroom.terminate();
    redis.process.kill9();
    let mut warroom = Warroom::start_unready(lab.setup("second", redis.url())).await;
    fires(&warroom, "Load", "meanwhile", 202).await;
    assert_eq!(warroom.get("/api/v1/incidents").await.status, 503);
    let ready = warroom.get("/-/ready").await;
    assert!(ready.status == 503 && ready.text.contains("the brain is away"), "{ready:?}");
    redis.restart();
    warroom.ready().await;
    appear(&warroom, &["before", "meanwhile"]).await;
    assert_eq!(warroom.incidents().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_20_an_empty_redis_is_not_begun_over_and_can_be_rebuilt() {
    if !installed("redis-server") {
        return;
    }
    let (lab, mut redis) = (Lab::start().await, Server::start(&[]));
    let mut warroom = Warroom::start(lab.setup("first", redis.url())).await;
    fires(&warroom, "Load", "before", 200).await;
    redis.process.kill9();
    redis.restart();
    until("the empty store is refused", SOON, async || {
        let ready = warroom.get("/-/ready").await;
        ready.text.contains("an empty store").then_some(())
    })
    .await;
    fires(&warroom, "Load", "meanwhile", 202).await;
    warroom.terminate();
    let mut warroom = Warroom::start_unready(lab.setup("second", redis.url())).await;
    fires(&warroom, "Load", "restarted", 202).await;
    let ready = warroom.get("/-/ready").await;
    assert!(ready.text.contains("serve --rebuild"), "{ready:?}");
    assert_eq!(redis.cli(&["DBSIZE"]), "0");
    warroom.terminate();
    let rebuild = ["sh", "-c", "exec \"$@\" --rebuild", "sh"].map(str::to_owned).to_vec();
    let rebuilt = Setup { wrapper: rebuild, ..lab.setup("third", redis.url()) };
    let warroom = Warroom::start(rebuilt).await;
    appear(&warroom, &["before", "meanwhile", "restarted"]).await;
    assert_eq!(warroom.incidents().await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fast_promise_is_named_and_still_spools_without_redis() {
    if !installed("redis-server") {
        return;
    }
    let (lab, redis) = (Lab::start().await, Server::start(&[]));
    let mut fast = lab.setup("first", redis.url());
    fast.config = format!("brain.promise = \"fast\"\n{}", fast.config);
    let warroom = Warroom::start(fast).await;
    fires(&warroom, "Load", "before", 200).await;
    assert_eq!(promise(&warroom).await, "fast");
    redis.process.signal("STOP");
    fires(&warroom, "Load", "meanwhile", 202).await;
    redis.process.signal("CONT");
    appear(&warroom, &["before", "meanwhile"]).await;
}

pub(super) async fn fires(warroom: &Warroom, name: &str, service: &str, status: u16) -> Answer {
    let alert: Value = json!([{"labels": {"alertname": name, "service": service}}]);
    let answer = warroom.post("/api/v2/alerts", &alert).await;
    assert_eq!(answer.status, status, "{service}: {answer:?}");
    answer
}

pub(super) async fn promise(warroom: &Warroom) -> String {
    let health = warroom.get("/api/v1/health").await.json();
    assert!(health["meaning"].as_str().is_some_and(|text| !text.is_empty()), "{health}");
    health["promise"].as_str().unwrap().to_owned()
}

/// Waits until the journal was replayed so often.
async fn healed(warroom: &Warroom, times: usize) {
    until("the journal was replayed", HEALED_WITHIN, async || {
        let log = warroom.process.log();
        (log.matches("the journal was replayed").count() >= times).then_some(())
    })
    .await;
}

/// Waits until exactly these services have incidents.
pub(super) async fn appear(warroom: &Warroom, wanted: &[&str]) {
    let wanted = names(wanted);
    until("every alert is in an incident", HEALED_WITHIN, async || {
        (services(warroom).await == wanted).then_some(())
    })
    .await;
}

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// The services that alerts in timelines are about.
async fn services(warroom: &Warroom) -> BTreeSet<String> {
    let mut services = BTreeSet::new();
    if warroom.get("/-/ready").await.status != 200 {
        return services;
    }
    for incident in warroom.incidents().await {
        for event in warroom.timeline(incident["number"].as_u64().unwrap()).await {
            let service = event["alert"]["labels"]["service"].as_str();
            services.extend(service.map(str::to_owned));
        }
    }
    services
}

/// Waits until the timeline that tells of a service has an event of this kind.
pub(super) async fn has_event(warroom: &Warroom, service: &str, kind: &str) {
    until(&format!("the timeline of {service} says {kind}"), SOON, async || {
        for incident in warroom.incidents().await {
            let timeline = warroom.timeline(incident["number"].as_u64().unwrap()).await;
            let is_it = |event: &Value| event["alert"]["labels"]["service"] == *service;
            if timeline.iter().any(is_it) && timeline.iter().any(|it| it["event"] == *kind) {
                return Some(());
            }
        }
        None
    })
    .await;
}
