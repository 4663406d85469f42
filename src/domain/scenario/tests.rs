//! What can be written is read, and what cannot is reported at its word.

use chrono::TimeDelta;

use super::{Deed, Kind, Scenario, file};

fn read(text: &str) -> (Vec<Scenario>, String) {
    let (scenarios, out) = file("rules/a_test.toml", text);
    (scenarios, out.to_string())
}

#[test]
fn everything_that_can_happen_is_read() {
    let (scenarios, wrong) = read(
        r##"[[test]]
at = [
  '0m fire service=cms annotations.summary="it is slow"', "1m ack @ana", "2m say ana in 2 status",
  "3m approve ben", "4m silence 2h service=cms", "5m beat prometheus", "6m outside pages ana refuse",
  "7m resolve service=cms",
]
want = ["0s..2m page ana", "0m not page ben", "3m nothing", "1m post #ops is slow"]
"##,
    );
    assert_eq!(wrong, "");
    let scenario = &scenarios[0];
    assert_eq!(scenario.acts.len(), 8);
    assert!(
        matches!(&scenario.acts[0].deed, Deed::Fire { annotations, .. } if annotations["summary"] == "it is slow")
    );
    assert_eq!(scenario.until, TimeDelta::minutes(8));
    let minute = TimeDelta::minutes(1);
    let [page, not, nothing, post] = &scenario.wants[..] else { panic!("four are wanted") };
    assert!(
        page.is_met(minute, Kind::Page, "ana by phone")
            && !page.is_met(minute, Kind::Page, "anatol")
    );
    assert!(not.is_not && not.is_met(minute, Kind::Page, "ben"));
    assert!(
        !nothing.is_met(minute, Kind::Room, "x") && nothing.is_met(minute * 4, Kind::Room, "x")
    );
    assert!(post.is_met(minute, Kind::Post, "#ops the cms is slow today"));
    assert!(!post.is_met(minute, Kind::Post, "#web the cms is slow today"));
}

#[test]
fn what_is_wrong_is_reported_at_its_word() {
    let (_, wrong) = read(
        r#"[[test]]
at = ["0m fir service=cms", "fire service=cms", "1m fire cms", "2m outside rooms sleep"]
want = ["5m pag ben", "page ben"]
"#,
    );
    for part in [
        "`fir` is nothing that can happen in an example",
        "did you mean `fire`?",
        "`fire` does not say when",
        "`cms` is no label",
        "`sleep` is no answer of an outside system",
        "`pag` is nothing that can be wanted",
        "did you mean `page`?",
        "rules/a_test.toml:3:13",
    ] {
        assert!(wrong.contains(part), "{part} is missing in:\n{wrong}");
    }
}
