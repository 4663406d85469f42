//! Two incidents are one.

use serde_json::json;

use super::{DISK, closes, opens};
use crate::world::story::World;

async fn merged() -> World {
    let mut world = World::new(DISK).await;
    for number in 1..=2 {
        world.fire(&format!("disk_full on db{number}")).await;
        opens(&world, number);
    }
    let (status, incident) = world.says_with("ana", "merge", 2, json!({ "into": 1 })).await;
    assert_eq!((status, &incident["phase"]), (200, &json!("merged")));
    world.phone("db").is_told("#2 was merged");
    world.room("inc-2").hears("#2 was merged");
    world.room("inc-2").shows("Merged");
    world.room("inc-2").closes();
    world.room("inc-1").shows("#2 db2 runs out of disk");
    world.is_quiet();
    world
}

#[tokio::test]
async fn the_other_incident_speaks_for_both() {
    let mut world = merged().await;
    world.clears("disk_full on db2").await;
    world.room("inc-1").shows("1 firing, 1 resolved");
    assert_eq!(world.phase(2).await, "closed");
    world.clears("disk_full on db1").await;
    closes(&world, 1, "all alerts have cleared");
    world.is_quiet();
}

#[tokio::test]
async fn the_parent_waits_for_its_child() {
    let mut world = merged().await;
    world.clears("disk_full on db1").await;
    world.room("inc-1").shows("1 firing, 1 resolved");
    assert_eq!(world.phase(1).await, "triggered");
    world.clears("disk_full on db2").await;
    closes(&world, 1, "all alerts have cleared");
    assert_eq!(world.phase(2).await, "closed");
}

#[tokio::test]
async fn a_merged_incident_cannot_be_taken() {
    let mut world = merged().await;
    let (status, answer) = world.says("ben", "ack", 2).await;
    assert_eq!(status, 409, "{answer}");
    assert!(answer.to_string().contains("merged"), "{answer}");
}

#[tokio::test]
async fn a_child_of_a_resolved_parent_ends_quietly() {
    let mut world = merged().await;
    world.says("ana", "resolve", 1).await;
    closes(&world, 1, "2 alerts still fire");
    world.clears_all(&["disk_full on db1", "disk_full on db2"]).await;
    assert_eq!(world.phase(2).await, "closed");
    world.is_quiet();
}

#[tokio::test]
async fn a_child_whose_parent_is_over_speaks_for_itself() {
    let mut world = merged().await;
    world.says("ana", "resolve", 1).await;
    closes(&world, 1, "2 alerts still fire");
    world.fire("disk_full on db2 mount=/var").await;
    world.phone("db").rings("step 1, sev2: #2");
    world.room("inc-2").reopens();
    world.room("inc-2").hears("#2 is back");
    world.room("inc-2").shows("2 firing");
    world.is_quiet();
}

#[tokio::test]
async fn a_new_alert_of_a_child_is_the_parents() {
    let mut world = merged().await;
    world.fire("disk_full on db2 mount=/var").await;
    assert_eq!(world.phase(2).await, "merged");
    world.is_quiet();
}
