//! warroom's own API: incidents, alerts, commands, problems.

use reqwest::Method;
use serde_json::{Value, json};
use warroom::domain::secret::Secret;
use warroom::server::Options;

use super::lab::{Lab, alert, read};

async fn with_incident() -> Lab {
    let lab = Lab::start().await;
    let body = json!([
        alert(&[("alertname", "DiskFull"), ("instance", "db-1")]),
        alert(&[("alertname", "DiskFull"), ("instance", "db-2")]),
    ]);
    assert_eq!(lab.post("/api/v2/alerts", body.to_string()).await.0, 200);
    lab
}

#[tokio::test]
async fn an_incident_is_shown_with_its_timeline() {
    let lab = with_incident().await;
    let list = lab.json("/api/v1/incidents?limit=1").await;
    let (newest, next) = (&list["incidents"][0], list["next"].as_u64().unwrap());
    assert_eq!(newest["phase"], "triggered");
    let older = lab.json(&format!("/api/v1/incidents?before={next}")).await;
    assert_eq!(older["incidents"][0]["number"].as_u64().unwrap(), next - 1);
    assert_eq!(older["next"], Value::Null);
    let one = lab.json("/api/v1/incidents/1").await;
    assert_eq!(one["title"], "DiskFull");
    let timeline = lab.json("/api/v1/incidents/1/timeline?limit=2").await;
    assert_eq!(timeline["events"].as_array().unwrap().len(), 2);
    let rest = lab.json(&format!("/api/v1/incidents/1/timeline?from={}", timeline["next"])).await;
    assert_eq!(rest["events"][0]["number"], 3);
}

#[tokio::test]
async fn commands_change_an_incident() {
    let lab = with_incident().await;
    let ask = async |what: &str, body: Value| {
        let (status, text) =
            lab.post(&format!("/api/v1/incidents/1/{what}"), body.to_string()).await;
        (status, serde_json::from_str::<Value>(&text).unwrap())
    };
    let (status, answer) = ask("ack", json!({ "by": "ana" })).await;
    assert_eq!((status, &answer["acknowledged_by"]), (200, &json!("ana")));
    assert_eq!(ask("note", json!({ "by": "ana", "text": "looking" })).await.0, 200);
    let (_, answer) = ask("severity", json!({ "by": "ana", "severity": "sev1" })).await;
    assert_eq!(answer["severity"], "sev1");
    let (_, answer) = ask("merge", json!({ "by": "ana", "into": 2 })).await;
    assert_eq!(answer["phase"], "merged");
    let (status, problem) = ask("resolve", json!({ "by": "ana" })).await;
    assert_eq!((status, &problem["changed"]), (409, &json!(false)), "{problem}");
    for (what, body) in [
        ("ack", json!({ "by": "" })),
        ("ack", json!({})),
        ("note", json!({ "by": "ana", "text": " " })),
        ("severity", json!({ "by": "ana", "severity": "<b>" })),
        ("ack", json!({ "by": "ana", "extra": 1 })),
    ] {
        let (status, problem) = ask(what, body).await;
        assert_eq!((status, &problem["title"]), (400, &json!("Bad Request")), "{problem}");
        assert!(problem["next"].is_string(), "{problem}");
    }
}

#[tokio::test]
async fn an_alert_says_why() {
    let lab = with_incident().await;
    let alerts = lab.json("/api/v1/alerts?filter=instance%3Ddb-1").await;
    assert_eq!((alerts.as_array().unwrap().len(), &alerts[0]["status"]), (1, &json!("firing")));
    let fingerprint = alerts[0]["fingerprint"].as_str().unwrap();
    let why = lab.json(&format!("/api/v1/why?fingerprint={fingerprint}")).await;
    assert!(why["answer"].as_str().is_some_and(|answer| !answer.is_empty()), "{why}");
    let (status, text) = lab.get("/api/v1/why?fingerprint=0000000000000000").await;
    assert_eq!(status, 404, "{text}");
}

