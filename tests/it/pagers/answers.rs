//! What people answer by another program comes back to `/hooks/pagers/NAME`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::Method;
use serde_json::json;
use sha2::Sha256;

use super::lab::{Lab, SECRET, is_taken_by, lab};

/// An answer as a library of Standard Webhooks sends it.
struct Answer<'a> {
    pager: &'a str,
    id: &'a str,
    from: &'a str,
    verb: &'a str,
    late_s: i64,
}

const ANAS: Answer<'_> =
    Answer { pager: "hook", id: "msg_1", from: "+4915112345678", verb: "ack", late_s: 0 };

async fn send(lab: &Lab, answer: &Answer<'_>) -> (u16, String) {
    let body = json!({"from": answer.from, "incident": 1, "verb": answer.verb}).to_string();
    post(lab, answer, &body).await
}

#[expect(clippy::disallowed_methods, reason = "the server checks the time")]
async fn post(
    lab: &Lab,
    Answer { pager, id, late_s, .. }: &Answer<'_>,
    body: &str,
) -> (u16, String) {
    let at = chrono::Utc::now().timestamp() - late_s;
    let key = STANDARD.decode(SECRET.strip_prefix("whsec_").unwrap()).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(format!("{id}.{at}.{body}").as_bytes());
    let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    let request = lab.server.request(Method::POST, &format!("/hooks/pagers/{pager}"));
    let request = request.header("webhook-id", *id).header("webhook-timestamp", at);
    let answer = request.header("webhook-signature", signature).body(body.to_owned()).send().await;
    let answer = answer.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test]
async fn an_answer_takes_the_incident_in_the_persons_name() {
    let lab = lab().await;
    let (status, text) = send(&lab, &ANAS).await;
    assert_eq!(status, 200, "{text}");
    assert!(text.contains('1'), "{text}");
    assert_eq!(is_taken_by(&lab).await.as_deref(), Some("ana"));
    let (status, text) = send(&lab, &Answer { id: "msg_2", verb: "resolve", ..ANAS }).await;
    assert_eq!(status, 200, "{text}");
    let incident = lab.server.json("/api/v1/incidents/1").await;
    assert_ne!(incident["resolved_at"], serde_json::Value::Null, "{incident}");
}

/// Senders deliver again what they heard no answer to.
#[tokio::test]
async fn an_answer_that_is_delivered_again_is_done_once() {
    let lab = lab().await;
    let first = send(&lab, &ANAS).await;
    for _ in 0..3 {
        assert_eq!(send(&lab, &ANAS).await, first);
    }
    let timeline = lab.server.json("/api/v1/incidents/1/timeline").await.to_string();
    assert_eq!(timeline.matches("incident_acknowledged").count(), 1, "{timeline}");
}

#[tokio::test]
async fn a_number_that_is_nobodys_changes_nothing() {
    let lab = lab().await;
    let stranger = Answer { from: "+4915199999999", ..ANAS };
    let (status, text) = send(&lab, &stranger).await;
    // Sent again it would be nobody's again.
    assert_eq!(status, 200, "{text}");
    assert!(text.contains("belongs to nobody here"), "{text}");
    assert_eq!(is_taken_by(&lab).await, None);
}

#[tokio::test]
async fn what_is_not_understood_is_explained() {
    let lab = lab().await;
    let (status, text) = send(&lab, &Answer { verb: "dance", ..ANAS }).await;
    assert!(status == 200 && text.contains("ack 42"), "{text}");
    let (status, text) = post(&lab, &ANAS, "{\"from\":").await;
    assert_eq!(status, 400, "{text}");
    assert_eq!(is_taken_by(&lab).await, None);
}

#[tokio::test]
async fn an_old_or_unsigned_answer_is_refused() {
    let lab = lab().await;
    for (answer, wanted) in [
        (Answer { late_s: 301, ..ANAS }, 401),
        (Answer { late_s: -301, ..ANAS }, 401),
        (Answer { pager: "mute", ..ANAS }, 404),
        (Answer { pager: "none", ..ANAS }, 404),
    ] {
        let (status, text) = send(&lab, &answer).await;
        assert_eq!(status, wanted, "{text}");
        assert!(!text.contains(SECRET), "{text}");
    }
    let request = lab.server.request(Method::POST, "/hooks/pagers/hook").body("{}");
    assert_eq!(request.send().await.unwrap().status(), 401);
    assert_eq!(is_taken_by(&lab).await, None);
}
