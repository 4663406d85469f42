//! What is over may come back.

use super::{DISK, closes, opens};
use crate::world::story::{World, minutes};

async fn over() -> World {
    let mut world = World::new(DISK).await;
    world.fire("disk_full on db1").await;
    opens(&world, 1);
    world.pass(minutes(2)).await;
    world.clears("disk_full on db1").await;
    closes(&world, 1, "all alerts have cleared");
    world
}

#[track_caller]
fn comes_back(world: &World) {
    world.phone("db").rings("step 1, sev2: #1");
    world.room("inc-1").reopens();
    world.room("inc-1").hears("#1 is back");
    world.room("inc-1").shows("Nobody has taken it yet");
}

#[tokio::test]
async fn inside_the_window_the_same_room_returns() {
    let mut world = over().await;
    world.pass(minutes(20)).await;
    world.fire("disk_full on db1").await;
    comes_back(&world);
    world.pass(minutes(5)).await;
    world.phone("db").rings("step 2");
}

#[tokio::test]
async fn after_the_window_it_is_another_incident() {
    let mut world = over().await;
    world.pass(minutes(31)).await;
    world.fire("disk_full on db1").await;
    opens(&world, 2);
    assert_eq!(world.phase(1).await, "closed");
}

#[tokio::test]
async fn a_person_resolves_what_still_fires_and_is_warned() {
    let mut world = World::new(DISK).await;
    world.fire("disk_full on db1").await;
    opens(&world, 1);
    world.says("ana", "resolve", 1).await;
    closes(&world, 1, "ana says so");
    // The card and the line say what nobody would guess.
    world.pass(minutes(20)).await;
    world.is_quiet();
    let because = world.because("disk_full on db1").await;
    assert!(because.contains("resolved by ana") && because.contains("fires anew"), "{because}");
    world.clears("disk_full on db1").await;
    world.is_quiet();
    world.fire("disk_full on db1").await;
    comes_back(&world);
}

#[tokio::test]
async fn another_alert_of_the_group_reopens_it() {
    let mut world = World::new(DISK).await;
    world.fire("disk_full on db1 mount=/").await;
    opens(&world, 1);
    world.says("ana", "resolve", 1).await;
    closes(&world, 1, "1 alert still fires");
    world.fire("disk_full on db1 mount=/var").await;
    comes_back(&world);
    world.clears_all(&["disk_full on db1 mount=/var", "disk_full on db1 mount=/"]).await;
    closes(&world, 1, "all alerts have cleared");
}

#[tokio::test]
async fn a_resolved_alert_that_fires_much_later_has_a_new_room() {
    let mut world = World::new(DISK).await;
    world.fire("disk_full on db1").await;
    opens(&world, 1);
    world.says("ana", "resolve", 1).await;
    closes(&world, 1, "ana says so");
    world.pass(minutes(60)).await;
    world.clears("disk_full on db1").await;
    world.fire("disk_full on db1").await;
    opens(&world, 2);
}
