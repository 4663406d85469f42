//! The local ticket register.

use serde_json::{Value, json};
use warroom::brain::Brain;

use super::RULES;
use super::house::{House, SOON};
use crate::world::wait::until;

const CMS: &[(&str, &str)] = &[("alertname", "Slow"), ("service", "cms")];

async fn ticket(house: &House, id: &str, holds: impl Fn(&Value) -> bool) -> Value {
    until("the ticket says it", SOON, async || {
        let (status, ticket) = house.ask(&format!("/api/v1/tickets/{id}")).await;
        (status == 200 && holds(&ticket)).then_some(ticket)
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_opens_is_talked_about_closes_and_comes_back() {
    let config = "server.external_url = \"https://warroom.example.org/\"\n";
    let house = House::with(RULES, config, None).await;
    house.fire(&[CMS.to_vec()]).await;
    let opened = ticket(&house, "T-1", |_| true).await;
    assert_eq!((&opened["title"], &opened["status"]), (&json!("cms is ill"), &json!("open")));
    assert_eq!((&opened["incident"], &opened["room"]), (&json!(1), &json!("1")));
    assert_eq!(opened["url"], "https://warroom.example.org/tickets/T-1");
    assert!(opened["body"].as_str().unwrap().contains("Opened by rule any (rules/test.toml:2)"));
    let (status, said) =
        house.post("/api/v1/tickets/T-1/comment", &json!({ "text": " <b>on</b> it " })).await;
    assert_eq!((status, &said["comments"][0]["text"]), (200, &json!("<b>on</b> it")));
    assert_eq!(house.post("/api/v1/tickets/1/comment", &json!({ "text": "  " })).await.0, 400);
    let missing = house.post("/api/v1/tickets/T-9/comment", &json!({ "text": "x" })).await;
    assert_eq!(missing.0, 404);
    house.clear(&[CMS.to_vec()]).await;
    let closed = ticket(&house, "T-1", |ticket| ticket["status"] == "closed").await;
    let comments = closed["comments"].as_array().unwrap();
    assert_eq!((comments.len(), &comments[1]["by"]), (2, &json!("warroom")));
    assert!(comments[1]["text"].as_str().unwrap().starts_with("Incident #1 is over"));
    assert_eq!(house.json("/api/v1/tickets").await["tickets"], json!([]));
    assert_eq!(house.json("/api/v1/tickets?state=all").await["tickets"][0]["id"], "T-1");
    house.fire(&[CMS.to_vec()]).await;
    ticket(&house, "T-1", |ticket| ticket["status"] == "open").await;
    assert_eq!(house.json("/api/v1/tickets").await["tickets"][0]["number"], 1);
    assert_eq!(house.ask("/api/v1/tickets/nothing").await.0, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_marker_is_one_ticket_and_a_large_register_pages() {
    use warroom::domain::ticket::{Change, Opening, Status};
    use warroom::engine::tickets::Tickets;
    let folder = tempfile::tempdir().unwrap();
    let options = warroom::brain::embedded::Options::default();
    let brain: std::sync::Arc<dyn Brain> = std::sync::Arc::new(
        warroom::brain::embedded::Embedded::open(folder.path(), &options).unwrap(),
    );
    let tickets = Tickets::new(brain.clone());
    let at = chrono::DateTime::UNIX_EPOCH;
    let opening = |n: u64| {
        let (title, body, labels) = (format!("ticket {n}"), String::new(), Vec::new());
        Opening { incident: n, title, body, labels, at }
    };
    for n in 1..=50 {
        let marker = format!("marker {n}");
        assert_eq!(tickets.open(marker.as_str().into(), &opening(n)).await, Ok(n));
        assert_eq!(tickets.open(marker.as_str().into(), &opening(n)).await, Ok(n));
        let text = "done".to_owned();
        let change = Change { at, by: None, text, status: Some(Status::Closed) };
        for _ in 0..2 {
            tickets.change(n, "close".into(), &change).await.unwrap();
        }
    }
    assert_eq!(brain.length("tickets".into()).await, Ok(50));
    assert_eq!(brain.length("ticket/7".into()).await, Ok(1));
    assert_eq!(brain.documents(warroom::brain::Kind::Ticket).await, Ok(Vec::new()));
}
