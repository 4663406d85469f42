//! Labels that want to be more than data.

use serde_json::Value;

use super::RULES;
use super::house::{House, card};

const MARKUP: &str =
    "<img src=x onerror=alert(1)> *b* `c` @channel <!here> [x](javascript:y) {{ z }}";
const TURNED: &str = "cms\u{202e}gnp.exe\u{200b}\r\nack";

fn strings(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| strings(value, found)),
        Value::Object(fields) => fields.values().for_each(|value| strings(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_60_hostile_labels_stay_data_in_every_place_that_shows_them() {
    let house = House::start(RULES).await;
    let long = "x".repeat(10 * 1024);
    for service in [MARKUP, TURNED, &long] {
        house
            .fire(&[vec![("alertname", MARKUP), ("service", service), ("instance", TURNED)]])
            .await;
    }
    for room in ["1", "2", "3"] {
        let entries = house.room(room, |entries| card(entries).is_some()).await;
        let post = card(&entries).unwrap();
        let title = post["card"]["title"].as_str().unwrap();
        assert!(title.chars().count() <= 160, "{title}");
        let mut all = Vec::new();
        strings(&post["card"], &mut all);
        strings(&entries[0]["post"], &mut all);
        for text in &all {
            assert!(!text.contains(['\u{202e}', '\u{200b}', '\r', '\n', '\0']), "{text:?}");
            assert!(text.chars().count() < 400, "{text}");
        }
        // What a button types comes from the program, never from a label.
        let buttons = post["buttons"].as_array().unwrap();
        let typed: Vec<&str> = buttons.iter().map(|b| b["command"].as_str().unwrap()).collect();
        assert_eq!(typed, ["ack", "resolve", "graph", "silence 2h", "why"]);
    }
    // Markup is kept to the letter: who shows it has to show it as text.
    let entries = house.room("1", |entries| card(entries).is_some()).await;
    assert_eq!(card(&entries).unwrap()["card"]["title"], format!("{MARKUP} is ill"));
    let timeline = house.json("/api/v1/incidents/2/timeline").await;
    for event in timeline["events"].as_array().unwrap() {
        let text = event["text"].as_str().unwrap();
        assert!(!text.contains(['\u{202e}', '\r', '\n']), "{text:?}");
    }
    let tickets = house.room("1", |_| true).await.len();
    assert!(tickets > 0);
    crate::world::wait::until("three tickets", super::house::SOON, async || {
        let tickets = house.json("/api/v1/tickets").await;
        (tickets["tickets"].as_array().unwrap().len() == 3).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_cannot_be_taken_over_by_a_name() {
    for name in ["#1", "#../x", "#a b", "#\u{202e}x"] {
        let rules = RULES.replace("#management", name);
        let house = House::start(&rules).await;
        house.fire(&[vec![("alertname", "Slow"), ("service", "cms")]]).await;
        house.room("1", |entries| card(entries).is_some()).await;
        let told =
            crate::world::wait::until("the post is refused", super::house::SOON, async || {
                let timeline = house.json("/api/v1/incidents/1/timeline").await;
                let events = timeline["events"].as_array().unwrap().clone();
                let failed = events.iter().find(|event| event["event"] == "effect_failed");
                failed.map(|event| event["text"].as_str().unwrap().to_owned())
            });
        assert!(told.await.contains("cannot be the name of a room"));
        let rooms = house.json("/api/v1/rooms").await;
        assert_eq!(rooms["rooms"].as_array().unwrap().len(), 2, "{rooms:#?}");
    }
}
