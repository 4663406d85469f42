//! `warroom preview`: what people would read, from a rule alone.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const RULES: &str = r##"
[[rule]]
name = "first"
match = 'service="web", severity="critical"'

[[rule]]
name = "cms"
match = 'service=~"cms|web", host=~"db-[0-9]+|web-.*", severity!="info"'
group_by = ["service", "env"]
severity = "sev2"
title = "{{ labels.service }} is slow in {{ labels.env }}"
room = { name = "inc-{{ number }}-{{ labels.service }}", invite = ["team:web"] }
page = "storm"
"##;

#[expect(clippy::disallowed_methods, reason = "a test may start programs")]
fn preview(dir: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_warroom"))
        .args(["preview", "--dir"])
        .arg(dir)
        .args(words)
        .env_clear()
        .output()
        .expect("the program starts")
}

#[test]
fn a_rule_shows_what_people_would_read_for_an_alert_made_from_it() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("rules")).unwrap();
    fs::write(dir.path().join("rules/a.toml"), RULES).unwrap();
    let output = preview(dir.path(), &["cms"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    for words in [
        r#"env="some-env" host="web-1" service="cms""#,
        "opens    sev2 cms is slow in some-env",
        "room     inc-1-cms with team:web",
        "page     step 1, whoever stands behind storm:",
    ] {
        assert!(text.contains(words), "{words} is not in:\n{text}");
    }

    let output = preview(dir.path(), &["cms", "service=web,severity=critical,host=web-2"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stdout).unwrap().contains("first takes it"));
    let output = preview(dir.path(), &["cmss"]);
    assert!(String::from_utf8(output.stderr).unwrap().contains("no rule is called \"cmss\""));
}
