//! Everything breaks at once.

use serde_json::Value;

use super::{DISK, closes, opens};
use crate::world::story::{Setup, World, minutes};

const RUNS: &str = "run = { runbook = \"clean\", mode = \"auto\" }\n";

async fn storm() -> World {
    let mut world = World::with(Setup { storm: 2, ..Setup::new(&format!("{DISK}{RUNS}")) }).await;
    for number in 1..=2 {
        world.fire(&format!("disk_full on db{number}")).await;
        opens(&world, number);
        world.runbook("clean").starts("Auto");
        world.room(&format!("inc-{number}")).hears("clean has started");
    }
    world.fire_all(&["disk_full on db3", "disk_full on db4", "disk_full on db5"]).await;
    world
}

#[tokio::test]
async fn a_storm_has_one_room_and_one_page() {
    let mut world = storm().await;
    world.phone("storm").rings("step 1, sev1");
    let numbers = umbrella(&world).await;
    let room = format!("storm-{numbers}");
    world.room(&room).opens("Storm");
    world.room(&room).shows("3 firing");
    world.room("ops").hears("A storm began");
    // Neither a room nor a page nor a run for the children.
    world.is_quiet();
    world.says("ana", "ack", numbers).await;
    world.room(&room).shows("ana has taken it");
}

#[tokio::test]
async fn the_umbrella_lists_its_newest_children() {
    let mut world = storm().await;
    let room = format!("storm-{}", umbrella(&world).await);
    world.room(&room).shows("db5 runs out of disk");
    world.clears("disk_full on db5").await;
    world.room(&room).shows("db4 runs out of disk");
    let many: Vec<String> = (10..25).map(|n| format!("disk_full on db{n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    world.fire_all(&many).await;
    world.room(&room).shows("and 7 more");
    world.transcript();
}

#[tokio::test]
async fn a_storm_ends_by_itself() {
    let mut world = storm().await;
    let number = umbrella(&world).await;
    world.transcript();
    world.clears_all(&["disk_full on db3", "disk_full on db4"]).await;
    world.room(&format!("storm-{number}")).shows("1 firing, 2 resolved");
    world.is_quiet();
    world.clears("disk_full on db5").await;
    world.phone("storm").is_told("is resolved");
    let room = world.room(&format!("storm-{number}"));
    room.hears("is resolved");
    room.shows("Resolved");
    room.closes();
    world.room("ops").hears("The storm is over");
    world.is_quiet();
    // What comes when it is calm has its own room again.
    world.pass(minutes(30)).await;
    world.transcript();
    world.fire("disk_full on db9").await;
    opens(&world, newest(&world).await);
    world.runbook("clean").starts("Auto");
    world.room(&format!("inc-{}", newest(&world).await)).hears("clean has started");
    world.clears("disk_full on db9").await;
    closes(&world, newest(&world).await, "all alerts have cleared");
}

#[tokio::test]
async fn a_calm_storm_takes_no_more_children() {
    let mut world = storm().await;
    world.pass(minutes(30)).await;
    world.transcript();
    world.fire("disk_full on db9").await;
    opens(&world, newest(&world).await);
    world.runbook("clean").starts("Auto");
    world.room(&format!("inc-{}", newest(&world).await)).hears("clean has started");
}

#[tokio::test]
async fn a_child_is_heard_when_its_umbrella_was_resolved() {
    let mut world = storm().await;
    let number = umbrella(&world).await;
    world.transcript();
    world.says("ana", "resolve", number).await;
    let room = world.room(&format!("storm-{number}"));
    world.phone("storm").is_told("3 alerts still fire");
    room.hears("3 alerts still fire");
    room.shows("Resolved by ana");
    room.closes();
    world.fire("disk_full on db4 mount=/var").await;
    let said = world.transcript();
    assert!(said.contains("phone db rings") && said.contains("db4 runs out of disk"), "{said}");
}

/// The number of the umbrella: what opens in one delivery is numbered in any order.
async fn umbrella(world: &World) -> u64 {
    let listed = world.incidents().await;
    let is_umbrella =
        |it: &&Value| it["rule"].as_str().is_some_and(|rule| rule.starts_with("storm"));
    listed.iter().find(is_umbrella).unwrap()["number"].as_u64().unwrap()
}

/// The number of the newest incident.
async fn newest(world: &World) -> u64 {
    world.incidents().await[0]["number"].as_u64().unwrap()
}
