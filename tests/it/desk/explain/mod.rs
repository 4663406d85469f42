//! `warroom explain` as its callers see it: on files alone, and beside a running server.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use serde_json::{Value, json};

use crate::world::warroom::{Setup, Warroom};

const SOON: Duration = Duration::from_secs(20);

const RULES: &str = r##"
[[rule]]
name = "cms"
match = 'service="cms", severity=~"critical|warning"'
group_by = ["service"]
severity = "sev2"
title = "{{ labels.service }} is slow"
page = "cms"
room = { name = "inc-{{ number }}-{{ labels.service }}", invite = ["oncall:cms"] }
throttle = { rooms = "3 per 1h" }
run = { runbook = "restart", mode = "approve" }
continue = true

[[rule]]
name = "everything"
match = 'alertname=~".+"'
notify = [{ room = "#boss" }]

[[inhibit]]
name = "dead-host"
source = 'alertname="HostDown"'
target = 'alertname!="HostDown"'
equal = ["host"]

[[schedule]]
name = "cms"
zone = "UTC"

[[schedule.layer]]
name = "week"
people = ["ana", "ben"]
every = "1w"
start = 2026-01-05

[[policy]]
name = "cms"

[[policy.step]]
page = ["oncall:cms"]

[[policy.step]]
page = ["@ben"]
after = "10m"
"##;

const PEOPLE: &str = r#"
[pagers.phone]
kind = "ntfy"
url = "https://ntfy.sh"

[people.ana]
contacts = [{ pager = "phone", address = "1" }]

[people.ben]
contacts = [{ pager = "phone", address = "2" }]
"#;

#[expect(clippy::disallowed_methods, reason = "a test may start programs")]
fn explain(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_warroom"))
        .arg("explain")
        .args(words)
        .env_clear()
        .output()
        .expect("the program starts")
}

fn said(output: &Output) -> String {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(!text.is_empty(), "{output:?}");
    text
}

fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("rules")).unwrap();
    fs::write(dir.path().join("rules/a.toml"), RULES).unwrap();
    fs::write(dir.path().join("warroom.toml"), PEOPLE).unwrap();
    dir
}

fn of(dir: &Path, words: &[&str]) -> Output {
    explain(&[&["--dir", dir.to_str().unwrap()], words].concat())
}

#[test]
fn typed_labels_are_explained_from_the_files_alone() {
    let dir = folder();
    let at = "2026-01-13T03:00:00Z";
    let words = ["alertname=Slow,service=cms", "severity=critical", "host=a", "--at", at];
    let output = of(dir.path(), &words);
    assert!(output.status.success(), "{output:?}");
    let text = said(&output);
    let first = text.lines().next().unwrap();
    assert_eq!(first, r#"Rule cms (rules/a.toml:2) would open sev2 "cms is slow" and page ben."#);
    for words in [
        "+ everything (rules/a.toml:14) matches, and adds its notifications",
        "inhibition dead-host (rules/a.toml:19) while alertname=\"HostDown\" with host=\"a\" fires",
        "throttle: this rule opens 3 per 1h",
        "room     inc-1-cms, with oncall:cms",
        "oncall:cms is ben: their turn in week of cms, rules/a.toml:25",
        "no runbook is called `restart`",
        "ben by phone after 0s",
    ] {
        assert!(text.contains(words), "{words} is not in:\n{text}");
    }
}

#[test]
fn programs_get_the_matcher_that_failed_and_what_it_met() {
    let dir = folder();
    let output = of(dir.path(), &["alertname=Slow,service=cms,severity=info", "--format", "json"]);
    let read: Value = serde_json::from_str(&said(&output)).unwrap();
    let first = &read["rules"][0];
    assert_eq!(first["verdict"], "fails");
    assert_eq!(first["matcher"], r#"severity=~"critical|warning""#);
    assert_eq!((&first["found"], &first["line"]), (&json!("info"), &json!(2)));
    assert_eq!(read["rules"][1]["verdict"], "owns");
    assert_eq!(read["outcome"]["page"], Value::Null);
}

#[test]
fn what_reaches_nobody_is_told_by_the_exit_code_too() {
    let dir = folder();
    let output = of(dir.path(), &["service=web"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).starts_with("No rule wants this alert"));
    let output = of(dir.path(), &["service=~web"]);
    assert!(String::from_utf8(output.stderr).unwrap().contains("write name=value in place of"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_past_is_told_with_the_version_of_the_files_that_decided() {
    let dir = tempfile::tempdir().unwrap();
    let rules = "[[rule]]\nname = \"disk\"\nmatch = 'alertname=\"Disk\"'\n";
    let setup = Setup { rules: rules.to_owned(), ..Setup::new(dir.path()) };
    let warroom = Warroom::start(setup).await;
    warroom.post("/api/v2/alerts", &json!([{ "labels": { "alertname": "Disk" } }])).await;
    let incident = warroom.incident("it opens", SOON, |_| true).await;
    let url = warroom.url("");
    let number = incident["number"].to_string();
    let ask = || {
        let output = explain(&["--incident", &number, "--server", &url]);
        assert!(output.status.success(), "{output:?}");
        said(&output)
    };
    let before = ask();
    assert!(before.contains("The files that decided it are today's, of version "), "{before}");
    assert!(before.contains("disk (rules/test.toml:1) matches"), "{before}");

    let alerts = warroom.get(&format!("/api/v1/incidents/{number}/alerts")).await.json();
    let print = alerts[0]["fingerprint"].as_str().unwrap();
    let why = warroom.get(&format!("/api/v1/why?fingerprint={print}")).await.json();
    let then = why["files"].as_str().unwrap().to_owned();
    fs::write(dir.path().join("rules/test.toml"), format!("{rules}# another line\n")).unwrap();
    crate::world::wait::until("the files are read again", SOON, async || {
        let output = explain(&["--fingerprint", print, "--server", &url]);
        said(&output).contains(&format!("The files of version {then} decided it")).then_some(())
    })
    .await;
}
