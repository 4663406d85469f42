//! `warroom check` as its callers see it: people, programs, scanners, pull requests.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

const RULE: &str = "[[rule]]\nname = \"disk\"\nmatch = 'alertname=\"DiskFull\"'\npage = \"db\"\n";

#[expect(clippy::disallowed_methods, reason = "a test may start programs")]
fn check(dir: &Path, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_warroom"))
        .arg("check")
        .arg(dir)
        .args(more)
        .env_clear()
        .output()
        .expect("the program starts")
}

fn json(dir: &Path, more: &[&str]) -> Value {
    let output = check(dir, &[&["--format", "json"], more].concat());
    serde_json::from_slice(&output.stdout).expect("one JSON object")
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("rules")).unwrap();
    for (name, text) in files {
        let file = dir.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    dir
}

fn messages(read: &Value) -> Vec<(&str, &str)> {
    let all = read["findings"].as_array().unwrap();
    all.iter()
        .map(|one| (one["file"].as_str().unwrap(), one["message"].as_str().unwrap()))
        .collect()
}

#[test]
fn everything_wrong_is_found_in_one_pass_though_every_part_is_broken() {
    let dir = folder(&[
        ("warroom.toml", "[server]\nlisen = \"127.0.0.1:1\"\n"),
        ("rules/a.toml", "[[rule]]\nname = \"a\"\nmatch = 'x='\n"),
        ("runbooks/b.toml", "name = \"b\"\nsumary = \"s\"\n"),
        ("dashboards/c.toml", "[[graph]]\nnmae = \"c\"\n"),
    ]);
    let output = check(dir.path(), &[]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    for words in ["`listen`", "rules/a.toml:3", "`summary`", "`name`", "dashboards/c.toml"] {
        assert!(said.contains(words), "{words} is not in:\n{said}");
    }
    assert!(String::from_utf8(output.stdout).unwrap().starts_with("not usable"));
}

#[test]
fn warnings_end_well_unless_strict_is_asked_for() {
    let shadowed =
        format!("{RULE}[[rule]]\nname = \"late\"\nmatch = 'alertname=\"DiskFull\", a=\"b\"'\n");
    let dir = folder(&[("rules/a.toml", &shadowed)]);
    let read = json(dir.path(), &[]);
    assert_eq!((&read["errors"], &read["warnings"]), (&0.into(), &1.into()));
    assert_eq!(messages(&read), [("rules/a.toml", "the rule `late` never gets an alert")]);
    assert_eq!(read["findings"][0]["line"], 5);
    assert_eq!(check(dir.path(), &[]).status.code(), Some(0));
    assert_eq!(check(dir.path(), &["--strict"]).status.code(), Some(1));
}

#[test]
fn an_alert_of_prometheus_that_no_rule_takes_is_named_with_its_line() {
    let dir = folder(&[("rules/a.toml", RULE), ("warroom.toml", "")]);
    let alerts = dir.path().join("prometheus.yml");
    fs::write(
        &alerts,
        "groups:\n- name: g\n  labels: { team: db }\n  rules:\n  - record: x:y\n    expr: up\n  \
         - alert: DiskFull\n    expr: up == 0\n  - alert: Nobody\n    expr: up == 0\n    labels:\n      \
         severity: '{{ $labels.severity }}'\n",
    )
    .unwrap();
    let read = json(dir.path(), &["--prometheus-rules", alerts.to_str().unwrap()]);
    let found = messages(&read);
    let [(file, message)] = found[..] else { panic!("{found:?}") };
    assert!(file.ends_with("prometheus.yml"));
    assert_eq!(message, "no rule takes the alert `Nobody`");
    assert_eq!(read["findings"][0]["line"], 9);
}

#[test]
fn a_file_that_is_no_rule_file_is_an_error_with_its_place_and_bombs_are_refused() {
    let dir = folder(&[("rules/a.toml", RULE)]);
    let alerts = dir.path().join("bad.yml");
    let bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n\
                c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n\
                e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n\
                groups: *f\n";
    for text in ["groups: [", "groups:\n- name: g\n  rules: 7\n", bomb] {
        fs::write(&alerts, text).unwrap();
        let read = json(dir.path(), &["--prometheus-rules", alerts.to_str().unwrap()]);
        assert_eq!(read["errors"], 1, "{read}");
    }
}

#[test]
fn scanners_and_pull_requests_get_their_own_words() {
    let dir = folder(&[("rules/a.toml", "[[rule]]\nname = \"a\"\nmatch = 'x='\n")]);
    let sarif = check(dir.path(), &["--format", "sarif"]);
    let read: Value = serde_json::from_slice(&sarif.stdout).unwrap();
    assert_eq!(read["version"], "2.1.0");
    assert_eq!(read["runs"][0]["results"][0]["level"], "error");
    let github = check(dir.path(), &["--format", "github"]);
    let said = String::from_utf8(github.stdout).unwrap();
    assert!(said.starts_with("::error file=rules/a.toml,line=3,"), "{said}");
    assert_eq!(github.status.code(), Some(1));
}
