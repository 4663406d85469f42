//! On call, over a real server: whom the webhook pager is told to wake, and what the API and the
//! commands say of it.

use std::time::Duration;

use serde_json::json;

use crate::world::sink::Sink;
use crate::world::warroom::{Setup, Warroom};

const SOON: Duration = Duration::from_secs(20);

const RULES: &str = r##"
[[rule]]
name     = "disk"
match    = 'alertname="DiskFull"'
group_by = ["instance"]
severity = "sev1"
title    = "{{ labels.instance }} runs out of disk"
page     = "db"

[[rule]]
name     = "canary"
match    = 'warroom_canary=~".+"'
group_by = ["warroom_canary"]
page     = "canary"
reopen_within = "1d"

[[schedule]]
name = "db"
zone = "Europe/Berlin"
[[schedule.layer]]
people = ["ana"]

[[policy]]
name = "db"
[[policy.step]]
page  = ["oncall:db"]
after = "1m"
"##;

fn config(pager: &Sink, dead_man: &Sink) -> String {
    format!(
        r#"
[pagers.push]
kind = "webhook"
url = "{}"
[pagers.broken]
kind = "webhook"
url = "{}"
[people.ana]
contacts = [{{ pager = "push", address = "ana-7f3" }}, {{ pager = "broken", address = "+4930", after = "2s" }}]
[people.ben]
contacts = [{{ pager = "push", address = "ben-1a2" }}]
[canary]
every = "10s"
dead_man = "{}"
"#,
        pager.url("/push"),
        pager.url("/call"),
        dead_man.url("/alive")
    )
}

async fn paged(sink: &Sink, path: &str) -> serde_json::Value {
    sink.receives(path, 1, SOON).await[0].json()
}

#[tokio::test]
async fn the_pager_hears_whom_to_wake_and_the_dead_man_that_all_is_well() {
    let folder = tempfile::tempdir().unwrap();
    let (pager, dead_man) = (Sink::start().await, Sink::start().await);
    let config = config(&pager, &dead_man);
    let setup = Setup { config, rules: RULES.to_owned(), ..Setup::new(folder.path()) };
    let warroom = Warroom::start(setup).await;
    let body = json!([{ "labels": { "alertname": "DiskFull", "instance": "db1" } }]);
    let answer = warroom.post("/api/v2/alerts", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let first = paged(&pager, "/push").await;
    assert_eq!(first["to"], json!({ "person": "ana", "address": "ana-7f3" }), "{first}");
    let second = paged(&pager, "/call").await;
    assert_eq!(second["to"]["address"], "+4930", "{second}");
    let on_call = warroom.get("/api/v1/oncall").await.json();
    assert_eq!(on_call["schedules"][0]["people"], json!(["ana"]), "{on_call}");
    let line = json!({ "line": "override db @ben 2h" });
    let said = warroom.post("/api/v1/commands", &line).await.json();
    assert_eq!(said["outcome"], "done", "{said}");
    let shifts = warroom.get("/api/v1/schedules/db/shifts?days=1").await.json();
    assert_eq!(shifts["shifts"][0]["people"], json!(["ben"]), "{shifts}");
    let calendar = warroom.get("/api/v1/schedules/db.ics").await;
    assert!(calendar.text.contains("SUMMARY:ben on call (db)\r\n"), "{}", calendar.text);
    dead_man.receives("/alive", 1, SOON).await;
}
