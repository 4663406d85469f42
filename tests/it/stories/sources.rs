//! What each source sends, and what must not follow from it.

use serde_json::{Value, json};

use crate::world::story::{Setup, World, minutes};

const RULES: &str = r#"
[[rule]]
name     = "everything"
match    = 'alertname!=""'
group_by = ["alertname"]
title    = "{{ labels.alertname }}"
room     = { name = "inc-{{ number }}" }
"#;

fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[track_caller]
fn opens(world: &World, number: u64, title: &str) {
    let room = world.room(&format!("inc-{number}"));
    room.opens(title);
    room.shows(title);
}

#[track_caller]
fn closes(world: &World, number: u64) {
    let room = world.room(&format!("inc-{number}"));
    room.hears("is resolved");
    room.shows("Resolved");
    room.closes();
}

#[tokio::test]
async fn what_a_webhook_left_out_still_fires() {
    let truncated = read(include_str!(
        "../../payloads/alertmanager-0.25.0-webhook-firing-truncated-max_alerts-1.json"
    ));
    let mut world = World::new(RULES).await;
    let mut whole = truncated.clone();
    whole["truncatedAlerts"] = json!(0);
    let mut other = whole["alerts"][0].clone();
    other["labels"]["instance"] = "other".into();
    whole["alerts"].as_array_mut().unwrap().push(other);
    world.posts("/hooks/alertmanager", &whole).await;
    opens(&world, 1, "HighLoad");
    world.posts("/hooks/alertmanager", &truncated).await;
    world.is_quiet();
    assert_eq!(world.incident(1).await["alerts"]["firing"], 2);
}

#[tokio::test]
async fn a_grafana_delivery_fires_and_ends() {
    let payload = read(include_str!("../../payloads/grafana-11-webhook-firing-resolved.json"));
    let mut world = World::new(RULES).await;
    world.posts("/hooks/grafana", &payload).await;
    opens(&world, 1, "High memory usage");
    world.pass(minutes(2)).await;
    world.is_quiet();
    let mut over = payload;
    over["alerts"][0]["status"] = "resolved".into();
    over["alerts"][0]["endsAt"] = "2026-11-22T03:01:00Z".into();
    world.posts("/hooks/grafana", &over).await;
    closes(&world, 1);
}

fn nagios(kind: &str, state: &str) -> Value {
    json!({
        "NAGIOS_NOTIFICATIONTYPE": kind, "NAGIOS_HOSTNAME": "web-1", "NAGIOS_SERVICEDESC": "HTTP",
        "NAGIOS_SERVICESTATE": state, "NAGIOS_SERVICEOUTPUT": "refused",
    })
}

#[tokio::test]
async fn a_nagios_service_worsens_in_one_room() {
    let mut world = World::new(RULES).await;
    world.posts("/hooks/nagios", &nagios("PROBLEM", "WARNING")).await;
    opens(&world, 1, "HTTP");
    world.posts("/hooks/nagios", &nagios("PROBLEM", "CRITICAL")).await;
    world.room("inc-1").shows("1 firing");
    // A source that reports every end does not go stale.
    world.pass(minutes(60)).await;
    world.is_quiet();
    world.posts("/hooks/nagios", &nagios("RECOVERY", "OK")).await;
    closes(&world, 1);
}

#[tokio::test]
async fn a_downtime_in_nagios_holds_the_alert() {
    let mut world = World::new(RULES).await;
    world.posts("/hooks/nagios", &nagios("DOWNTIMESTART", "CRITICAL")).await;
    world.posts("/hooks/nagios", &nagios("PROBLEM", "CRITICAL")).await;
    world.pass(minutes(60)).await;
    world.is_quiet();
    world.posts("/hooks/nagios", &nagios("DOWNTIMEEND", "CRITICAL")).await;
    opens(&world, 1, "HTTP");
    world.posts("/hooks/nagios", &nagios("RECOVERY", "OK")).await;
    closes(&world, 1);
}

#[tokio::test]
async fn any_json_can_be_a_source() {
    let config = json!({
        "alerts": "$.items[]", "labels": { "alertname": "check", "host": "node" },
        "status": "state", "firing": ["bad"], "resolved": ["good"],
    });
    let config = serde_json::from_value(config).unwrap();
    let mut world = World::with(Setup { json: Some(config), ..Setup::new(RULES) }).await;
    let said =
        |state: &str| json!({ "items": [{ "check": "ping", "node": "n1", "state": state }] });
    world.posts("/hooks/json/json", &said("bad")).await;
    opens(&world, 1, "ping");
    world.posts("/hooks/json/json", &said("bad")).await;
    world.is_quiet();
    world.posts("/hooks/json/json", &said("good")).await;
    closes(&world, 1);
}
