//! Each privileged action has one record, written before its effect.

use serde_json::json;
use warroom::domain::access::{Actor, Via};
use warroom::domain::trail::{Link, Verdict};
use warroom::engine::talk::{Origin, Outcome, Spoken};

use super::{RULES, links, say};
use crate::rooms::house::{House, card};

/// The records of a command.
fn of<'a>(links: &'a [Link], verb: &str) -> Vec<&'a Link> {
    links.iter().filter(|link| link.record.verb == verb).collect()
}

async fn night() -> House {
    let house = House::start(RULES).await;
    house.fire(&[vec![("alertname", "Slow"), ("service", "cms")]]).await;
    house.room("1", |entries| card(entries).is_some()).await;
    house
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_way_something_is_asked_it_has_one_record() {
    let house = night().await;
    assert_eq!(say(&house, "ack 1").await["outcome"], "done");
    let (status, _) = house
        .post("/api/v1/incidents/1/severity", &json!({ "by": "ana", "severity": "sev1" }))
        .await;
    assert_eq!(status, 200);
    let said = say(&house, "silence 2h service=web password=hunter2").await;
    let id = said["post"]["buttons"][0]["command"].as_str().unwrap().to_owned();
    assert_eq!(say(&house, &id).await["outcome"], "done");
    assert_eq!(say(&house, "halt 1h migration").await["outcome"], "done");
    assert_eq!(say(&house, "status").await["outcome"], "done");

    let links = links(&house).await;
    let verbs: Vec<&str> = links.iter().map(|link| link.record.verb.as_str()).collect();
    assert_eq!(verbs, ["ack", "sev", "silence", "unsilence", "halt", "audit"], "{links:#?}");
    let ack = &of(&links, "ack")[0].record;
    assert_eq!((ack.who.as_str(), ack.via.as_str(), ack.incident), ("operator", "local", Some(1)));
    assert_eq!((ack.verdict, ack.by.as_str()), (Verdict::Allowed, "who works on this machine may"));
    assert_eq!(of(&links, "sev")[0].record.place, "api");
    let silence = &of(&links, "silence")[0].record;
    assert!(silence.line.contains("***") && !silence.line.contains("hunter2"), "{silence:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_attempt_is_written_down_and_changes_nothing() {
    let house = night().await;
    // Out of the box, everybody whom the configuration names may do everything.
    let jo = Actor { name: "jo".into(), is_known: false, teams: [].into(), via: Via::Chat };
    let spoken =
        Spoken { actor: &jo, room: Some("1"), line: "ack", origin: Origin::Typed, key: None };
    let said = house.running.engine.say(spoken).await;
    assert_eq!(said.outcome, Outcome::Refused);
    let links = links(&house).await;
    let [ack] = of(&links, "ack")[..] else { panic!("{links:?}") };
    let record = &ack.record;
    assert_eq!(
        (record.who.as_str(), record.via.as_str(), record.place.as_str()),
        ("jo", "chat", "1")
    );
    assert_eq!(record.verdict, Verdict::Refused);
    assert!(record.by.contains("\"jo\" is not a person of the configuration"), "{}", record.by);
    assert_eq!(house.json("/api/v1/incidents/1").await["phase"], "triggered");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_allowed_and_did_not_happen_has_a_second_record() {
    let house = night().await;
    assert_eq!(say(&house, "approve 77").await["outcome"], "failed");
    assert_eq!(say(&house, "unlock nothing").await["outcome"], "failed");
    let links = links(&house).await;
    let [tried, failed] = of(&links, "unlock")[..] else { panic!("{links:?}") };
    assert_eq!(failed.record.of, Some(tried.seq));
    assert_eq!(failed.record.verdict, Verdict::Failed);
    assert!(failed.record.by.contains("not locked"), "{}", failed.record.by);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_is_written_down_whether_it_succeeds_or_not() {
    let house = House::start(RULES).await;
    let link = house.running.sign_in_link().unwrap();
    let code = link.rsplit_once("code=").unwrap().1.to_owned();
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let url = format!("http://{}/sign-in", house.running.address);
    for code in ["wrong", &code] {
        let body = format!("code={code}");
        let kind = "application/x-www-form-urlencoded";
        client.post(&url).header("content-type", kind).body(body).send().await.unwrap();
    }
    let links = links(&house).await;
    let [refused, allowed] = of(&links, "sign-in")[..] else { panic!("{links:?}") };
    assert_eq!((refused.record.verdict, refused.record.who.as_str()), (Verdict::Refused, ""));
    assert_eq!(
        (allowed.record.verdict, allowed.record.who.as_str()),
        (Verdict::Allowed, "operator")
    );
    assert_eq!(
        (allowed.record.via.as_str(), allowed.record.place.as_str()),
        ("console/link", "127.0.0.1")
    );
}
