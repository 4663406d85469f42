//! Sessions: how they begin, what they are worth, and how they end.

use std::sync::Arc;

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::json;
use warroom::brain::{Brain, Kind};
use warroom::domain::access::Directory;
use warroom::server::{Options, State};

use super::browser::{Browser, to};
use super::people::{ANA, BEN, lab, lab_with, options};
use crate::server::lab::{alert, read};

const SESSION: &str = "warroom_session";

#[tokio::test]
async fn a_token_opens_a_session_of_its_person() {
    let (lab, _) = lab().await;
    let mut browser = Browser::at(&lab);
    browser.sign_in(ANA).await;
    let me = browser.me().await.unwrap();
    assert_eq!(
        (&me["name"], &me["known"], &me["via"]),
        (&json!("ana"), &json!(true), &json!("console"))
    );
    assert_eq!(me["teams"], json!(["cms"]));
    assert_eq!(browser.cookie(SESSION).unwrap().len(), 64);
    let kept = lab.brain.documents(Kind::Session).await.unwrap();
    let text = serde_json::to_string(&kept).unwrap();
    assert_eq!(kept.len(), 1);
    assert!(!text.contains(browser.cookie(SESSION).unwrap()) && !text.contains(ANA), "{text}");
}

#[tokio::test]
async fn a_session_that_was_brought_along_is_replaced() {
    let (lab, _) = lab().await;
    let mut attacker = Browser::at(&lab);
    attacker.sign_in(BEN).await;
    let fixed = attacker.cookie(SESSION).unwrap().to_owned();
    let mut victim = Browser::at(&lab);
    victim.plant(SESSION, &fixed);
    victim.sign_in(ANA).await;
    assert_ne!(victim.cookie(SESSION).unwrap(), fixed);
    assert_eq!(attacker.me().await, None, "the session that both knew has ended");
    let mut made_up = Browser::at(&lab);
    made_up.plant(SESSION, &"0".repeat(64));
    assert_eq!(made_up.me().await, None);
    assert_eq!(made_up.cookie(SESSION), None, "a stale cookie is taken away");
}

#[tokio::test]
async fn a_session_ends_idle_and_old() {
    let (lab, clock) = lab().await;
    let mut browser = Browser::at(&lab);
    browser.sign_in(ANA).await;
    for _ in 0..15 {
        clock.by(TimeDelta::hours(11));
        assert!(browser.me().await.is_some(), "it is used");
    }
    clock.by(TimeDelta::hours(11));
    assert_eq!(browser.clone().me().await, None, "seven days are over");
    let mut idle = Browser::at(&lab);
    idle.sign_in(ANA).await;
    clock.by(TimeDelta::hours(12));
    let answer = idle.get("/incidents/3").await;
    assert_eq!(
        (answer.status().as_u16(), to(&answer)),
        (303, "/sign-in?next=%2Fincidents%2F3&why=over".into())
    );
    let text = idle.get("/sign-in?why=over").await.text().await.unwrap();
    assert!(text.contains("Your session has ended"), "{text}");
}

