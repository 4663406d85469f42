//! What is not worth waking anybody, and how it is explained.

use chrono::TimeDelta;

use super::{DISK, closes, opens};
use crate::world::story::{Setup, World, minutes};

const NODE: &str = r#"
[[rule]]
name     = "node"
match    = 'alertname="node_down"'
group_by = ["instance"]
severity = "sev1"
title    = "{{ labels.instance }} is down"
room     = { name = "down-{{ number }}" }

[[inhibit]]
name   = "down-hides-its-machine"
source = 'alertname="node_down"'
target = 'alertname!="node_down"'
equal  = ["instance"]
"#;

fn rules() -> String {
    format!("{DISK}{NODE}")
}

#[track_caller]
fn node_opens(world: &World, number: u64) {
    let room = world.room(&format!("down-{number}"));
    room.opens("is down");
    room.shows("1 firing");
}

#[tokio::test]
async fn a_machine_that_is_down_hides_its_disk() {
    let mut world = World::new(&rules()).await;
    world.fire("node_down on db1").await;
    node_opens(&world, 1);
    world.fire("disk_full on db1").await;
    world.pass(minutes(10)).await;
    world.is_quiet();
    let because = world.because("disk_full on db1").await;
    assert!(because.contains("down-hides-its-machine (rules/story.toml:"), "{because}");
    world.fire("disk_full on db2").await;
    opens(&world, 2);
    // Its disk is news as soon as the machine is back.
    world.clears("node_down on db1").await;
    world.room("down-1").hears("all alerts have cleared");
    world.room("down-1").shows("Resolved");
    world.room("down-1").closes();
    world.pass(minutes(1)).await;
    opens(&world, 3);
}

#[tokio::test]
async fn source_and_target_in_one_delivery_open_one_room() {
    let mut world = World::new(&rules()).await;
    world.fire_all(&["disk_full on db1", "node_down on db1"]).await;
    node_opens(&world, 1);
    world.pass(minutes(10)).await;
    world.is_quiet();
}

#[tokio::test]
async fn a_source_that_comes_later_stops_the_pages() {
    let mut world = World::new(&rules()).await;
    world.fire("disk_full on db1").await;
    opens(&world, 1);
    world.fire("node_down on db1").await;
    node_opens(&world, 2);
    world.pass(minutes(2)).await;
    world.room("inc-1").hears("down-hides-its-machine");
    world.room("inc-1").shows("1 held back");
    world.pass(minutes(20)).await;
    world.is_quiet();
    world.clears_all(&["disk_full on db1", "node_down on db1"]).await;
    closes(&world, 1, "all alerts have cleared");
    world.room("down-2").hears("all alerts have cleared");
    world.room("down-2").shows("Resolved");
    world.room("down-2").closes();
}

#[tokio::test]
async fn a_flapping_alert_stays_open_and_silent() {
    let mut world = World::new(DISK).await;
    for _ in 0..3 {
        world.fire("disk_full on db1").await;
        world.pass(minutes(1)).await;
        world.clears("disk_full on db1").await;
        world.pass(minutes(1)).await;
    }
    world.fire("disk_full on db1").await;
    world.says("ana", "ack", 1).await;
    world.transcript();
    for _ in 0..5 {
        world.clears("disk_full on db1").await;
        world.pass(minutes(1)).await;
        world.fire("disk_full on db1").await;
        world.pass(minutes(1)).await;
    }
    world.clears("disk_full on db1").await;
    let heard = world.transcript();
    assert!(!heard.contains("rings") && heard.contains("1 flapping"), "{heard}");
    let why = world.why("disk_full on db1").await;
    assert!(why["verdicts"].to_string().contains("flapping: yes"), "{why}");
    world.pass(minutes(60)).await;
    closes(&world, 1, "all alerts have cleared");
    world.is_quiet();
}

#[tokio::test]
async fn a_throttled_incident_waits_and_says_why() {
    let rules = DISK.replace("page ", "throttle = { rooms = \"1 per 1h\" }\npage ");
    let mut world = World::new(&rules).await;
    world.fire("disk_full on db1").await;
    opens(&world, 1);
    world.fire("disk_full on db2").await;
    world.pass(minutes(50)).await;
    world.transcript();
    let why = world.why("disk_full on db2").await;
    let because = why["answer"].as_str().unwrap();
    assert!(because.contains("rule disk (rules/story.toml:2)"), "{because}");
    assert!(because.contains("the limit on rooms of rule disk"), "{because}");
    assert!(because.contains("until 2026-11-22 04:00 UTC"), "{because}");
    world.pass(minutes(11)).await;
    opens(&world, 2);
}

#[tokio::test]
async fn the_global_limit_holds_and_is_named() {
    let openings = Some((1, TimeDelta::hours(1)));
    let mut world = World::with(Setup { openings, ..Setup::new(DISK) }).await;
    world.fire("disk_full on db1").await;
    opens(&world, 1);
    world.says("ana", "ack", 1).await;
    world.room("inc-1").shows("ana has taken it");
    world.fire("disk_full on db2").await;
    world.is_quiet();
    let because = world.because("disk_full on db2").await;
    assert!(because.contains("the limit on all incidents"), "{because}");
    world.pass(minutes(60)).await;
    opens(&world, 2);
}
