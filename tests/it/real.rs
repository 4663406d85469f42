//! The whole program between real programs: Prometheus, Alertmanager, Nagios and `amtool`.
//!
//! Waits have long limits, because these programs keep their own time; none is waited out when all
//! is well.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "helpers of tests; a broken assumption shall fail loudly"
)]

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::world::alertmanager::Alertmanager;
use crate::world::amtool::Amtool;
use crate::world::nagios::Nagios;
use crate::world::process::installed;
use crate::world::prometheus::Prometheus;
use crate::world::sink::{Behaviour, Sink};
use crate::world::wait::{pass, until};
use crate::world::warroom::{Setup, Warroom};

/// From a cause to its incident: scrapes, checks and groups of a second each, on a busy machine.
const SOON: Duration = Duration::from_secs(40);

const RULES: &str = r#"
[[rule]]
name = "down"
match = 'alertname="InstanceDown"'
group_by = ["service", "env"]
severity = "sev1"
title = "{{ labels.service }} is down in {{ labels.env }}"

[[rule]]
name = "disk"
match = 'service="Disk /var"'
group_by = ["host", "service"]
title = "{{ labels.service }} on {{ labels.host }}"
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_prometheus_rule_opens_and_closes_an_incident() {
    if !installed("prometheus") {
        return;
    }
    let (folder, warroom, target) = lab().await;
    let _prometheus =
        Prometheus::start(folder.path(), target.address(), &[warroom.address()]).await;
    opens_and_closes(&warroom, &target).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alertmanager_in_between_changes_nothing() {
    if !installed("prometheus") || !installed("prometheus-alertmanager") {
        return;
    }
    let (folder, warroom, target) = lab().await;
    let alertmanager =
        Alertmanager::start(folder.path(), &warroom.url("/hooks/alertmanager")).await;
    let _prometheus =
        Prometheus::start(folder.path(), target.address(), &[alertmanager.address()]).await;
    opens_and_closes(&warroom, &target).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_50_one_alert_by_two_ways_is_one_incident() {
    if !installed("prometheus") || !installed("prometheus-alertmanager") {
        return;
    }
    let (folder, warroom, target) = lab().await;
    let alertmanager =
        Alertmanager::start(folder.path(), &warroom.url("/hooks/alertmanager")).await;
    let ways = [warroom.address(), alertmanager.address()];
    let _prometheus = Prometheus::start(folder.path(), target.address(), &ways).await;
    opens_and_closes(&warroom, &target).await;
    assert_eq!(warroom.incidents().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nagios_check_opens_and_closes_an_incident() {
    if !installed("nagios4") {
        return;
    }
    let (folder, warroom, _) = lab().await;
    let nagios = Nagios::start(folder.path(), &nagios_command(&folder, &warroom)).await;

    nagios.set_state(2);
    let incident = warroom.incident("the check opens an incident", SOON, is("triggered")).await;
    assert_eq!(incident["title"], "Disk /var on web-1");

    nagios.command("ACKNOWLEDGE_SVC_PROBLEM;web-1;Disk /var;2;1;1;alice;on it");
    let incident =
        warroom.incident("Nagios' acknowledgement counts", SOON, is("acknowledged")).await;
    assert!(incident["acknowledged_by"].as_str().unwrap().contains("alice"), "{incident}");

    nagios.set_state(0);
    warroom.incident("the recovery closes it", SOON, is("closed")).await;
    let number = incident["number"].as_u64().unwrap();
    has_events(&warroom, number, &["alert_fired", "incident_acknowledged", "alert_resolved"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_downtime_of_nagios_holds_until_it_ends() {
    if !installed("nagios4") {
        return;
    }
    let (folder, warroom, _) = lab().await;
    let nagios = Nagios::start(folder.path(), &nagios_command(&folder, &warroom)).await;
    let now = chrono::Utc::now().timestamp();
    let end = now + 12;
    nagios.command(&format!(
        "SCHEDULE_SVC_DOWNTIME;web-1;Disk /var;{now};{end};1;0;12;alice;upgrade"
    ));
    until("the downtime begins", SOON, async || {
        nagios.log().contains("DOWNTIMESTART").then_some(())
    })
    .await;

    nagios.set_state(2);
    until("the state is hard", SOON, async || nagios.log().contains("CRITICAL;HARD").then_some(()))
        .await;
    // The event handler has reported it; what must not happen cannot be waited for.
    pass(Duration::from_secs(2)).await;
    assert_eq!(warroom.incidents().await, Vec::<Value>::new());

    warroom.incident("the end of the downtime opens it", SOON, is("triggered")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn amtool_adds_and_queries_alerts() {
    if !installed("amtool") {
        return;
    }
    let (folder, warroom, _) = lab().await;
    let amtool = Amtool::new(&warroom.url(""), folder.path());
    amtool.run(&["alert", "add", "InstanceDown", "service=shop", "env=prod", "instance=web-1"]);
    amtool.run(&["alert", "add", "alertname=Other", "team=db", "--annotation=summary=by amtool"]);

    assert_eq!(names(&amtool.json(&["alert", "query"])), set(&["InstanceDown", "Other"]));
    assert_eq!(names(&amtool.json(&["alert", "query", "team=~d."])), set(&["Other"]));
    assert!(amtool.run(&["alert", "query", "Other"]).contains("by amtool"));
    warroom.incident("what amtool adds opens an incident", SOON, is("triggered")).await;
    amtool.fails(&["alert", "add", "Bad", "1st=label"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn amtool_drives_silences() {
    if !installed("amtool") {
        return;
    }
    let (folder, warroom, _) = lab().await;
    let amtool = Amtool::new(&warroom.url(""), folder.path());
    let add = ["silence", "add", "service=shop", "--author=alice", "--comment=upgrade"];
    let id = amtool.run(&[&add[..], &["--duration=1h"]].concat()).trim().to_owned();

    amtool.run(&["alert", "add", "InstanceDown", "service=shop", "env=prod"]);
    assert_eq!(names(&amtool.json(&["alert", "query"])), BTreeSet::new());
    assert_eq!(names(&amtool.json(&["alert", "query", "--silenced"])), set(&["InstanceDown"]));
    assert_eq!(warroom.incidents().await, Vec::<Value>::new());

    let longer = amtool.run(&["silence", "update", "--duration=2h", "--comment=longer", &id]);
    assert!(longer.contains("longer"), "{longer}");
    let listed = amtool.json(&["silence", "query"]);
    assert_eq!(listed.as_array().map(Vec::len), Some(1), "{listed}");
    assert_eq!(listed[0]["comment"], "longer");

    let kept = folder.path().join("silences.json");
    fs::write(&kept, listed.to_string()).unwrap();
    amtool.run(&["silence", "expire", listed[0]["id"].as_str().unwrap()]);
    assert_eq!(amtool.json(&["silence", "query"]), serde_json::json!([]));
    warroom.incident("without the silence it opens", SOON, is("triggered")).await;

    amtool.run(&["silence", "import", "--force", kept.to_str().unwrap()]);
    assert_eq!(amtool.json(&["silence", "query"])[0]["comment"], "longer");
}

/// A folder, a warroom with the rules above, and a target that answers 404.
async fn lab() -> (TempDir, Warroom, Sink) {
    let folder = TempDir::new().unwrap();
    let setup = Setup { rules: RULES.to_owned(), ..Setup::new(folder.path()) };
    let warroom = Warroom::start(setup).await;
    let target = Sink::start().await;
    target.behave(Behaviour::Status(404));
    (folder, warroom, target)
}

/// The target is down until its incident is open, and up again until it is closed.
async fn opens_and_closes(warroom: &Warroom, target: &Sink) {
    let incident = warroom.incident("the rule opens an incident", SOON, is("triggered")).await;
    assert_eq!(incident["title"], "shop is down in prod");
    assert_eq!(incident["severity"], "sev1");
    assert_eq!(incident["rule"], "down (rules/test.toml:2)");

    target.behave(Behaviour::Status(200));
    warroom.incident("it closes when the target is up", SOON, is("closed")).await;
    let number = incident["number"].as_u64().unwrap();
    let wanted = ["alert_fired", "incident_opened", "alert_resolved", "incident_resolved"];
    has_events(warroom, number, &wanted).await;
}

fn nagios_command(folder: &TempDir, warroom: &Warroom) -> String {
    let spool = folder.path().join("nagios-spool");
    format!(
        "{} nagios --url {} --spool {}",
        env!("CARGO_BIN_EXE_warroom"),
        warroom.url("/hooks/nagios"),
        spool.display()
    )
}

async fn has_events(warroom: &Warroom, number: u64, wanted: &[&str]) {
    let timeline = warroom.timeline(number).await;
    for kind in wanted {
        assert!(timeline.iter().any(|it| it["event"] == **kind), "no {kind} in {timeline:#?}");
    }
}

fn is(phase: &str) -> impl Fn(&Value) -> bool {
    move |incident| incident["phase"] == phase
}

fn names(alerts: &Value) -> BTreeSet<String> {
    let name = |alert: &Value| alert["labels"]["alertname"].as_str().unwrap().to_owned();
    alerts.as_array().unwrap().iter().map(name).collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}
