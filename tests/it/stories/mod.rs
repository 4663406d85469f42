//! What people on call live through, one theme a file.

mod escalation;
mod expiry;
mod heartbeats;
mod merge;
mod noise;
mod oncall;
mod opening;
mod reopening;
mod restarts;
mod silences;
mod sources;
mod storms;

use crate::world::story::World;

/// One rule: a room, a page of three steps, one incident a machine.
const DISK: &str = r#"
[[rule]]
name     = "disk"
match    = 'alertname="disk_full"'
group_by = ["instance"]
severity = "sev2"
title    = "{{ labels.instance }} runs out of disk"
room     = { name = "inc-{{ number }}" }
page     = "db"
"#;

/// An incident of [`DISK`] opens.
#[track_caller]
fn opens(world: &World, number: u64) {
    let phone = world.phone("db");
    phone.rings(&format!("step 1, sev2: #{number} "));
    let room = world.room(&format!("inc-{number}"));
    room.opens("runs out of disk");
    room.shows("Nobody has taken it yet");
}

/// It is over: those who were paged know it, the room says why and closes.
#[track_caller]
fn closes(world: &World, number: u64, why: &str) {
    world.phone("db").is_told(why);
    let room = world.room(&format!("inc-{number}"));
    room.hears(why);
    room.shows("Resolved");
    room.closes();
}
