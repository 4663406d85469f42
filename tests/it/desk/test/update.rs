//! `--update` writes what happened, and leaves everything else as its author wrote it.

use std::fs;

use super::{folder, out, run};

const BEFORE: &str = r##"[[rule.test]]  # a comment
at   = ["0m fire alertname=Slow service=a"]
want = [
  "0m room inc-7-a",   # the number is wrong
  "0m page ben",       # so is the person
  "0m graph nothing",
  # the end
]
until = "6m"
"##;

const AFTER: &str = r##"[[rule.test]]  # a comment
at   = ["0m fire alertname=Slow service=a"]
want = [
  "0m room inc-1-a",   # the number is wrong
  "0m page ana by pager",       # so is the person
  "5m page ben by pager",
  # the end
]
until = "6m"
"##;

#[test]
fn what_happened_takes_the_place_of_what_was_wanted_and_comments_stay() {
    let dir = folder(BEFORE);
    let file = dir.path().join("rules/a.toml");
    let rules = fs::read_to_string(&file).unwrap().replace(BEFORE, "");
    let output = run(dir.path(), &["--update"]);
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    let after = fs::read_to_string(&file).unwrap();
    assert_eq!(after.strip_prefix(&rules), Some(AFTER));
    let again = run(dir.path(), &["--update"]);
    assert!(out(&again).starts_with("1 passed"), "{}", out(&again));
    assert_eq!(fs::read_to_string(&file).unwrap(), after, "nothing more changes");
}

#[test]
fn a_list_grows_and_shrinks() {
    let more = "[[rule.test]]\nat = [\"0m fire alertname=Slow service=a\"]\nwant = [\"0m page ana\", \"0m graph x\", \"0m graph y\"]\nuntil = \"6m\"\n";
    let dir = folder(more);
    assert_eq!(run(dir.path(), &["--update"]).status.code(), Some(0));
    let text = fs::read_to_string(dir.path().join("rules/a.toml")).unwrap();
    assert!(text.contains("want = [\"0m page ana\", \"5m page ben by pager\"]"), "{text}");
    assert_eq!(run(dir.path(), &[]).status.code(), Some(0));
}
