//! Two sets of rules over one night, and how the difference is written.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{EACH, NIGHT, folder, json, replay, said, words};
use crate::world::process::installed;

/// One incident for all hosts, so that the second alert comes back into the first one.
fn together() -> String {
    EACH.replace("\"host\"", "\"alertname\"")
}

fn with<'a>(words: &'a [String], more: &[&'a str]) -> Vec<&'a str> {
    words.iter().map(String::as_str).chain(more.iter().copied()).collect()
}

#[test]
fn the_difference_of_two_folders_is_told_in_every_format() {
    let dir = folder(&together(), NIGHT);
    let other = folder(EACH, "");
    let against = other.path().join("rules").display().to_string();
    let words = words(dir.path());
    let more = ["--against", against.as_str()];

    let read = json(dir.path(), &with(&words, &more));
    assert_eq!((&read["before"]["incidents"], &read["after"]["incidents"]), (&2.into(), &1.into()));
    assert_eq!(read["after"]["reopened"], 1);
    assert_eq!(read["after"]["nobody"]["Odd: no rule"], 1);
    assert_eq!(read["after"]["rules"]["disk"]["firings"], 2);

    let text = said(&replay(dir.path(), &with(&words, &more)));
    assert!(text.starts_with("2 to 1 incidents, "), "{text}");
    let picture = dir.path().join("pages.png");
    let more = [&more[..], &["--format", "markdown", "--picture", picture.to_str().unwrap()]];
    let text = said(&replay(dir.path(), &with(&words, &more.concat())));
    assert!(text.contains("| incidents opened | 2 | 1 | -1 |"), "{text}");
    assert!(fs::read(picture).unwrap().starts_with(b"\x89PNG"));
}

#[test]
fn a_change_is_compared_with_a_revision_of_the_repository() {
    if !installed("git") {
        return;
    }
    let dir = folder(EACH, NIGHT);
    git(dir.path(), &["init", "--quiet"]);
    git(dir.path(), &["add", "rules"]);
    let me = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
    git(dir.path(), &[&me[..], &["commit", "--quiet", "-m", "rules"]].concat());
    fs::write(dir.path().join("rules/a.toml"), together()).unwrap();
    let words = words(dir.path());
    let read = json(dir.path(), &with(&words, &["--against-git", "HEAD"]));
    assert_eq!((&read["before"]["incidents"], &read["after"]["incidents"]), (&2.into(), &1.into()));

    for revision in ["--output=x", "nowhere", ""] {
        let output = replay(dir.path(), &with(&words, &[&format!("--against-git={revision}")]));
        assert!(!output.status.success(), "{revision}");
    }
    assert!(!dir.path().join("x").exists());
}

#[test]
fn a_file_that_is_broken_is_named_with_its_line() {
    let dir = folder(EACH, "\n{\"labels\":{}}\n");
    let output = replay(dir.path(), &with(&words(dir.path()), &[]));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("alerts.jsonl:2: an alert needs at least one label"), "{text}");
}

#[expect(clippy::disallowed_methods, reason = "a test may start programs")]
fn git(dir: &Path, words: &[&str]) {
    let output = Command::new("git").arg("-C").arg(dir).args(words).output().unwrap();
    assert!(output.status.success(), "git {words:?}: {output:?}");
}
