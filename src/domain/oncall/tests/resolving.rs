//! What a step means at one moment.

use std::sync::Arc;

use chrono::TimeDelta;

use super::{at, plans};
use crate::domain::oncall::{Hours, Miss, Quiet, Reach, Roster, Span, Target, Way};

fn way(pager: &str, address: &str, minutes: i64) -> Way {
    Way {
        pager: pager.into(),
        address: address.into(),
        after: TimeDelta::minutes(minutes),
        severity: Vec::new(),
    }
}

fn roster() -> Roster {
    let plans = plans(
        r#"
[[schedule]]
name = "cms"
zone = "Europe/Berlin"
[[schedule.layer]]
people = ["ana", "ben"]
start  = 2026-01-05
[[schedule]]
name = "office"
zone = "UTC"
[[schedule.layer]]
people = ["ben"]
hours  = ["09:00-17:00"]
[[policy]]
name = "web"
[[policy.step]]
page = ["@cat", "oncall:cms"]
"#,
    );
    let ana = Reach {
        ways: vec![way("ntfy", "ana-7f3", 0), way("twilio", "+4930", 2)],
        ..Reach::default()
    };
    let night = Hours {
        days: Vec::new(),
        spans: vec![Span { from: "22:00".parse().unwrap(), to: "07:00".parse().unwrap() }],
    };
    let quiet = vec![Quiet { severity: vec!["sev3".into()], hours: night }];
    let ben = Reach { ways: vec![way("ntfy", "ben", 0)], quiet, ..Reach::default() };
    Roster {
        plans: Arc::new(plans),
        reaches: [("ana".into(), ana), ("ben".into(), ben), ("cat".into(), Reach::default())]
            .into(),
        teams: [("web".into(), ["ana".into(), "ben".into()].into())].into(),
        made: Vec::new(),
    }
}

fn targets(words: &[&str]) -> Vec<Target> {
    words.iter().map(|word| word.parse().unwrap()).collect()
}

#[test]
fn a_step_calls_each_person_once_by_each_of_their_ways() {
    let step = targets(&["oncall:cms", "team:web", "#ops"]);
    let resolved = roster().resolve(&step, "sev1", at("2026-01-06T02:00:00Z"));
    let calls: Vec<String> = resolved
        .calls
        .iter()
        .map(|call| format!("{} {} {}", call.contact.person, call.contact.pager, call.after))
        .collect();
    assert_eq!(calls, ["ana ntfy P0D", "ana twilio PT120S", "ben ntfy P0D"]);
    assert_eq!(resolved.rooms, ["ops"]);
    assert!(resolved.missed.is_empty());
}

#[test]
fn who_is_not_woken_is_named_with_the_reason() {
    let step = targets(&["oncall:office", "@cat", "@eve", "team:db", "@ben"]);
    let resolved = roster().resolve(&step, "sev3", at("2026-01-06T02:00:00Z"));
    let missed: Vec<(&str, Miss)> =
        resolved.missed.iter().map(|missed| (missed.whom.as_str(), missed.why)).collect();
    let wanted = [
        ("oncall:office", Miss::Nobody),
        ("@cat", Miss::NoContact),
        ("@eve", Miss::Unknown),
        ("team:db", Miss::Unknown),
        ("@ben", Miss::Quiet),
    ];
    assert_eq!(missed, wanted);
    assert!(resolved.calls.is_empty());
}

#[test]
fn a_word_finds_the_schedule_behind_a_policy() {
    let roster = roster();
    for (word, schedule) in
        [("cms", Some("cms")), ("oncall:cms", Some("cms")), ("web", Some("cms"))]
    {
        assert_eq!(roster.schedule_for(word).map(AsRef::as_ref), schedule, "{word}");
    }
    assert_eq!(roster.schedule_for("db"), None);
}
