//! What no test has reached is named with its place.

use super::{folder, out, run};

#[test]
fn rules_throttles_and_steps_that_no_test_reached_are_named() {
    let dir = folder(
        "[[rule.test]]\nat = [\"0m fire alertname=Slow service=a\"]\nwant = [\"0m page ana\"]\n[[rule]]\nname = \"other\"\nmatch = 'a=\"b\"'\n",
    );
    let output = run(dir.path(), &["--coverage"]);
    let said = out(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let named: Vec<&str> = said.lines().filter(|line| line.contains("is in no test")).collect();
    assert_eq!(
        named,
        [
            "rules/a.toml:10: rule slow: throttle is in no test",
            "rules/a.toml:23: rule other is in no test",
            "rules/a.toml:1: policy web: step 2 is in no test",
        ]
    );
    assert!(said.contains("3 of 6 rules and branches are reached, 50 %"), "{said}");
}

#[test]
fn more_tests_reach_the_rest() {
    let dir = folder(
        r#"[[rule.test]]
at = ["0m fire alertname=Slow service=a", "0m fire alertname=Slow service=b", "0m fire alertname=Slow service=c"]
want = ["0m held throttle", "5m post 1 "]
"#,
    );
    let said = out(&run(dir.path(), &["--coverage"]));
    assert!(said.contains("5 of 5 rules and branches are reached, 100 %"), "{said}");
}
