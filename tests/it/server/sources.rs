//! Who may post, and what happens to those who may not.

use reqwest::Method;
use serde_json::json;
use warroom::adapters::ingest::auth::{self, Auth, Held};
use warroom::adapters::ingest::{Kind, alertmanager, grafana};
use warroom::domain::secret::Secret;
use warroom::server::{Beat, Options, Source, Sources};

use super::lab::{Lab, read};

const WEBHOOK: &str =
    include_str!("../../payloads/alertmanager-0.25.0-webhook-firing-grouped-4.json");
const KEY: &str = "a key that must never be shown";

fn guarded(auth: Auth) -> Options {
    let alertmanager = Kind::Alertmanager(alertmanager::Config::default());
    let alerts = vec![
        Source { auth, ..Source::local(alertmanager) },
        Source::local(Kind::Grafana(grafana::Config::default())),
    ];
    Options { sources: Sources { alerts, beats: Vec::new() }, ..Options::default() }
}

fn held() -> Vec<Held> {
    vec![Held::Value(Secret::new(KEY))]
}

#[tokio::test]
async fn fault_52_a_wrong_token_is_401_and_counted() {
    let lab = Lab::with(guarded(Auth::Bearer(held()))).await;
    for (header, reason) in
        [(None, "source_auth_missing"), (Some("Bearer no"), "source_auth_wrong")]
    {
        let mut request = lab.request(Method::POST, "/hooks/alertmanager").body(WEBHOOK);
        if let Some(header) = header {
            request = request.header("authorization", header);
        }
        let (status, text) = read(request.send().await.unwrap()).await;
        assert_eq!(status, 401, "{text}");
        assert!(!text.contains(KEY) && text.contains("\"changed\":false"), "{text}");
        let name = format!("warroom_http_rejected_total{{reason=\"{reason}\"}}");
        assert!(lab.meter(&name).await > 0.5, "{name}");
    }
    assert_eq!(lab.json("/api/v1/alerts").await, json!([]));
    let request = lab.request(Method::POST, "/hooks/alertmanager").bearer_auth(KEY).body(WEBHOOK);
    let (status, text) = read(request.send().await.unwrap()).await;
    assert_eq!(status, 200, "{text}");
    assert_eq!(lab.json("/api/v1/alerts").await.as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn fault_53_and_55_an_old_signature_is_401_with_both_times() {
    let lab = Lab::with(guarded(Auth::Hmac { secrets: held(), tolerance_s: None })).await;
    let now = chrono_now();
    for (age, expected) in [(0, 200), (60, 200), (3600, 401), (-3600, 401)] {
        let stamp = (now - age).to_string();
        let signature = auth::signature(&Secret::new(KEY), &stamp, WEBHOOK.as_bytes());
        let request = lab
            .request(Method::POST, "/hooks/alertmanager")
            .header(auth::TIMESTAMP_HEADER, &stamp)
            .header(auth::SIGNATURE_HEADER, signature)
            .body(WEBHOOK);
        let (status, text) = read(request.send().await.unwrap()).await;
        assert_eq!(status, expected, "{age}: {text}");
        assert!(expected == 200 || text.contains("it is") && text.contains("here"), "{text}");
    }
    // The replays inside the window changed nothing.
    assert_eq!(lab.json("/api/v1/alerts").await.as_array().unwrap().len(), 4);
}

#[expect(clippy::disallowed_methods, reason = "what a sender's clock says")]
fn chrono_now() -> i64 {
    chrono::Utc::now().timestamp()
}

#[tokio::test]
async fn a_source_without_authentication_is_for_this_machine() {
    let lab = Lab::start().await;
    let request = lab.request(Method::POST, "/hooks/alertmanager").body(WEBHOOK);
    let (status, text) =
        read(request.header("x-forwarded-for", "192.0.2.1").send().await.unwrap()).await;
    assert_eq!(status, 403, "{text}");
    assert_eq!(lab.post("/hooks/alertmanager", WEBHOOK).await.0, 200);
}

#[tokio::test]
async fn every_kind_of_source_has_its_hook() {
    let lab = Lab::start().await;
    let grafana = include_str!("../../payloads/grafana-11-webhook-firing-resolved.json");
    for (path, body) in [
        ("/hooks/alertmanager", WEBHOOK),
        ("/hooks/alertmanager/alertmanager", WEBHOOK),
        ("/hooks/grafana", grafana),
        (
            "/hooks/nagios",
            r#"{"NAGIOS_NOTIFICATIONTYPE":"PROBLEM","NAGIOS_HOSTNAME":"web-1","NAGIOS_SERVICEDESC":"HTTP","NAGIOS_SERVICESTATE":"CRITICAL","NAGIOS_SERVICEOUTPUT":"refused"}"#,
        ),
        ("/hooks/prometheus/prometheus/api/v2/alerts", r#"[{"labels":{"alertname":"Prefixed"}}]"#),
    ] {
        let (status, text) = lab.post(path, body).await;
        assert_eq!(status, 200, "{path}: {text}");
    }
    let (status, text) = lab.post("/hooks/json/unknown", "{}").await;
    assert_eq!(status, 404, "{text}");
    assert_eq!(lab.post("/hooks/heartbeat/unknown", "").await.0, 404);
}

#[tokio::test]
async fn a_brain_that_is_away_is_503_and_recovers() {
    // Without a journal there is no spool: then nothing is stored, and the answer says so.
    let lab = Lab::start().await;
    lab.brain.set_away(true);
    let (status, text) = lab.post("/api/v2/alerts", r#"[{"labels":{"alertname":"Away"}}]"#).await;
    assert_eq!(status, 503, "{text}");
    assert!(text.contains("not stored safely"), "{text}");
    assert_eq!(lab.get("/-/ready").await.0, 503);
    assert_eq!(lab.get("/-/healthy").await.0, 200);
    lab.brain.set_away(false);
    let body = r#"[{"labels":{"alertname":"Away"}}]"#;
    assert_eq!(lab.post("/api/v2/alerts", body).await.0, 200);
    assert_eq!(lab.get("/-/ready").await.0, 200);
}

#[tokio::test]
async fn a_heartbeat_needs_its_secret() {
    let beats = vec![Beat { name: "backup".into(), auth: Auth::Bearer(held()) }];
    let sources = Sources { beats, ..Sources::default() };
    let options = Options { sources, ..Options::default() };
    let lab = Lab::with(options).await;
    assert_eq!(lab.post("/hooks/heartbeat/backup", "").await.0, 401);
}
