//! ntfy, as its documentation says (<https://docs.ntfy.sh/publish/#publish-as-json>): the stand-in
//! takes the keys, types and limits that stand there, and refuses everything else.

use serde_json::{Value, json};
use url::Url;
use warroom::adapters::failure::Failure;
use warroom::adapters::http;
use warroom::adapters::pagers::ntfy::Ntfy;
use warroom::adapters::pagers::{Call, Page, Pager, To};
use warroom::domain::secret::Secret;

use super::{links, page};
use crate::world::vendor::{self, Reply, Vendor};

fn ntfy(vendor: &Vendor, topic: Option<&str>, token: Option<&str>) -> Ntfy {
    let url = Url::parse(&vendor.url()).unwrap();
    let token = token.map(Secret::new);
    Ntfy::new(http::client().unwrap(), url, topic.map(str::to_owned), token)
}

/// What the server does with a push; the error is its own, code 40001 and following of
/// <https://github.com/binwiederhier/ntfy/blob/main/server/errors.go>.
pub(super) fn takes(call: &vendor::Call) -> Reply {
    if call.path == "/v1/health" {
        return Reply::Json(200, json!({"healthy": true}));
    }
    if call.path == "/v1/account" {
        let is_ours = call.header("authorization") == "Bearer tk_right";
        return Reply::Json(if is_ours { 200 } else { 401 }, json!({"username": "warroom"}));
    }
    match (call.method.as_str(), call.path.as_str(), wrong(&call.json())) {
        ("POST", "/", None) => Reply::Json(
            200,
            json!({"id": "sPs71M8A2T", "time": 1_643_935_928, "event": "message", "topic": "t"}),
        ),
        (_, _, why) => Reply::Json(400, json!({"code": 40_024, "http": 400, "error": why})),
    }
}

fn wrong(push: &Value) -> Option<String> {
    let known = ["topic", "title", "message", "priority", "tags", "click", "actions"];
    let unknown = push.as_object()?.keys().find(|key| !known.contains(&key.as_str()));
    if let Some(key) = unknown {
        return Some(format!("unknown key {key}"));
    }
    let topic = push["topic"].as_str().unwrap_or_default();
    if topic.is_empty() || topic.len() > 64 {
        return Some("topic".to_owned());
    }
    if !(1..=5).contains(&push["priority"].as_u64().unwrap_or_default()) {
        return Some("priority".to_owned());
    }
    if push["message"].as_str().is_none_or(|text| text.len() > 4096) {
        return Some("message".to_owned());
    }
    let actions = push["actions"].as_array().cloned().unwrap_or_default();
    if actions.len() > 3 {
        return Some("too many actions".to_owned());
    }
    let is_good = |action: &Value| {
        let kind = action["action"].as_str().unwrap_or_default();
        let has_url = action["url"].as_str().is_some_and(|url| url.starts_with("https://"));
        ["http", "view"].contains(&kind) && action["label"].is_string() && has_url
    };
    (!actions.iter().all(is_good)).then(|| "actions".to_owned())
}

#[tokio::test]
async fn a_push_has_buttons_that_answer_from_the_lock_screen() {
    let vendor = Vendor::start(takes).await;
    let links = links();
    let text = "cms is slow in prod\nsince 03:12 UTC";
    let to = Some(To { person: "ana", address: "ana-phone" });
    let page = Page { links: Some(&links), to, ..page(text) };
    let receipt = ntfy(&vendor, Some("oncall"), None).page(page).await.unwrap();
    assert_eq!(receipt.id, "ntfy:sPs71M8A2T");
    let push = vendor.call().json();
    assert_eq!(push["topic"], "ana-phone");
    assert_eq!(push["title"], "#42 cms is slow in prod");
    assert_eq!(push["message"], "since 03:12 UTC");
    assert_eq!(push["priority"], 5);
    assert_eq!(push["click"], "https://warroom.example.org/incidents/42");
    assert_eq!(push["actions"][0]["method"], "POST");
    assert_eq!(push["actions"][0]["url"], "https://warroom.example.org/a/1.abc.def");
}

#[tokio::test]
async fn what_lets_people_sleep_makes_no_sound() {
    let vendor = Vendor::start(takes).await;
    let ntfy = ntfy(&vendor, Some("oncall"), None);
    for call in [Call::Taken, Call::Stop] {
        ntfy.page(Page { call, ..page("It is over.") }).await.unwrap();
    }
    let pushes: Vec<Value> = vendor.calls().iter().map(vendor::Call::json).collect();
    assert!(pushes.iter().all(|push| push["priority"] == 2 && push["topic"] == "oncall"));
    assert!(pushes.iter().all(|push| push.get("actions").is_none()), "{pushes:?}");
}

#[tokio::test]
async fn a_page_for_nobody_needs_a_topic() {
    let vendor = Vendor::start(takes).await;
    let failure = ntfy(&vendor, None, None).page(page("x")).await.unwrap_err();
    assert!(matches!(&failure, Failure::Broken { why } if why.contains("no topic")), "{failure}");
    assert!(vendor.calls().is_empty());
}

#[tokio::test]
async fn the_doctor_learns_whether_the_token_is_taken() {
    let vendor = Vendor::start(takes).await;
    assert!(ntfy(&vendor, None, None).about().await.unwrap().contains("healthy"));
    assert!(ntfy(&vendor, None, Some("tk_right")).about().await.unwrap().contains("token"));
    let failure = ntfy(&vendor, None, Some("tk_wrong")).about().await.unwrap_err();
    assert!(matches!(failure, Failure::Broken { .. }), "{failure}");
    assert!(!failure.to_string().contains("tk_wrong"), "{failure}");
}
