//! What was recorded from the real Alertmanager 0.25 comes back the same.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::wait::until;

use super::lab::{Lab, SOON, alert, read};

/// What Alertmanager answered to bad and odd requests.
const RECORDED: &str = include_str!("../../payloads/alertmanager-0.25.0-api-v2-errors.txt");

/// What Alertmanager lists.
const GROUPS: &str = include_str!("../../payloads/alertmanager-0.25.0-api-v2-alerts-groups.json");

/// Where our own words say more than Go's parser: only status and shape must be the same.
const OWN_WORDS: [&str; 3] = ["parsing alerts body", "error parsing regexp", "invalid regular"];

#[tokio::test]
async fn recorded_errors_come_back_the_same() {
    let lab = Lab::start().await;
    for exchange in RECORDED.split("=== ").skip(1) {
        let (question, rest) = exchange.split_once('\n').unwrap();
        let (body, status) = rest.trim_end().rsplit_once('\n').unwrap();
        let (method, rest) = question.split_once(' ').unwrap();
        let (path, sent) = rest.split_once(' ').unwrap_or((rest, ""));
        // Listings depend on what else was there.
        if body.trim_start().starts_with("[{") {
            continue;
        }
        let kind = if sent.contains("\"Form\"") {
            "application/x-www-form-urlencoded"
        } else {
            "application/json"
        };
        let method: Method = method.parse().unwrap();
        let request = lab.request(method.clone(), path).header("content-type", kind);
        let (found_status, found) = read(request.body(sent.to_owned()).send().await.unwrap()).await;
        assert_eq!(format!("[{found_status}]"), status.trim(), "{question}: {found}");
        if OWN_WORDS.iter().any(|words| body.contains(words)) {
            let shape = |text: &str| serde_json::from_str::<Value>(text).unwrap().is_object();
            assert_eq!(shape(&found), shape(body), "{question}: {found}");
        } else {
            assert_eq!(found, body, "{question}");
        }
    }
}

