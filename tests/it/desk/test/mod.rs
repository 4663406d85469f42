//! `warroom test` as authors and build servers see it.

mod coverage;
mod diff;
mod files;
mod update;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

/// A rule with a throttle, an escalation and one test, to which tests here add their own.
pub(super) const RULES: &str = r##"[[rule]]
name     = "slow"
match    = 'alertname="Slow"'
group_by = ["service"]
severity = "sev2"
title    = "{{ labels.service }} is slow"
room     = { name = "inc-{{ number }}-{{ labels.service }}" }
page     = "web"
throttle = { rooms = "2 per 1h" }

[[policy]]
name = "web"
[[policy.step]]
page  = ["@ana"]
after = "5m"
[[policy.step]]
page  = ["@ben"]
after = "5m"

"##;

#[expect(clippy::disallowed_methods, reason = "a test may start programs")]
pub(super) fn run(dir: &Path, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_warroom"))
        .arg("test")
        .arg(dir)
        .args(more)
        .env_clear()
        .output()
        .expect("the program starts")
}

/// A folder whose one file of rules ends with this.
pub(super) fn folder(tests: &str) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("rules")).unwrap();
    fs::write(dir.path().join("rules/a.toml"), format!("{}{tests}", split())).unwrap();
    dir
}

/// The rules, with the policy first: a test belongs to the rule above it.
fn split() -> String {
    let (rule, policy) = RULES.split_once("[[policy]]").unwrap();
    format!("[[policy]]{policy}{rule}")
}

pub(super) fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(super) fn error(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}
