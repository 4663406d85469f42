//! `warroom replay` as its callers see it: files, revisions, a real Prometheus, a recorded week.

mod journal;
mod prometheus;
mod sets;
mod week;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// Alerts of a night: one that two sets of rules see alike, one that they do not, one for nobody.
const NIGHT: &str = r#"
{"labels":{"alertname":"Disk","host":"a"},"startsAt":"2026-01-06T02:10:00Z","endsAt":"2026-01-06T02:12:00Z"}
{"labels":{"alertname":"Disk","host":"b"},"startsAt":"2026-01-06T02:40:00Z","endsAt":"2026-01-06T02:42:00Z"}
{"labels":{"alertname":"Odd"},"startsAt":"2026-01-06T03:00:00Z"}
"#;

/// One incident for each host.
const EACH: &str = r#"
[[rule]]
name = "disk"
match = 'alertname="Disk"'
group_by = ["host"]
page = "db"
room = { name = "inc-{{ number }}" }
"#;

#[expect(clippy::disallowed_methods, reason = "a test may start programs")]
fn replay(dir: &Path, words: &[&str]) -> Output {
    let config = dir.join("warroom.toml");
    Command::new(env!("CARGO_BIN_EXE_warroom"))
        .args(["replay", "--config"])
        .arg(config)
        .arg("--rules")
        .arg(dir.join("rules"))
        .args(words)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .output()
        .expect("the program starts")
}

/// What the program says on its standard output; the test fails when it fails.
fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn json(dir: &Path, words: &[&str]) -> Value {
    let output = replay(dir, &[words, &["--format", "json"]].concat());
    serde_json::from_str(&said(&output)).expect("one JSON object")
}

/// A folder with rules, a configuration and what is to be replayed.
fn folder(rules: &str, alerts: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("rules")).unwrap();
    fs::write(dir.path().join("rules/a.toml"), rules).unwrap();
    fs::write(dir.path().join("warroom.toml"), "[noise.storm]\nincidents = 1000\n").unwrap();
    fs::write(dir.path().join("alerts.jsonl"), alerts).unwrap();
    dir
}

/// The words that replay the folder's alerts.
fn words(dir: &Path) -> Vec<String> {
    let file = dir.join("alerts.jsonl").display().to_string();
    let span = ["--since", "2026-01-05", "--until", "2026-01-12"].map(str::to_owned);
    [vec!["--file".to_owned(), file], span.to_vec()].concat()
}
