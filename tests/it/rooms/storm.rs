//! A quiet room: many alerts are few posts.

use serde_json::Value;

use super::RULES;
use super::house::{House, card, says};
use crate::world::wait::until;

/// A handful, and the edits of one card are one message.
const POSTS_MAX: usize = 8;

/// What stands in a room, with the card counted once, as it is shown.
fn shown(entries: &[Value]) -> usize {
    let cards = entries.iter().filter(|entry| entry["slot"] == "card").count();
    entries.len() - cards.saturating_sub(1)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_alerts_are_a_handful_of_posts_in_any_room() {
    let config = "noise.storm.incidents = 5\nnoise.storm.window = \"10m\"\n";
    let house = House::with(RULES, config, None).await;
    // A hundred groups of five alerts, in ten deliveries.
    let names: Vec<(String, String)> =
        (0..500).map(|n| (format!("service-{}", n / 5), format!("host-{n}"))).collect();
    for names in names.chunks(50) {
        let alert = |(service, host): &(String, String)| {
            vec![("alertname", "Down"), ("service", &**service), ("instance", &**host)]
                .into_iter()
                .map(|(name, value)| (name, value.to_owned()))
                .collect::<Vec<_>>()
        };
        let alerts: Vec<Vec<(&str, String)>> = names.iter().map(alert).collect();
        let alerts: Vec<Vec<(&str, &str)>> = alerts
            .iter()
            .map(|labels| labels.iter().map(|(name, value)| (*name, value.as_str())).collect())
            .collect();
        house.fire(&alerts).await;
    }
    let ops = house.room("ops", |entries| says(entries, "A storm began")).await;
    assert!(shown(&ops) <= POSTS_MAX, "{ops:#?}");
    let engine = &house.running.engine;
    let umbrella = until("the umbrella has a card", super::house::SOON, async || {
        let rooms = house.json("/api/v1/rooms").await;
        let rooms = rooms["rooms"].as_array().unwrap().clone();
        let storm = rooms.iter().find(|room| room["title"].as_str().unwrap().contains("Storm"));
        storm.map(|room| room["id"].as_str().unwrap().to_owned())
    })
    .await;
    let joined = |entries: &[Value]| {
        card(entries).is_some_and(|post| post["text"].as_str().unwrap().contains("and 85 more"))
    };
    house.room(&umbrella, joined).await;
    let rooms = house.json("/api/v1/rooms").await;
    let rooms = rooms["rooms"].as_array().unwrap();
    assert!(rooms.len() <= 2 + 5 + 1, "every child has a room of its own: {rooms:#?}");
    for room in rooms {
        let room = room["id"].as_str().unwrap();
        let entries = house.room(room, |_| true).await;
        let most = if room == "management" { 2 * POSTS_MAX } else { POSTS_MAX };
        assert!(shown(&entries) <= most, "{room}: {entries:#?}");
        // Edits are cheap, but each wakes every viewer.
        assert!(entries.len() <= 40, "{room} has {} entries", entries.len());
    }
    assert_eq!(engine.last_entry("9999").await, Ok(0));
}
