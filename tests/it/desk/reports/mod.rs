//! Reports: what many incidents teach, on demand and each week.
#![expect(clippy::disallowed_methods, reason = "the real program keeps the real time")]

use chrono::{Datelike, NaiveTime, TimeDelta, Utc};
use serde_json::Value;
use warroom::domain::reports::Kind;
use warroom::engine::after::Weekly;

use crate::rooms::house::{House, texts};
use crate::world::redis::ONE;
use crate::world::story::{World, minutes};

const RULES: &str = r##"
[[rule]]
name = "slow"
match = 'alertname="Slow"'
group_by = ["service"]
severity = "sev2"
title = "{{ labels.service }} is slow"
page = "cms"

[[rule]]
name = "noisy"
match = 'alertname="Noisy"'
group_by = ["service"]
severity = "sev3"
title = "{{ labels.service }} blinks"
"##;

/// The rows of an answer's table, each as one line.
fn rows(said: &Value) -> Vec<String> {
    let rows = said["post"]["table"]["rows"].as_array().cloned().unwrap_or_default();
    let row = |row: &Value| {
        let cells = row.as_array().unwrap().iter().map(|cell| cell.as_str().unwrap());
        cells.collect::<Vec<_>>().join(" | ")
    };
    rows.iter().map(row).collect()
}

#[tokio::test]
async fn reports_count_noise_and_times_and_come_with_a_picture() {
    let mut world = World::new(RULES).await;
    world.fire("Slow service=cms").await;
    world.phone("cms").rings("#1 cms is slow");
    world.pass(minutes(4)).await;
    world.types_alone("ack 1").await;
    world.pass(minutes(16)).await;
    world.clears("Slow service=cms").await;
    world.phone("cms").is_told("all alerts have cleared");
    for service in ["a", "b"] {
        let alert = format!("Noisy service={service}");
        world.fire(&alert).await;
        world.pass(minutes(2)).await;
        world.clears(&alert).await;
    }
    let said = world.types_alone("report noise 7d").await;
    let told = said["post"]["text"].as_str().unwrap();
    assert!(
        told.starts_with(
            "2 of 3 incidents went by themselves, untouched; most by the rule noisy: 2 of 2."
        ),
        "{told}"
    );
    assert_eq!(
        rows(&said),
        ["noisy | 2 | 2 | 0 | 2 | 0 | 0 | 0", "slow | 1 | 0 | 0 | 1 | 0 | 0 | 0"]
    );
    let picture = said["post"]["picture"]["id"].as_str().unwrap();
    let kept = world.engine().pictures().kept(picture).await.unwrap();
    assert_eq!((kept.series.len(), kept.command.as_str()), (2, "report noise 7d"));
    let said = world.types_alone("report mttr 7d").await;
    // A story's moments take a second or two each.
    let row = rows(&said)[0].clone();
    assert!(row.starts_with("sev2 | 1 | 0s | 4m") && row.ends_with("20m4s"), "{said}");
    let said = world.types_alone("report people").await;
    assert!(said["post"]["text"].as_str().unwrap().starts_with("Nobody was woken"), "{said}");
    let said = world.types_alone("report gossip").await;
    assert_eq!(said["outcome"], "misunderstood");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_weekly_report_is_said_once_by_two_replicas_and_after_a_restart() {
    let prefix = format!("brain.key_prefix = \"weekly-{:x}\"\n", std::process::id());
    let here = House::with(RULES, &prefix, Some(&ONE)).await;
    let there = House::with(RULES, &prefix, Some(&ONE)).await;
    let due = Utc::now() - TimeDelta::hours(1);
    let weekly = Weekly {
        room: "management".into(),
        reports: vec![Kind::Noise, Kind::People],
        day: due.weekday(),
        time: NaiveTime::from_hms_opt(chrono::Timelike::hour(&due), 0, 0).unwrap(),
        zone: chrono_tz::UTC,
    };
    let engines = [&here, &there, &here].map(|house| house.running.engine.clone());
    let said = engines.iter().map(|engine| engine.report_due(&weekly));
    for result in futures_util::future::join_all(said).await {
        result.unwrap();
    }
    let again = House::with(RULES, &prefix, Some(&ONE)).await;
    again.running.engine.report_due(&weekly).await.unwrap();
    let entries = again.room("management", |entries| !entries.is_empty()).await;
    let told: Vec<&str> = texts(&entries);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].starts_with("The week in noise. No incident opened"), "{told:?}");
    assert!(told[1].starts_with("The week in people. Nobody was woken"), "{told:?}");
}
