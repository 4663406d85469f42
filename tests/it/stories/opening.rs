//! An alert becomes a room.

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
}
