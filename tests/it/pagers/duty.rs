//! `PagerDuty`: the stand-in takes events as Events v2 describes them
//! (<https://developer.pagerduty.com/api-reference/368ae3d938c9e-send-an-event-to-pager-duty>);
//! webhooks are of the form of <https://developer.pagerduty.com/docs/webhooks-v3-overview>.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use url::Url;
use warroom::adapters::failure::Failure;
use warroom::adapters::http;
use warroom::adapters::pagers::pagerduty::PagerDuty;
use warroom::adapters::pagers::{Ask, Call, Deaf, Heard, Page, Pager, Reply, Verb};
use warroom::domain::ids::Number;
use warroom::domain::secret::Secret;

use super::{links, page};
use crate::world::vendor::{self, Reply as Answer, Vendor};

const KEY: &str = "R0000000000000000000000000000000";

pub(super) fn duty(url: &str, secret: Option<&str>) -> PagerDuty {
    let url = Url::parse(url).unwrap();
    PagerDuty::new(http::client().unwrap(), url, Secret::new(KEY), secret.map(Secret::new))
}

/// What the service says to an event, and the state that its alert has afterwards.
pub(super) fn takes(call: &vendor::Call) -> Answer {
    match wrong(&call.json()) {
        _ if call.path != "/v2/enqueue" => Answer::Json(404, json!({})),
        Some(why) => Answer::Json(
            400,
            json!({"status": "invalid event", "message": "Event object is invalid", "errors": [why]}),
        ),
        None => Answer::Json(
            202,
            json!({"status": "success", "message": "Event processed",
                   "dedup_key": call.json()["dedup_key"]}),
        ),
    }
}

fn wrong(event: &Value) -> Option<&'static str> {
    if event["routing_key"] != KEY {
        return Some("'routing_key' is invalid (must be a 32-character string)");
    }
    let key = event["dedup_key"].as_str().unwrap_or_default();
    match event["event_action"].as_str() {
        _ if key.is_empty() || key.len() > 255 => Some("Length of 'dedup_key' is incorrect"),
        Some("acknowledge" | "resolve") => None,
        Some("trigger") => {
            let payload = &event["payload"];
            let text = |name: &str| payload[name].as_str().unwrap_or_default();
            let severities = ["critical", "error", "warning", "info"];
            let is_good = (1..=1024).contains(&text("summary").chars().count())
                && !text("source").is_empty()
                && severities.contains(&text("severity"));
            (!is_good).then_some("'payload' is missing or blank")
        }
        _ => Some("'event_action' is missing or blank"),
    }
}

#[tokio::test]
async fn one_incident_is_one_alert_however_often_it_pages() {
    let alerts: Arc<Mutex<BTreeMap<String, String>>> = Arc::default();
    let seen = alerts.clone();
    let vendor = Vendor::start(move |call| {
        let event = call.json();
        let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        seen.lock().unwrap().insert(text("dedup_key"), text("event_action"));
        takes(call)
    })
    .await;
    let (duty, links) = (duty(&vendor.url(), None), links());
    for call in [Call::Page, Call::Page, Call::Taken, Call::Stop] {
        let page = Page { call, links: Some(&links), ..page("cms is slow\nsince 03:12 UTC") };
        let receipt = duty.page(page).await.unwrap();
        assert_eq!(receipt.id, "pagerduty:warroom-42");
    }
    let alerts = alerts.lock().unwrap().clone();
    assert_eq!(alerts, BTreeMap::from([("warroom-42".to_owned(), "resolve".to_owned())]));
    let event = vendor.calls()[0].json();
    assert_eq!(event["payload"]["summary"], "#42 cms is slow");
    assert_eq!(event["payload"]["severity"], "critical");
    assert_eq!(event["links"][0]["href"], "https://warroom.example.org/incidents/42");
}

#[tokio::test]
async fn a_wrong_routing_key_is_an_operators_business() {
    let refusal = json!({"status": "invalid event", "message": "Event object is invalid"});
    let vendor = Vendor::saying(Answer::Json(400, refusal)).await;
    let failure = duty(&vendor.url(), None).page(page("x")).await.unwrap_err();
    assert!(matches!(failure, Failure::Broken { .. }) && !failure.to_string().contains(KEY));
}

fn event(kind: &str, agent: &Value, key: &str) -> String {
    json!({"event": {
        "id": "01BWYXYN4YJVJ", "event_type": kind, "resource_type": "incident",
        "occurred_at": "2026-11-21T03:20:00Z", "agent": agent, "client": null,
        "data": {"id": "PGR0VU2", "type": "incident", "status": "acknowledged",
                 "incident_key": key, "title": "#42 cms is slow"},
    }})
    .to_string()
}

fn hears(body: &str, secret: Option<&str>) -> Result<Vec<Reply>, Deaf> {
    let mut mac = Hmac::<Sha256>::new_from_slice(b"right").unwrap();
    mac.update(body.as_bytes());
    let signature = format!("v1={}", hex::encode(mac.finalize().into_bytes()));
    let both = format!("v1=00,{signature}");
    let header = |name: &str| (name == "x-pagerduty-signature").then_some(both.as_str());
    let heard = Heard {
        url: "https://warroom.example.org/hooks/pagers/duty",
        header: &header,
        body: body.as_bytes(),
        now: DateTime::<Utc>::UNIX_EPOCH,
    };
    duty("http://127.0.0.1:1", secret).hear(&heard)
}

fn user() -> Value {
    json!({"id": "PANA1", "type": "user_reference", "summary": "Ana", "self": null})
}

#[test]
fn whoever_acknowledges_there_has_acknowledged_here() {
    let body = event("incident.acknowledged", &user(), "warroom-42");
    let ask = Some(Ask { verb: Verb::Acknowledge, number: Number(42) });
    let reply = Reply { from: "PANA1".into(), key: "01BWYXYN4YJVJ".into(), ask };
    assert_eq!(hears(&body, Some("right")), Ok(vec![reply]));
}

/// What we did there ourselves comes back as well: answering it would be a circle.
#[test]
fn our_own_doing_there_is_not_heard_again() {
    let integration = json!({"id": "PINT1", "type": "events_api_v2_inbound_integration_reference"});
    for (kind, agent, key) in [
        ("incident.acknowledged", &integration, "warroom-42"),
        ("incident.acknowledged", &Value::Null, "warroom-42"),
        ("incident.triggered", &user(), "warroom-42"),
        ("incident.acknowledged", &user(), "somebody-elses"),
        ("incident.acknowledged", &user(), "warroom-x"),
    ] {
        assert_eq!(
            hears(&event(kind, agent, key), Some("right")),
            Ok(Vec::new()),
            "{kind} {agent}"
        );
    }
}

#[test]
fn what_is_not_signed_is_not_heard() {
    let body = event("incident.acknowledged", &user(), "warroom-42");
    assert_eq!(hears(&body, Some("other")), Err(Deaf::Forged("X-PagerDuty-Signature is wrong")));
    assert_eq!(hears(&body, None), Err(Deaf::Mute("this pager has no `webhook_secret`")));
    assert!(matches!(hears("{}", Some("right")), Err(Deaf::Unreadable(_))));
}
