//! The shipped files, broken files, and what is chosen.

use std::fs;
use std::path::Path;

use super::{error, folder, out, run};

#[test]
fn the_shipped_rules_are_as_their_tests_want_and_every_rule_has_one() {
    let output = run(Path::new(env!("CARGO_MANIFEST_DIR")), &["--coverage"]);
    let said = out(&output);
    assert_eq!(output.status.code(), Some(0), "{said}{}", error(&output));
    assert!(!said.contains("is in no test"), "{said}");
}

#[test]
fn a_broken_file_tests_nothing_and_names_the_word() {
    let dir = folder("[[rule.test]]\nat = [\"0m fir service=a\"]\nwant = [\"5m pag ana\"]\n");
    let output = run(dir.path(), &[]);
    assert_eq!(output.status.code(), Some(2));
    let said = error(&output);
    for part in
        ["rules/a.toml:21:11", "did you mean `fire`?", "rules/a.toml:22:13", "nothing was tested"]
    {
        assert!(said.contains(part), "{part} is missing in:\n{said}");
    }
}

#[test]
fn files_of_their_own_are_played_and_are_no_rules() {
    let dir = folder("");
    let test = "[[test]]\nname = \"opens\"\nat = [\"0m fire alertname=Slow service=a\"]\nwant = [\"0m room inc-1-a\"]\n";
    fs::write(dir.path().join("rules/a_test.toml"), test).unwrap();
    let output = run(dir.path(), &[]);
    assert_eq!(output.status.code(), Some(0), "{}{}", out(&output), error(&output));
    assert!(out(&output).starts_with("1 passed"));
    fs::write(dir.path().join("rules/a_test.toml"), test.replace("room", "rom")).unwrap();
    let output = run(dir.path(), &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(error(&output).contains("rules/a_test.toml:4"), "{}", error(&output));
}

#[test]
fn tests_are_chosen_by_a_part_of_their_names() {
    let test = |name: &str| {
        format!(
            "[[rule.test]]\nname = \"{name}\"\nat = [\"0m fire alertname=Slow service=a\"]\nwant = [\"0m page ana\"]\n"
        )
    };
    let dir = folder(&(test("one") + &test("two")));
    assert!(out(&run(dir.path(), &[])).starts_with("2 passed:"));
    assert!(out(&run(dir.path(), &["two"])).starts_with("1 passed, 1 left out:"));
    assert!(out(&run(dir.path(), &["--filter", "one"])).starts_with("1 passed, 1 left out:"));
}
