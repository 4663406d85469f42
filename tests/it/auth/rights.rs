//! What people may do: the grants hold for our API and for Alertmanager's.

use reqwest::Method;
use serde_json::{Value, json};

use super::browser::Browser;
use super::people::{ANA, BEN, lab};
use crate::server::lab::{Lab, alert, read};

/// Incidents of two services: 1 is the cms', 2 the bank's.
async fn with_incidents() -> Lab {
    let (lab, _) = lab().await;
    for service in ["cms", "bank"] {
        let body = json!([alert(&[("alertname", "Slow"), ("service", service)])]);
        assert_eq!(lab.post("/api/v2/alerts", body.to_string()).await.0, 200);
    }
    lab
}

/// A request of a program with a person's token.
async fn ask(lab: &Lab, token: &str, method: Method, path: &str, body: &Value) -> (u16, String) {
    let request = lab.request(method, path).bearer_auth(token);
    let request = request.header("content-type", "application/json").body(body.to_string());
    read(request.send().await.unwrap()).await
}

fn silence(service: Option<&str>) -> Value {
    let (name, value) = service.map_or(("alertname", "Slow"), |service| ("service", service));
    json!({
        "matchers": [{ "name": name, "value": value, "isRegex": false, "isEqual": true }],
        "startsAt": "2026-01-01T00:00:00Z", "endsAt": "2099-01-01T00:00:00Z",
        "createdBy": "somebody else", "comment": "deploy",
    })
}

#[tokio::test]
async fn a_person_without_grants_reads_and_changes_nothing() {
    let lab = with_incidents().await;
    for path in
        ["/api/v1/incidents", "/api/v1/now", "/api/v2/silences", "/api/v1/incidents/1/timeline"]
    {
        assert_eq!(ask(&lab, BEN, Method::GET, path, &json!({})).await.0, 200, "{path}");
    }
    let (status, text) = ask(&lab, BEN, Method::POST, "/api/v1/incidents/1/ack", &json!({})).await;
    assert_eq!(status, 403);
    assert!(text.contains("no grant allows ben to ack for \\\"cms\\\""), "{text}");
    let (status, _) = ask(&lab, BEN, Method::POST, "/api/v2/silences", &silence(Some("cms"))).await;
    assert_eq!(status, 403);
    let mut browser = Browser::at(&lab);
    browser.sign_in(BEN).await;
    assert_eq!(browser.command("/api/v1/incidents/1/ack", &json!({})).await.0, 403);
    let (_, said) = browser.command("/api/v1/commands", &json!({ "line": "ack #1" })).await;
    assert_eq!(said["outcome"], "refused", "{said}");
    assert_eq!(lab.json("/api/v1/incidents/1").await["acknowledged_by"], Value::Null);
}

#[tokio::test]
async fn a_grant_holds_for_its_service_only() {
    let lab = with_incidents().await;
    let ack = async |n: u8| {
        let path = format!("/api/v1/incidents/{n}/ack");
        ask(&lab, ANA, Method::POST, &path, &json!({ "by": "ceo" })).await
    };
    let (status, text) = ack(1).await;
    let taken: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (status, &taken["acknowledged_by"]),
        (200, &json!("ana")),
        "never in another's name"
    );
    assert_eq!(ack(2).await.0, 403);
    let merge = json!({ "into": 2 });
    assert_eq!(ask(&lab, ANA, Method::POST, "/api/v1/incidents/1/merge", &merge).await.0, 403);
    let (_, said) = Browser::at(&lab)
        .signed_in(ANA)
        .await
        .command("/api/v1/commands", &json!({ "line": "note #1 looking" }))
        .await;
    assert_eq!(said["outcome"], "done", "{said}");
}

#[tokio::test]
async fn a_silence_needs_the_right_for_what_it_holds() {
    let lab = with_incidents().await;
    let put = async |body: Value| ask(&lab, ANA, Method::POST, "/api/v2/silences", &body).await;
    assert_eq!(put(silence(Some("bank"))).await.0, 403);
    assert_eq!(put(silence(None)).await.0, 403, "what names no service may hold any");
    let (status, text) = put(silence(Some("cms"))).await;
    assert_eq!(status, 200, "{text}");
    let shown = lab.json("/api/v2/silences").await;
    assert_eq!(shown[0]["createdBy"], "ana");
    // The operator's silence of the bank: Ana may neither end it nor make it the cms'.
    let (_, text) = lab.post("/api/v2/silences", silence(Some("bank")).to_string()).await;
    let made: Value = serde_json::from_str(&text).unwrap();
    let mut stolen = silence(Some("cms"));
    stolen["id"] = made["silenceID"].clone();
    assert_eq!(put(stolen).await.0, 403);
    let path = format!("/api/v2/silence/{}", made["silenceID"].as_str().unwrap());
    assert_eq!(ask(&lab, ANA, Method::DELETE, &path, &json!({})).await.0, 403);
    let own = format!("/api/v2/silence/{}", shown[0]["id"].as_str().unwrap());
    assert_eq!(ask(&lab, ANA, Method::DELETE, &own, &json!({})).await.0, 200);
}

#[tokio::test]
async fn whoever_may_silence_a_service_may_end_that_silence_in_a_line() {
    let lab = with_incidents().await;
    let mut ana = Browser::at(&lab).signed_in(ANA).await;
    let mut type_in = async |line: String| {
        let (status, said) = ana.command("/api/v1/commands", &json!({ "line": line })).await;
        assert_eq!(status, 200, "{said}");
        (said["outcome"].as_str().unwrap().to_owned(), said.to_string())
    };
    let (outcome, said) = type_in("silence 2h service=cms deploy".to_owned()).await;
    assert_eq!(outcome, "done", "{said}");
    let own = lab.json("/api/v2/silences").await[0]["id"].as_str().unwrap().to_owned();
    let (_, text) = lab.post("/api/v2/silences", silence(Some("bank")).to_string()).await;
    let made: Value = serde_json::from_str(&text).unwrap();
    let foreign = made["silenceID"].as_str().unwrap();
    let (outcome, said) = type_in(format!("unsilence {foreign}")).await;
    assert_eq!(outcome, "refused", "{said}");
    assert!(said.contains("no grant allows ana to unsilence for \\\"bank\\\""), "{said}");
    let (outcome, said) = type_in(format!("unsilence {own}")).await;
    assert_eq!(outcome, "done", "{said}");
}

#[tokio::test]
async fn the_api_token_may_everything_and_a_persons_token_only_theirs() {
    let lab = with_incidents().await;
    let from_afar = async |token: &str, path: &str| {
        let request = lab.request(Method::GET, path).header("x-forwarded-for", "192.0.2.1");
        read(request.bearer_auth(token).send().await.unwrap()).await
    };
    let (_, text) = from_afar("the API token", "/api/v1/me").await;
    assert!(text.contains("\"name\":\"operator\"") && text.contains("\"csrf\":null"), "{text}");
    let (_, text) = from_afar(ANA, "/api/v1/me").await;
    assert!(text.contains("\"name\":\"ana\"") && text.contains("\"via\":\"token\""), "{text}");
    for wrong in ["", "ana", ANA.trim_start_matches('a'), &format!("{ANA}0")] {
        assert_eq!(from_afar(wrong, "/api/v1/me").await.0, 401, "{wrong}");
    }
    let by = json!({ "by": "dan" });
    let (status, text) =
        ask(&lab, "the API token", Method::POST, "/api/v1/incidents/2/ack", &by).await;
    assert_eq!(status, 200, "{text}");
}