#[tokio::test]
async fn a_person_who_is_removed_is_out_at_once() {
    let (lab, _) = lab().await;
    let mut browser = Browser::at(&lab);
    browser.sign_in(ANA).await;
    lab.engine.admit(Directory::default());
    assert_eq!(browser.me().await, None);
    let bearer = lab.request(Method::GET, "/api/v1/me").header("x-forwarded-for", "192.0.2.1");
    let (status, _) = read(bearer.bearer_auth(ANA).send().await.unwrap()).await;
    assert_eq!(status, 401);
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the second server runs beside the first")]
async fn a_session_lives_on_another_replica_until_its_token_changes() {
    let (lab, clock) = lab().await;
    let mut browser = Browser::at(&lab);
    browser.sign_in(ANA).await;
    for (token, lives) in [(ANA, true), ("another token with enough letters", false)] {
        let mut options = options();
        options.roster.token("ana", &warroom::domain::secret::Secret::new(token)).unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let state = State::new(lab.engine.clone(), Arc::clone(&clock) as _, options);
        let router = warroom::server::router(state);
        tokio::spawn(warroom::server::serve(listener, router, lab.stop.clone()));
        let asked = browser.from(Method::GET, &format!("{base}/api/v1/me"));
        assert_eq!(asked.send().await.unwrap().status() == 200, lives, "{token}");
    }
}

#[tokio::test]
async fn signing_out_ends_the_session_on_the_server() {
    let (lab, _) = lab().await;
    let (mut one, mut two, mut ben) = (Browser::at(&lab), Browser::at(&lab), Browser::at(&lab));
    one.sign_in(ANA).await;
    two.sign_in(ANA).await;
    ben.sign_in(BEN).await;
    let stolen = one.clone();
    let out = one.request(Method::POST, "/sign-out");
    assert_eq!(to(&one.send(out).await), "/sign-in?why=out");
    assert_eq!((one.cookie(SESSION), stolen.clone().me().await), (None, None));
    assert!(two.me().await.is_some());
    one.sign_in(ANA).await;
    let everywhere = one.request(Method::POST, "/sign-out?everywhere=yes");
    one.send(everywhere).await;
    assert_eq!(two.me().await, None);
    assert!(ben.me().await.is_some(), "others stay");
    let foreign = ben.from(Method::POST, "/sign-out").header("origin", "http://evil.example");
    assert_eq!(ben.send(foreign).await.status(), 403);
    assert!(ben.me().await.is_some());
}

#[tokio::test]
async fn while_the_brain_is_away_sessions_go_on_and_none_begins() {
    let (lab, _) = lab().await;
    let mut browser = Browser::at(&lab);
    browser.sign_in(ANA).await;
    assert!(browser.me().await.is_some());
    lab.brain.set_away(true);
    assert!(browser.me().await.is_some());
    let answer = Browser::at(&lab).form(&[("token", ANA)]).await;
    let (status, text) = read(answer).await;
    assert_eq!(status, 503);
    assert!(text.contains("You are not signed in"), "{text}");
}

#[tokio::test]
async fn a_changing_request_must_come_from_our_page() {
    let (lab, _) = lab().await;
    let body = json!([alert(&[("alertname", "Slow"), ("service", "cms")])]);
    assert_eq!(lab.post("/api/v2/alerts", body.to_string()).await.0, 200);
    let mut browser = Browser::at(&lab);
    browser.sign_in(ANA).await;
    let csrf = browser.me().await.unwrap()["csrf"].as_str().unwrap().to_owned();
    let path = "/api/v1/incidents/1/ack";
    let ours = || browser.request(Method::POST, path);
    let json =
        |request: reqwest::RequestBuilder| request.header("content-type", "application/json");
    let with =
        |request: reqwest::RequestBuilder, word: &str| request.header("x-warroom-csrf", word);
    let from = |name: &str, value: &str| browser.from(Method::POST, path).header(name, value);
    for (request, status, about) in [
        (json(ours()), 403, "no word"),
        (with(json(ours()), &"0".repeat(64)), 403, "a wrong word"),
        (with(ours().header("content-type", "text/plain"), &csrf), 415, "a form"),
        (with(json(from("sec-fetch-site", "cross-site")), &csrf), 403, "another site"),
        (with(json(from("sec-fetch-site", "same-site")), &csrf), 403, "another port"),
        (with(json(from("origin", "null")), &csrf), 403, "a sandbox"),
        (with(json(from("origin", "http://evil.example")), &csrf), 403, "another origin"),
        (with(json(ours()), &csrf), 200, "our page"),
    ] {
        let (found, text) = read(request.body("{}").send().await.unwrap()).await;
        assert_eq!(found, status, "{about}: {text}");
    }
    let taken = lab.json("/api/v1/incidents/1").await;
    assert_eq!(taken["acknowledged_by"], "ana");
}

#[tokio::test]
async fn a_page_of_this_machine_without_a_session_changes_nothing() {
    let (lab, _) = lab_with(Options::default()).await;
    let body = json!([alert(&[("alertname", "Slow"), ("service", "cms")])]);
    assert_eq!(lab.post("/api/v2/alerts", body.to_string()).await.0, 200);
    let mut browser = Browser::at(&lab);
    let request = browser
        .request(Method::POST, "/api/v1/incidents/1/ack")
        .header("content-type", "application/json");
    let (status, text) = read(browser.send(request.body(r#"{"by":"eve"}"#)).await).await;
    assert_eq!(status, 401, "{text}");
    assert!(text.contains("sign in"), "{text}");
    let answer = browser.get("/").await;
    assert_eq!((answer.status().as_u16(), to(&answer)), (303, "/sign-in".to_owned()));
}
