//! People type, and warroom answers: through the real router, engine and embedded brain.

mod noise;
mod reading;
mod rights;
mod rooms;
mod sources;
mod taking;

use serde_json::Value;

use crate::world::story::World;

/// One rule, so that every alert opens an incident of its service.
const RULES: &str = r#"
[[rule]]
name = "all"
match = 'severity!="info"'
group_by = ["service"]
severity = "sev2"
title = "{{ labels.service }} is slow"
page = "cms"
"#;

/// A night with one incident, #1 about cms.
async fn night() -> World {
    let mut world = World::new(RULES).await;
    world.fire("Slow service=cms severity=critical instance=cms-1").await;
    world.phone("cms").rings("#1 cms is slow");
    world
}

/// The first line of an answer.
fn first(said: &Value) -> &str {
    said["post"]["text"].as_str().unwrap().lines().next().unwrap_or_default()
}

/// The whole answer.
fn text(said: &Value) -> &str {
    said["post"]["text"].as_str().unwrap()
}

/// The rows of an answer's table, each as one line.
fn rows(said: &Value) -> Vec<String> {
    let rows = said["post"]["table"]["rows"].as_array().cloned().unwrap_or_default();
    let row = |row: &Value| {
        let cells = row.as_array().unwrap().iter().map(|cell| cell.as_str().unwrap());
        cells.collect::<Vec<_>>().join(" | ")
    };
    rows.iter().map(row).collect()
}

/// The lines of an answer's buttons.
fn buttons(said: &Value) -> Vec<&str> {
    let buttons = said["post"]["buttons"].as_array();
    buttons.into_iter().flatten().map(|it| it["command"].as_str().unwrap()).collect()
}