#[tokio::test]
async fn a_mistake_is_a_problem_that_says_what_next() {
    let lab = Lab::start().await;
    for (path, status) in [
        ("/api/v1/incidents/7", 404),
        ("/api/v1/incidents/x", 400),
        ("/api/v1/incidents?limt=5", 400),
        ("/api/v1/incidents?limit=0", 400),
        ("/api/v1/why", 400),
        ("/api/v1/nothing", 404),
    ] {
        let answer = lab.request(Method::GET, path).send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "application/problem+json", "{path}");
        let (found, text) = read(answer).await;
        let problem: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            (found, &problem["status"], &problem["changed"]),
            (status, &json!(status), &json!(false))
        );
        assert!(!problem["detail"].as_str().unwrap().is_empty() && problem["next"].is_string());
    }
}

#[tokio::test]
async fn others_need_the_token() {
    let token = Some(Secret::new("s3cret"));
    let lab = Lab::with(Options { token, ..Options::default() }).await;
    for (header, status) in [
        (None, 401),
        (Some("Bearer wrong"), 401),
        (Some("Bearer s3cret"), 200),
        (Some("Basic eDpzM2NyZXQ="), 200),
    ] {
        for path in ["/api/v1/incidents", "/api/v2/silences", "/api/v2/alerts"] {
            let mut request = lab.request(Method::GET, path).header("x-forwarded-for", "192.0.2.1");
            if let Some(header) = header {
                request = request.header("authorization", header);
            }
            let (found, text) = read(request.send().await.unwrap()).await;
            assert_eq!(found, status, "{path} {header:?}: {text}");
        }
    }
    for path in ["/-/healthy", "/-/ready", "/metrics", "/api/v1/openapi.json"] {
        let request = lab.request(Method::GET, path).header("x-forwarded-for", "192.0.2.1");
        assert_eq!(request.send().await.unwrap().status(), 200, "{path}");
    }
}

#[tokio::test]
async fn a_web_page_cannot_command() {
    let lab = with_incident().await;
    for (name, value) in [
        ("origin", "http://evil.example"),
        ("sec-fetch-site", "cross-site"),
        ("host", "evil.example"),
    ] {
        let request = lab.request(Method::POST, "/api/v1/incidents/1/ack").header(name, value);
        let request = request.header("content-type", "application/json").body(r#"{"by":"eve"}"#);
        assert_eq!(request.send().await.unwrap().status(), 401, "{name}");
    }
    let form = lab.request(Method::POST, "/api/v1/incidents/1/ack").body(r#"{"by":"eve"}"#);
    assert_eq!(form.send().await.unwrap().status(), 415);
}

#[tokio::test]
async fn requests_are_named_and_counted() {
    let lab = Lab::start().await;
    let answer =
        lab.request(Method::GET, "/-/healthy").header("x-request-id", "mine-1").send().await;
    assert_eq!(answer.unwrap().headers()["x-request-id"], "mine-1");
    let answer = lab.request(Method::GET, "/-/healthy").header("x-request-id", "a b").send().await;
    assert_ne!(answer.unwrap().headers()["x-request-id"], "a b");
    let name = "warroom_http_requests_total{route=\"/-/healthy\",method=\"GET\",status=\"200\"}";
    assert!((lab.meter(name).await - 2.0).abs() < f64::EPSILON);
}

#[tokio::test]
async fn a_long_listing_comes_whole() {
    let lab = Lab::start().await;
    for batch in 0..30 {
        let body: Vec<Value> = (0..100)
            .map(|one| alert(&[("alertname", "DiskFull"), ("instance", &format!("{batch}-{one}"))]))
            .collect();
        assert_eq!(lab.post("/api/v2/alerts", json!(body).to_string()).await.0, 200);
    }
    for path in ["/api/v2/alerts", "/api/v1/alerts", "/api/v2/alerts/groups"] {
        assert_eq!(lab.json(path).await.as_array().unwrap().len(), 3000, "{path}");
    }
}
