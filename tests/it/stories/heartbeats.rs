//! A beat that stays away is an alert.

use chrono::TimeDelta;
use serde_json::json;

use super::{closes, opens};
use crate::world::story::{Setup, World, minutes};

const RULES: &str = r#"
[[rule]]
name     = "backup"
match    = 'alertname="HeartbeatMissing"'
group_by = ["heartbeat"]
severity = "sev2"
title    = "{{ labels.heartbeat }} runs out of disk or is not running"
room     = { name = "inc-{{ number }}" }
page     = "db"
"#;

#[tokio::test]
async fn a_missing_beat_opens_and_the_next_one_closes() {
    let beats = vec![("backup", TimeDelta::hours(1))];
    let mut world = World::with(Setup { beats, ..Setup::new(RULES) }).await;
    for _ in 0..3 {
        world.pass(minutes(60)).await;
        world.posts("/hooks/heartbeat/backup", &json!({})).await;
    }
    world.pass(minutes(119)).await;
    world.is_quiet();
    world.pass(minutes(2)).await;
    opens(&world, 1);
    world.says("ana", "ack", 1).await;
    world.room("inc-1").shows("ana has taken it");
    // It does not go stale: nobody but the beat can end it.
    world.pass(minutes(180)).await;
    world.is_quiet();
    world.posts("/hooks/heartbeat/backup", &json!({})).await;
    closes(&world, 1, "all alerts have cleared");
}

#[tokio::test]
async fn a_beat_is_missed_also_across_a_restart() {
    let beats = vec![("backup", TimeDelta::hours(1))];
    let mut world = World::with(Setup { beats, ..Setup::new(RULES) }).await;
    world.pass(minutes(90)).await;
    world.crash().await;
    world.pass(minutes(31)).await;
    opens(&world, 1);
    world.crash().await;
    world.pass(minutes(1)).await;
    world.is_quiet();
}
