//! Prometheus says nothing any more.

use super::{DISK, closes, opens};
use crate::world::story::{World, minutes};

#[tokio::test]
async fn silence_of_the_source_is_no_end() {
    let mut world = World::new(DISK).await;
    world.fire("disk_full on db1").await;
    opens(&world, 1);
    world.says("ana", "ack", 1).await;
    world.room("inc-1").shows("ana has taken it");
    world.prometheus_dies();
    // Its word holds for five minutes, and the grace is half of that.
    world.pass(minutes(7)).await;
    world.is_quiet();
    world.pass(minutes(1)).await;
    world.room("inc-1").hears("gone quiet");
    world.room("inc-1").shows("1 stale");
    world.pass(minutes(120)).await;
    world.is_quiet();
    assert_eq!(world.phase(1).await, "acknowledged");
    let because = world.because("disk_full on db1").await;
    assert!(because.contains("has not reported it"), "{because}");
    world.says("ana", "resolve", 1).await;
    closes(&world, 1, "ana says so");
}

#[tokio::test]
async fn a_stale_alert_that_returns_is_the_same_incident() {
    let mut world = World::new(DISK).await;
    world.fire("disk_full on db1").await;
    opens(&world, 1);
    world.prometheus_dies();
    world.pass(minutes(7)).await;
    world.phone("db").rings("step 2");
    world.pass(minutes(13)).await;
    world.room("inc-1").hears("gone quiet");
    world.room("inc-1").shows("1 stale");
    world.fire("disk_full on db1").await;
    world.room("inc-1").shows("1 firing");
    world.pass(minutes(5)).await;
    world.phone("db").rings("step 3");
    world.clears("disk_full on db1").await;
    closes(&world, 1, "all alerts have cleared");
}

#[tokio::test]
async fn what_others_still_say_keeps_the_incident_loud() {
    let mut world = World::new(DISK).await;
    world.fire("disk_full on db1 mount=/").await;
    opens(&world, 1);
    world.prometheus_dies();
    world.pass(minutes(3)).await;
    world.fire("disk_full on db1 mount=/var").await;
    world.room("inc-1").shows("2 firing");
    world.pass(minutes(5)).await;
    world.room("inc-1").shows("1 firing, 0 resolved, 1 stale");
    world.phone("db").rings("step 2");
    world.is_quiet();
}
