//! Two processes on one Redis and one workspace of Slack: one leads, the other takes over.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::contract::platform::Stage;
use crate::rooms::house::{House, says};
use crate::slack::stage::{ANA, Lab, section, start};
use crate::world::redis::Server;
use crate::world::wait::{pass, until};

const SOON: Duration = Duration::from_secs(60);

const RULES: &str = r#"
[[rule]]
name = "any"
match = 'alertname="Slow"'
group_by = ["service"]
title = "{{ labels.service }} is slow"
room = { name = "inc-{{ number }}-{{ labels.service }}", invite = ["@ana"] }
"#;

async fn fire(house: &House, service: &str) {
    house.fire(&[vec![("alertname", "Slow"), ("service", service)]]).await;
}

/// The room of this name, once its card is there.
async fn room(lab: &Lab, name: &str) -> String {
    until(&format!("the room {name} with its card"), SOON, async || {
        let room = lab.stand.named(name)?;
        (!room.pins.is_empty()).then_some(room.id)
    })
    .await
}

/// What Ana typed, as the room's log has it.
async fn typed(house: &House, text: &str) -> usize {
    let entries = house.room("1", |entries| says(entries, text)).await;
    let by_ana = entries.iter().filter(|entry| entry["by"]["name"] == "ana");
    by_ana.filter(|entry| entry["post"]["text"].to_string().contains(text)).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_replicas_on_one_workspace_speak_and_hear_once() {
    let redis = Server::start(&["--maxmemory-policy", "noeviction", "--appendonly", "yes"]);
    let lab = start().await.unwrap();
    let person = format!(
        "[people.ana]\nemail = \"ana@example.org\"\nchat = {{ slack = {:?} }}\n",
        lab.person()
    );
    let config = format!("{}{person}", section(&lab.stand));
    let url = redis.url();
    let first = House::with(RULES, &config, Some(&url)).await;
    let second = House::with(RULES, &config, Some(&url)).await;
    fire(&first, "one").await;
    fire(&second, "two").await;
    let one = room(&lab, "inc-1-one").await;
    room(&lab, "inc-2-two").await;
    lab.types(&one, "note before").await;
    assert_eq!(typed(&first, "note before").await, 1);
    // The first one leads: it was there alone. It goes, and nobody tells the second.
    let House { running, stop, .. } = first;
    running.stop(stop).await;
    lab.stand.types(ANA, &one, "note between");
    fire(&second, "three").await;
    room(&lab, "inc-3-three").await;
    assert_eq!(typed(&second, "note between").await, 1, "heard once, by the one that is left");
    lab.stand.types(ANA, &one, "note after");
    assert_eq!(typed(&second, "note after").await, 1);
    pass(Duration::from_secs(3)).await;
    for (name, count) in said(&lab, &one) {
        assert_eq!(count, 1, "said twice: {name}");
    }
    assert_eq!(lab.rooms().await.len(), 3, "one room for each incident");
}

/// How often each text stands in a room.
fn said(lab: &Lab, room: &str) -> BTreeMap<String, usize> {
    let mut texts = BTreeMap::new();
    for seen in lab.stand.shown(room) {
        *texts.entry(seen.text).or_default() += 1;
    }
    texts
}
