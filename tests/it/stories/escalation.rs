//! Somebody is woken, and somebody else when they do not answer.

use serde_json::json;

use super::{DISK, closes, opens};
use crate::world::story::{Weather, World, minutes};

#[tokio::test]
async fn an_unanswered_page_goes_to_the_next_step() {
    let mut world = World::new(DISK).await;
    world.fire("disk_full on db1").await;
    opens(&world, 1);
    world.pass(minutes(5)).await;
    world.phone("db").rings("step 2, sev2: #1 db1 runs out of disk");
    world.pass(minutes(5)).await;
    world.phone("db").rings("step 3");
    world.is_quiet();
    world.pass(minutes(5)).await;
    world.room("inc-1").hears("nobody has answered");
    world.room("ops").hears("nobody has answered");
    world.room("inc-1").shows("Nobody has answered");
    world.pass(minutes(60)).await;
    world.is_quiet();
    world.says("ana", "ack", 1).await;
    world.room("inc-1").shows("ana has taken it");
}

#[tokio::test]
async fn an_acknowledgement_stops_the_pages() {
    let mut world = World::new(DISK).await;
    world.fire("disk_full on db1").await;
    opens(&world, 1);
    world.pass(minutes(4)).await;
    let (status, incident) = world.says("ana", "ack", 1).await;
    assert_eq!((status, &incident["acknowledged_by"]), (200, &json!("ana")));
    world.room("inc-1").shows("ana has taken it");
    world.pass(minutes(60)).await;
    world.is_quiet();
    world.clears("disk_full on db1").await;
    closes(&world, 1, "all alerts have cleared");
    assert_eq!(world.says("ben", "ack", 1).await.0, 409);
    world.is_quiet();
}

#[tokio::test]
async fn a_new_severity_reaches_card_and_next_page() {
    let mut world = World::new(DISK).await;
    world.fire("disk_full on db1").await;
    opens(&world, 1);
    world.says_with("ana", "severity", 1, json!({ "severity": "sev1" })).await;
    world.room("inc-1").shows("(sev1)");
    world.pass(minutes(5)).await;
    world.phone("db").rings("step 2, sev1");
}

#[tokio::test]
async fn a_page_waits_for_a_pager_that_is_down() {
    let mut world = World::new(DISK).await;
    world.weather("page", Weather::Down);
    world.fire("disk_full on db1").await;
    world.room("inc-1").opens("db1");
    world.room("inc-1").shows("Nobody has taken it yet");
    world.pass(minutes(2)).await;
    world.is_quiet();
    world.clear_weather("page");
    world.pass(minutes(2)).await;
    world.phone("db").rings("step 1");
    world.is_quiet();
}

#[tokio::test]
async fn a_page_that_is_refused_wakes_the_next() {
    let mut world = World::new(DISK).await;
    world.fire("disk_full on db1").await;
    opens(&world, 1);
    world.weather("page", Weather::Refuses);
    world.pass(minutes(5)).await;
    world.room("inc-1").hears("could not be delivered");
    world.room("inc-1").hears("could not be delivered");
    world.room("inc-1").hears("nobody has answered");
    world.room("ops").hears("nobody has answered");
    world.room("inc-1").shows("Nobody has answered");
}

#[tokio::test]
async fn pages_that_all_fail_at_once_are_told_in_the_room() {
    let mut world = World::new(DISK).await;
    world.weather("page", Weather::Refuses);
    world.fire("disk_full on db1").await;
    world.room("inc-1").opens("db1");
    world.pass(minutes(1)).await;
    world.room("inc-1").shows("no page could be delivered");
    world.transcript();
}
