//! The process dies at the worst moment, and another takes over.

use super::{DISK, opens};
use crate::world::story::{Weather, World, minutes};

#[tokio::test]
async fn a_page_between_commit_and_call_is_sent() {
    let mut world = World::new(DISK).await;
    world.weather("page", Weather::Hangs);
    world.fire("disk_full on db1").await;
    world.room("inc-1").opens("db1");
    world.room("inc-1").shows("Nobody has taken it yet");
    world.clear_weather("page");
    world.crash().await;
    world.pass(minutes(1)).await;
    world.phone("db").rings("step 1");
    world.is_quiet();
}

#[tokio::test]
async fn a_repeated_page_uses_the_same_key() {
    let mut world = World::new(DISK).await;
    world.weather("page", Weather::Swallows);
    world.fire("disk_full on db1").await;
    world.room("inc-1").opens("db1");
    world.room("inc-1").shows("Nobody has taken it yet");
    let first = world.phone("db").rings("step 1");
    world.clear_weather("page");
    world.crash().await;
    world.pass(minutes(1)).await;
    assert_eq!(world.phone("db").rings("step 1"), first);
    world.pass(minutes(3)).await;
    world.is_quiet();
}

#[tokio::test]
async fn a_room_is_found_again_not_made_twice() {
    let mut world = World::new(DISK).await;
    world.weather("open_room", Weather::Swallows);
    world.fire("disk_full on db1").await;
    world.phone("db").rings("step 1");
    world.room("inc-1").opens("db1");
    world.clear_weather("open_room");
    world.crash().await;
    world.pass(minutes(1)).await;
    world.room("inc-1").shows("Nobody has taken it yet");
    world.is_quiet();
}

#[tokio::test]
async fn a_run_in_doubt_is_left_to_a_person() {
    let rules = format!("{DISK}run = {{ runbook = \"clean\", mode = \"auto\" }}\n");
    let mut world = World::new(&rules).await;
    world.weather("start_run", Weather::Swallows);
    world.fire("disk_full on db1").await;
    opens(&world, 1);
    world.runbook("clean").starts("Auto");
    world.clear_weather("start_run");
    world.crash().await;
    world.pass(minutes(1)).await;
    world.room("inc-1").hears("Whether clean has started is not known");
    world.pass(minutes(3)).await;
    world.is_quiet();
}

#[tokio::test]
async fn waits_survive_the_process() {
    let mut world = World::new(DISK).await;
    world.silence(&[("instance", "db2")], minutes(20)).await;
    world.fire_all(&["disk_full on db1", "disk_full on db2"]).await;
    opens(&world, 1);
    world.crash().await;
    world.pass(minutes(5)).await;
    world.phone("db").rings("step 2");
    world.says("ana", "ack", 1).await;
    world.room("inc-1").shows("ana has taken it");
    world.crash().await;
    world.pass(minutes(16)).await;
    opens(&world, 2);
}
