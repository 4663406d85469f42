//! `warroom init`: what it writes is right at once, and nothing is written over.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::call::{said, warroom};

/// Every file of a folder, below it.
fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

#[track_caller]
fn is_strictly_good(dir: &Path) {
    let output = warroom(&["check", dir.to_str().unwrap(), "--strict"]);
    assert!(output.status.success(), "{}", said(&output));
    let output = warroom(&["oncall", "check", "--rules", dir.join("rules").to_str().unwrap()]);
    assert!(output.status.success(), "{}", said(&output));
}

#[expect(clippy::disallowed_methods, reason = "a test may start programs")]
fn answering(arguments: &[&str], answers: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_warroom"))
        .args(arguments)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(answers.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn what_is_written_without_a_question_passes_the_strictest_check() {
    for wake in ["ntfy", "email", "later"] {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("new/folder");
        let output = warroom(&["init", dir.to_str().unwrap(), "--yes", "--wake", wake]);
        assert!(output.status.success(), "{}", said(&output));
        is_strictly_good(&dir);
        assert!(said(&output).contains("next: cd "), "{}", said(&output));
    }
}

#[test]
fn five_answers_stand_in_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().to_str().unwrap();
    let answers = "billing\njo, kim max\nAsia/Tokyo\nntfy\nhttp://prometheus:9090\n";
    let output = answering(&["init", dir], answers);
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(said(&output).matches("] ").count(), 5, "{}", said(&output));
    is_strictly_good(folder.path());
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let oncall = read("rules/05-oncall.toml");
    assert!(oncall.contains(r#"people  = ["jo", "kim", "max"]"#), "{oncall}");
    assert!(oncall.contains(r#"zone = "Asia/Tokyo""#), "{oncall}");
    assert!(read("rules/10-service.toml").contains(r#"match    = 'service="billing""#));
    let config = read("warroom.toml");
    assert!(config.contains("http://prometheus:9090/"), "{config}");
    assert!(config.contains("address = \"warroom-jo-"), "{config}");
    let topics: Vec<&str> = config.lines().filter(|line| line.starts_with("contacts")).collect();
    assert_eq!(topics.len(), 3);
    assert!(topics.iter().all(|line| line.len() > 60), "a topic cannot be guessed: {topics:?}");
}

#[test]
fn an_answer_that_cannot_be_used_is_refused_before_anything_is_written() {
    for (flag, wrong, why) in [
        ("--service", "My Shop", "cannot be a name"),
        ("--people", "ana,ana", "named twice"),
        ("--people", "operator", "cannot be a name"),
        ("--zone", "Mars/Base", "no time zone"),
        ("--prometheus", "prometheus:9090", "no plain address"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let output = warroom(&["init", folder.path().to_str().unwrap(), "--yes", flag, wrong]);
        assert!(!output.status.success() && said(&output).contains(why), "{}", said(&output));
        assert_eq!(files(folder.path()), Vec::<PathBuf>::new());
    }
}

#[test]
fn nothing_is_written_over_and_then_nothing_is_written_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let mine = folder.path().join("dashboards/service.toml");
    fs::create_dir(mine.parent().unwrap()).unwrap();
    fs::write(&mine, "mine").unwrap();
    let output = warroom(&["init", folder.path().to_str().unwrap(), "--yes"]);
    assert!(!output.status.success() && said(&output).contains("is there already"));
    assert_eq!(files(folder.path()), std::slice::from_ref(&mine));
    assert_eq!(fs::read_to_string(mine).unwrap(), "mine");
}

#[test]
fn an_alertmanagers_routes_are_the_rules_to_begin_with() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("alertmanager.yml");
    fs::write(&config, super::import::COMPANY).unwrap();
    let dir = folder.path().join("ours");
    let words =
        ["init", dir.to_str().unwrap(), "--yes", "--alertmanager", config.to_str().unwrap()];
    let output = warroom(&words);
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("not carried over"), "{}", said(&output));
    // Its time intervals leave hours without anybody, which a strict check warns of.
    let checked = warroom(&["check", dir.to_str().unwrap()]);
    assert!(checked.status.success(), "{}", said(&checked));
    assert!(dir.join("rules/alertmanager.toml").exists());
    assert!(!dir.join("rules/10-service.toml").exists());
}