#[tokio::test]
async fn one_bad_alert_leaves_the_good_ones() {
    let lab = Lab::start().await;
    let body = json!([alert(&[("alertname", "Good")]), alert(&[("a-b", "c")])]);
    let (status, text) = lab.post("/api/v2/alerts", body.to_string()).await;
    assert_eq!((status, text.as_str()), (400, "\"invalid label set: invalid name \\\"a-b\\\"\"\n"));
    let listed = lab.json("/api/v2/alerts").await;
    assert_eq!(listed[0]["labels"]["alertname"], "Good");
    assert_eq!(listed.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_fires_in_an_incident_that_a_person_closed_is_listed() {
    let lab = Lab::start().await;
    let alerts = json!([alert(&[("alertname", "Slow"), ("service", "cms")])]);
    assert_eq!(lab.post("/api/v2/alerts", alerts.to_string()).await.0, 200);
    let (status, text) = lab.post("/api/v1/incidents/1/resolve", r#"{"by":"ana"}"#).await;
    assert_eq!(status, 200, "{text}");
    let (_, incident) = lab.get("/api/v1/incidents/1").await;
    assert!(incident.contains("closed"), "{incident}");
    let listed = lab.json("/api/v2/alerts").await;
    assert_eq!(listed[0]["labels"]["alertname"], "Slow", "{listed}");
}

#[tokio::test]
async fn an_alert_has_the_fields_that_clients_read() {
    let lab = Lab::start().await;
    let mut body = alert(&[("alertname", "DiskFull"), ("note", "a \"quoted\" <b> \u{fc}")]);
    body["annotations"] = json!({ "summary": "full" });
    body["generatorURL"] = json!("http://prom.example:9090/graph");
    assert_eq!(lab.post("/api/v2/alerts", json!([body]).to_string()).await, (200, String::new()));
    let listed = lab.json("/api/v2/alerts").await;
    let one = &listed[0];
    let recorded: Value = serde_json::from_str(GROUPS).unwrap();
    for field in recorded[0]["alerts"][0].as_object().unwrap().keys() {
        assert!(one.get(field).is_some(), "{field} is missing in {one}");
    }
    assert_eq!(one["labels"]["note"], "a \"quoted\" <b> \u{fc}");
    assert_eq!(one["generatorURL"], "http://prom.example:9090/graph");
    assert_eq!(one["fingerprint"].as_str().unwrap().len(), 16);
    assert_eq!(one["status"]["silencedBy"], json!([]));
    assert!(one["updatedAt"].as_str().unwrap().ends_with('Z'));
}

#[tokio::test]
async fn filters_choose_what_is_listed() {
    let lab = Lab::start().await;
    let body = json!([
        alert(&[("alertname", "DiskFull"), ("instance", "db-1")]),
        alert(&[("alertname", "DiskSlow"), ("instance", "db-2")]),
        alert(&[("alertname", "Other")]),
    ]);
    assert_eq!(lab.post("/api/v2/alerts", body.to_string()).await.0, 200);
    for (query, count) in [
        ("", 3),
        ("?filter=alertname%3D~Disk.%2A", 2),
        ("?filter=alertname%3D~Disk.%2A&filter=instance%21%3Ddb-1", 1),
        ("?receiver=disk", 2),
        ("?receiver=unrouted", 1),
        ("?receiver=dis", 0),
        ("?active=false", 0),
    ] {
        let listed = lab.json(&format!("/api/v2/alerts{query}")).await;
        assert_eq!(listed.as_array().unwrap().len(), count, "{query}: {listed}");
    }
    let groups = lab.json("/api/v2/alerts/groups?receiver=disk").await;
    assert_eq!(groups.as_array().unwrap().len(), 2);
    assert_eq!(groups[0]["receiver"]["name"], "disk");
    assert!(groups[0]["labels"]["instance"].is_string(), "{groups}");
    assert_eq!(
        lab.json("/api/v2/receivers").await,
        json!([{"name": "disk"}, {"name": "slow"}, {"name": "unrouted"}])
    );
}

#[tokio::test]
async fn a_silence_holds_what_it_matches() {
    let lab = Lab::start().await;
    let body = json!([alert(&[("alertname", "DiskFull"), ("instance", "db-1")])]);
    assert_eq!(lab.post("/api/v2/alerts", body.to_string()).await.0, 200);
    let silence = json!({
        "matchers": [{ "name": "instance", "value": "db-.*", "isRegex": true }],
        "startsAt": "2020-01-01T00:00:00Z", "endsAt": "2120-01-01T00:00:00Z",
        "createdBy": "ana", "comment": "maintenance",
    });
    let (status, text) = lab.post("/api/v2/silences", silence.to_string()).await;
    assert_eq!(status, 200, "{text}");
    let id =
        serde_json::from_str::<Value>(&text).unwrap()["silenceID"].as_str().unwrap().to_owned();
    until("the silence holds the alert", SOON, async || {
        // Prometheus says again and again that it fires.
        assert_eq!(lab.post("/api/v2/alerts", body.to_string()).await.0, 200);
        let listed = lab.json("/api/v2/alerts?active=false").await;
        (listed[0]["status"]["silencedBy"][0] == id.as_str()).then_some(())
    })
    .await;
    assert_eq!(lab.json("/api/v2/alerts?silenced=false").await, json!([]));
    assert_eq!(lab.json("/api/v2/silences?filter=instance%3D~db.%2A").await[0]["id"], id.as_str());
    assert_eq!(lab.json("/api/v2/silences?filter=instance%3Dweb").await, json!([]));
    let path = format!("/api/v2/silence/{id}");
    assert_eq!(lab.json(&path).await["status"]["state"], "active");
    let ended = lab.request(Method::DELETE, &path).send().await.unwrap();
    assert_eq!(read(ended).await, (200, String::new()));
    assert_eq!(lab.json(&path).await["status"]["state"], "expired");
}
