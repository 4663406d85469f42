//! An alert becomes a room in the console.

use serde_json::{Value, json};
use warroom::domain::ids::Number;
use warroom::engine::listing::{Search, Wanted};

use super::RULES;
use super::house::{House, SOON, card, says, texts};
use crate::world::wait::until;

const CMS: &[(&str, &str)] = &[("alertname", "Slow"), ("service", "cms"), ("instance", "web1")];

fn has_card(entries: &[Value], state: &str) -> bool {
    card(entries).is_some_and(|post| post["card"]["state"].as_str().unwrap().contains(state))
}

fn fact(post: &Value, name: &str) -> String {
    let facts = post["card"]["facts"].as_array().unwrap();
    let fact = facts.iter().find(|fact| fact["name"] == name);
    fact.map_or_else(String::new, |fact| fact["value"].as_str().unwrap().to_owned())
}

fn commands(post: &Value) -> Vec<String> {
    let buttons = post["buttons"].as_array().cloned().unwrap_or_default();
    buttons.iter().map(|button| button["command"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alert_opens_a_room_whose_card_follows_the_incident() {
    let house = House::start(RULES).await;
    house.fire(&[CMS.to_vec()]).await;
    let entries = house.room("1", |entries| has_card(entries, "Nobody has taken it")).await;
    assert_eq!(texts(&entries)[0], "This is inc-1-cms: cms is ill. For oncall:web. Type: help");
    assert_eq!(entries[0]["n"], 1);
    assert_eq!(entries[0]["by"], json!({ "kind": "warroom" }));
    let entries = house.room("1", |entries| fact(card(entries).unwrap(), "ticket") == "T-1").await;
    let post = card(&entries).unwrap();
    assert_eq!((&post["card"]["number"], &post["card"]["severity"]), (&json!(1), &json!("sev2")));
    assert_eq!(fact(post, "where"), "service=cms");
    assert_eq!(fact(post, "alerts"), "1 firing, 0 resolved");
    assert_eq!(fact(post, "rule"), "any (rules/test.toml:2)");
    assert_eq!(commands(post), ["ack", "resolve", "graph", "silence 2h", "why"]);
    house.post("/api/v1/incidents/1/ack", &json!({ "by": "ana" })).await;
    let entries = house.room("1", |entries| has_card(entries, "ana has taken it")).await;
    let post = card(&entries).unwrap();
    assert_eq!(fact(post, "lead"), "ana");
    assert_eq!(commands(post), ["resolve", "graph", "silence 2h", "why"]);
    house.clear(&[CMS.to_vec()]).await;
    let entries = house.room("1", |entries| says(entries, "this room is closed")).await;
    assert!(says(&entries, "#1 is resolved: all alerts have cleared"), "{:?}", texts(&entries));
    assert!(has_card(&entries, "Resolved"));
    let numbers: Vec<u64> = entries.iter().map(|entry| entry["n"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=entries.len() as u64).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rooms_are_listed_with_the_ops_room_first_and_the_worst_next() {
    let rules = RULES.replace("severity = \"sev2\"", "severity = \"{{ labels.severity }}\"");
    let house = House::start(&rules).await;
    for (service, severity) in [("a", "sev2"), ("b", "sev1"), ("c", "sev2"), ("d", "odd")] {
        let alert = vec![("alertname", "Slow"), ("service", service), ("severity", severity)];
        house.fire(&[alert]).await;
        house.room("management", |entries| says(entries, &format!("{service} is ill"))).await;
    }
    house.room("4", |entries| card(entries).is_some()).await;
    let rooms = house.json("/api/v1/rooms").await;
    let rooms = rooms["rooms"].as_array().unwrap();
    let ids: Vec<&str> = rooms.iter().map(|room| room["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["ops", "management", "2", "3", "1", "4"]);
    assert_eq!((&rooms[0]["incident"], &rooms[0]["entries"]), (&json!(null), &json!(0)));
    assert_eq!(rooms[2]["title"], "b is ill");
    assert_eq!((&rooms[2]["phase"], &rooms[2]["severity"]), (&json!("triggered"), &json!("sev1")));
    assert!(rooms[5]["entries"].as_u64().unwrap() >= 2 && rooms[5]["last_at"].is_string());
    let missing = house.ask("/api/v1/rooms/nowhere/entries").await;
    assert_eq!((missing.0, house.ask("/api/v1/rooms/9/entries").await.0), (404, 404));
    assert_eq!(house.json("/api/v1/rooms/ops/entries").await, json!({ "entries": [], "last": 0 }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_is_paged_from_both_ends() {
    let house = House::start(RULES).await;
    for n in 1..=7 {
        house.running.engine.tell_ops(&format!("id {n}"), format!("line {n}")).await;
        house.running.engine.tell_ops(&format!("id {n}"), "the same again".to_owned()).await;
    }
    let page = async |query: &str| {
        let page = house.json(&format!("/api/v1/rooms/ops/entries?{query}")).await;
        assert_eq!(page["last"], 7);
        let entries = page["entries"].as_array().unwrap().clone();
        entries.iter().map(|entry| entry["n"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(page("from=3&max=2").await, [3, 4]);
    assert_eq!(page("before=6&max=2").await, [4, 5]);
    assert_eq!(page("before=2&max=5").await, [1]);
    assert_eq!(page("max=3").await, [5, 6, 7]);
    assert_eq!(page("from=8").await, [0; 0]);
    assert_eq!(house.ask("/api/v1/rooms/ops/entries?from=1&before=3").await.0, 400);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn incidents_are_found_by_state_and_words() {
    let house = House::start(RULES).await;
    for service in ["cms", "shop", "mail"] {
        house.fire(&[vec![("alertname", "Slow"), ("service", service)]]).await;
        house.room("management", |entries| says(entries, &format!("{service} is ill"))).await;
    }
    house.clear(&[vec![("alertname", "Slow"), ("service", "cms")]]).await;
    house.room("1", |entries| says(entries, "this room is closed")).await;
    house.post("/api/v1/incidents/3/ack", &json!({ "by": "ana" })).await;
    let found = async |query: &str| {
        let page = house.json(&format!("/api/v1/incidents?{query}")).await;
        let incidents = page["incidents"].as_array().unwrap().clone();
        let numbers = incidents.iter().map(|incident| incident["number"].as_u64().unwrap());
        (numbers.collect::<Vec<_>>(), page["next"].as_u64())
    };
    assert_eq!(found("").await, (vec![3, 2, 1], None));
    assert_eq!(found("state=open").await, (vec![3, 2], None));
    assert_eq!(found("state=open&max=1").await, (vec![3], Some(3)));
    assert_eq!(found("state=open&max=1&before=3").await, (vec![2], None));
    assert_eq!(found("q=SHOP+ill").await, (vec![2], None));
    assert_eq!(found("q=%231").await, (vec![1], None));
    assert_eq!(found("state=open&q=cms").await, (vec![], None));
    assert_eq!(found("state=mine").await, (vec![], None));
    let mine = Search { wanted: Wanted::Mine, me: "ana".into(), max: 9, ..Search::default() };
    let mine = house.running.engine.search(&mine).await.unwrap().incidents;
    assert_eq!(mine.iter().map(|incident| incident.number).collect::<Vec<_>>(), [3]);
    assert_eq!(found("limit=2").await, (vec![3, 2], Some(2)));
    assert_eq!(house.ask("/api/v1/incidents?state=odd").await.0, 400);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_timeline_is_told_in_sentences_and_pages() {
    let house = House::start(RULES).await;
    house.fire(&[CMS.to_vec()]).await;
    house.room("1", |entries| card(entries).is_some()).await;
    let note = json!({ "by": "ana", "text": "looking\nat it" });
    house.post("/api/v1/incidents/1/note", &note).await;
    house.clear(&[CMS.to_vec()]).await;
    house.room("1", |entries| says(entries, "this room is closed")).await;
    let timeline = house.json("/api/v1/incidents/1/timeline").await;
    let events = timeline["events"].as_array().unwrap();
    let told: Vec<&str> = events.iter().map(|event| event["text"].as_str().unwrap()).collect();
    assert!(told.iter().any(|text| text.starts_with("Slow on web1 fires")), "{told:#?}");
    assert!(told.iter().any(|text| text.starts_with("#1 opened as sev2 by rule any")), "{told:#?}");
    assert!(told.iter().any(|text| text.starts_with("Slow on web1 has ended, at ")), "{told:#?}");
    assert!(told.contains(&"ana noted: looking at it"), "{told:#?}");
    let noted = events.iter().find(|event| event["event"] == "note_added").unwrap();
    assert_eq!(noted["note"], "looking\nat it");
    let page = house.json("/api/v1/incidents/1/timeline?from=2&max=2").await;
    assert_eq!((&page["events"][0]["n"], &page["next"]), (&json!(2), &json!(4)));
    assert_eq!(page["events"].as_array().unwrap().len(), 2);
    let alerts = house.json("/api/v1/incidents/1/alerts").await;
    assert_eq!(alerts[0]["labels"]["instance"], "web1");
    assert_eq!(house.ask("/api/v1/incidents/9/alerts").await.0, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_room_of_a_forgotten_incident_is_forgotten() {
    let config = "incidents.keep_closed = \"1s\"\n";
    let house = House::with(RULES, config, None).await;
    house.fire(&[CMS.to_vec()]).await;
    house.room("1", |entries| card(entries).is_some()).await;
    house.clear(&[CMS.to_vec()]).await;
    let engine = &house.running.engine;
    until("the incident is forgotten", SOON, async || {
        engine.incident(Number(1)).await.is_err().then_some(())
    })
    .await;
    until("the room is empty", SOON, async || {
        (engine.last_entry("1").await == Ok(0)).then_some(())
    })
    .await;
    assert!(engine.last_entry("management").await.unwrap() > 0);
}
