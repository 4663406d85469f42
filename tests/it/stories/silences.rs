//! Somebody knows, and wants quiet.

use serde_json::json;

use super::{DISK, closes, opens};
use crate::world::story::{World, minutes};

const DB1: &[(&str, &str)] = &[("instance", "db1")];

#[tokio::test]
async fn a_silence_holds_until_it_ends() {
    let mut world = World::new(DISK).await;
    let id = world.silence(DB1, minutes(30)).await;
    world.fire("disk_full on db1").await;
    world.pass(minutes(29)).await;
    world.is_quiet();
    let because = world.because("disk_full on db1").await;
    assert!(because.contains(&id) && because.contains("maintenance"), "{because}");
    assert!(because.contains("until 2026-11-22 03:30 UTC"), "{because}");
    world.pass(minutes(2)).await;
    opens(&world, 1);
}

#[tokio::test]
async fn a_silenced_alert_that_ends_is_never_heard_of() {
    let mut world = World::new(DISK).await;
    world.silence(DB1, minutes(30)).await;
    world.fire("disk_full on db1").await;
    world.pass(minutes(10)).await;
    world.clears("disk_full on db1").await;
    world.pass(minutes(60)).await;
    world.is_quiet();
}

#[tokio::test]
async fn a_silence_while_it_fires_stops_the_pages() {
    let mut world = World::new(DISK).await;
    world.fire("disk_full on db1").await;
    opens(&world, 1);
    let id = world.silence(DB1, minutes(60)).await;
    world.room("inc-1").hears("nobody is paged");
    world.room("inc-1").shows("0 firing, 0 resolved, 1 held back");
    world.pass(minutes(30)).await;
    world.is_quiet();
    world.unsilence(&id).await;
    world.room("inc-1").hears("pages go on");
    world.room("inc-1").shows("1 firing");
    world.pass(minutes(5)).await;
    world.phone("db").rings("step 2");
}

#[tokio::test]
async fn an_incident_ends_also_while_it_is_silenced() {
    let mut world = World::new(DISK).await;
    world.fire("disk_full on db1").await;
    opens(&world, 1);
    world.silence(DB1, minutes(60)).await;
    world.room("inc-1").hears("nobody is paged");
    world.clears("disk_full on db1").await;
    closes(&world, 1, "all alerts have cleared");
}

#[tokio::test]
async fn a_silence_that_is_taken_back_opens_at_once() {
    let mut world = World::new(DISK).await;
    let id = world.silence(DB1, minutes(600)).await;
    world.fire("disk_full on db1").await;
    world.is_quiet();
    world.unsilence(&id).await;
    opens(&world, 1);
}

#[tokio::test]
async fn a_recurring_silence_holds_at_its_hours() {
    let mut world = World::new(DISK).await;
    let repeats = json!({ "repeats": { "from": "02:00", "to": "04:00", "time_zone": "UTC" } });
    let ends = world.now() + chrono::TimeDelta::days(7);
    world.silence_with(DB1, ends, repeats).await;
    world.fire("disk_full on db1").await;
    world.pass(minutes(58)).await;
    world.is_quiet();
    world.pass(minutes(3)).await;
    opens(&world, 1);
}
