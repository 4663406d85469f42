//! An alert becomes a room.

use super::{DISK, closes, opens};
use crate::world::story::{World, minutes};

const RULES: &str = r##"
[[rule]]
name     = "disk"
match    = 'alertname="disk_full"'
group_by = ["instance"]
severity = "sev2"
title    = "{{ labels.instance }} runs out of disk"
room     = { name = "inc-{{ number }}", invite = ["oncall:db"] }
ticket   = { tracker = "local", labels = ["incident"] }
graphs   = ["disk {{ labels.instance }} 6h"]
page     = "db"
notify   = [{ room = "#management", on = ["opened", "resolved"] }]
continue = true

[[rule]]
name     = "everything-of-prod"
match    = 'env="prod"'
page     = "nobody"
notify   = [{ room = "#prod" }]
"##;

#[tokio::test]
async fn an_alert_becomes_page_room_ticket_and_graphs() {
    let mut world = World::new(RULES).await;
    world.fire("disk_full on db1").await;
    world.sends(&[
        "phone db rings",
        "room inc-1 opens",
        "ticket T-1 opens",
        "room #management hears",
        "room inc-1 shows",
        "room inc-1 draws",
        "room inc-1 shows",
    ]);
    world.pass(minutes(3)).await;
    world.is_quiet();
    world.clears("disk_full on db1").await;
    world.sends(&[
        "phone db is told",
        "room inc-1 hears",
        "room #management hears",
        "room inc-1 draws",
        "room inc-1 shows",
        "ticket T-1 closes",
        "room inc-1 closes",
    ]);
}

#[tokio::test]
async fn alerts_of_one_group_share_one_incident() {
    let mut world = World::new(DISK).await;
    world.fire_all(&["disk_full on db1 mount=/", "disk_full on db1 mount=/var"]).await;
    opens(&world, 1);
    world.fire("disk_full on db1 mount=/home").await;
    world.room("inc-1").shows("3 firing");
    world.fire("disk_full on db2").await;
    opens(&world, 2);
    world.clears_all(&["disk_full on db1 mount=/", "disk_full on db1 mount=/var"]).await;
    world.room("inc-1").shows("1 firing, 2 resolved");
    world.clears("disk_full on db1 mount=/home").await;
    closes(&world, 1, "all alerts have cleared");
}

#[tokio::test]
async fn a_rule_that_continues_lets_others_only_listen() {
    let mut world = World::new(RULES).await;
    world.fire("disk_full on db1 env=prod").await;
    world.phone("db").rings("#1 db1 runs out of disk");
    world.room("#management").hears("#1 opened");
    world.room("#prod").hears("#1 opened");
    world.room("inc-1").opens("[oncall:db]");
    world.ticket("T-1").opens("Opened by rule disk (rules/story.toml:2)");
    world.room("inc-1").draws("disk db1 6h");
    world.room("inc-1").shows("ticket T-1");
    world.says("ana", "ack", 1).await;
    world.room("#prod").hears("#1 is taken by ana");
    world.room("inc-1").shows("ana has taken it");
    world.is_quiet();
}

#[tokio::test]
async fn an_unrouted_alert_is_kept_and_explained() {
    let mut world = World::new(DISK).await;
    world.fire("cpu_hot on db1").await;
    world.is_quiet();
    let why = world.why("cpu_hot on db1").await;
    assert!(why["answer"].as_str().unwrap().contains("no rule matches it"), "{why}");
    let tried = why["rules"][0].as_str().unwrap();
    assert!(tried.starts_with("disk (rules/story.toml:2) does not match"), "{why}");
    assert!(tried.contains("alertname=\"disk_full\""), "{why}");
    // Somebody writes the rule that was missing: the alert that waited gets its room.
    world
        .edit_rules(&format!(
            "{DISK}\n{}",
            DISK.replace("disk", "cpu").replace("cpu_full", "cpu_hot")
        ))
        .await;
    opens_cpu(&world);
}

#[track_caller]
fn opens_cpu(world: &World) {
    world.phone("db").rings("#1 ");
    world.room("inc-1").opens("db1");
    world.room("inc-1").shows("1 firing");
}

#[tokio::test]
async fn a_hostile_label_stays_text() {
    let hostile = "db1;<!channel>{{7*7}}@everyone`id`";
    let mut world = World::new(RULES).await;
    world.fire(&format!("disk_full on {hostile}")).await;
    let said = world.transcript();
    assert!(said.contains("{{7*7}}") && !said.contains("49"), "{said}");
    let graph = said.lines().find(|line| line.contains(" draws: ")).unwrap();
    assert!(graph.contains('"') || !graph.contains(';'), "one argument stays one: {graph}");
}

#[tokio::test]
async fn a_room_that_cannot_open_stops_nobody() {
    let mut world = World::new(RULES).await;
    world.weather("open_room", crate::world::story::Weather::Refuses);
    world.fire("disk_full on db1").await;
    world.phone("db").rings("#1");
    world.ticket("T-1").opens("db1");
    world.room("#management").hears("#1 opened");
    world.room("ops").hears("has no room");
    world.pass(minutes(5)).await;
    world.phone("db").rings("step 2");
    world.says("ana", "ack", 1).await;
    world.is_quiet();
}
