//! What authors write, and what is said about what they got wrong.

use chrono::TimeDelta;

use super::{at, plans, read};
use crate::domain::oncall::{Because, check, ics};

const GOOD: &str = r##"
[[schedule]]
name = "cms"
zone = "Europe/Berlin"
holidays = ["12-25", 2026-10-03]

[[schedule.layer]]
name    = "week"
people  = ["ana", "ben"]
start   = 2026-01-05
handoff = "09:00"

[[schedule.layer]]
name   = "night"
people = [["cat", "dan"]]
hours  = ["22:00-06:00"]
days   = ["fri-mon"]
every  = "1d"

[[schedule.layer]]
name   = "new"
people = ["eve"]
shadow = true

[[policy]]
name        = "cms"
stale_after = "1h"

[[policy.step]]
page  = ["oncall:cms"]
after = "5m"

[[policy.step]]
page     = ["team:web", "@ana", "#ops"]
severity = ["sev1"]

[[override]]
schedule   = "cms"
person     = "ben"
instead_of = "ana"
from       = "2026-01-06 00:00"
until      = 2026-01-07T00:00:00Z
"##;

#[test]
fn a_schedule_reads_as_it_is_written() {
    let plans = plans(GOOD);
    let cms = &plans.schedules["cms"];
    let people = |time| cms.on_call(at(time), &plans.overrides).people;
    assert_eq!(people("2026-01-05T08:00:00Z"), ["ana"]);
    assert_eq!(people("2026-01-06T10:00:00Z"), ["ben"], "stands in");
    assert_eq!(people("2026-01-12T08:00:00Z"), ["ben"]);
    assert_eq!(people("2026-01-09T22:00:00Z"), ["cat", "dan"], "Friday night");
    assert_eq!(people("2026-01-13T22:00:00Z"), ["ben"], "no weekend's night");
    let duty = cms.on_call(at("2026-01-06T10:00:00Z"), &plans.overrides);
    assert_eq!(duty.shadows, ["eve"]);
    assert!(matches!(duty.because, Because::StandsIn { .. }));
    let policy = &plans.escalations["cms"];
    assert_eq!(policy.steps_max(), 4);
    assert_eq!(policy.step(3), policy.step(1));
    assert_eq!(policy.step(5), None);
    assert!(!policy.is_for(&policy.steps[1], "sev2", at("2026-01-01T00:00:00Z")));
}

fn complaint(text: &str) -> String {
    read(text).1.to_string()
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let nobody = complaint("[[schedule]]\nname = \"x\"\nzone = \"UTC\"\n");
    assert!(nobody.contains("this schedule has nobody in it"), "{nobody}");
    assert!(nobody.contains("rules/oncall.toml:1:1"), "{nobody}");
    let zone = complaint("[[schedule]]\nname = \"x\"\nzone = \"Europe/Berlim\"\n");
    assert!(zone.contains("did you mean `Europe/Berlin`?"), "{zone}");
    let deleted = complaint("[[policy]]\nname = \"x\"\n[[policy.step]]\npage = [\"oncall:cms\"]\n");
    assert!(deleted.contains("there is no schedule called \"cms\""), "{deleted}");
    assert!(deleted.contains("rules/oncall.toml:4:9"), "{deleted}");
    let target = complaint("[[policy]]\nname = \"x\"\n[[policy.step]]\npage = [\"ana\"]\n");
    assert!(target.contains("write @ana, oncall:cms, team:web or #room"), "{target}");
    let hours = complaint(&GOOD.replace("22:00-06:00", "22-6"));
    assert!(hours.contains("write them like"), "{hours}");
}

#[test]
fn overrides_that_want_the_same_hours_are_refused() {
    let twice = format!(
        "{GOOD}\n[[override]]\nschedule = \"cms\"\nperson = \"cat\"\nfrom = \"2026-01-06 20:00\"\n\
         until = \"2026-01-08 00:00\"\n"
    );
    let complaint = complaint(&twice);
    assert!(complaint.contains("this override and that of ben want the same hours"), "{complaint}");
    assert!(complaint.contains("overlaps with this one"), "{complaint}");
}

#[test]
fn people_and_teams_that_left_are_named() {
    let people = ["ana", "ben", "cat", "dan"].map(Into::into).into();
    let strangers = plans(GOOD).strangers(&people, &["ops".into()].into()).to_string();
    assert!(strangers.contains("there is no person called \"eve\""), "{strangers}");
    assert!(strangers.contains("there is no team called \"web\""), "{strangers}");
    assert!(!strangers.contains("\"ana\""), "{strangers}");
    let nobody_known = plans(GOOD).strangers(&[].into(), &[].into());
    assert!(nobody_known.is_empty(), "nothing to compare with");
}

#[test]
fn two_years_are_looked_through_for_gaps() {
    let from = at("2026-01-05T08:00:00Z");
    let range = (from, from + TimeDelta::days(730));
    let text = r#"
[[schedule]]
name = "sun"
zone = "Europe/Berlin"
[[schedule.layer]]
name   = "europe"
people = ["ana"]
hours  = ["08:00-20:00"]
[[schedule.layer]]
name   = "america"
people = ["ben"]
zone   = "America/New_York"
hours  = ["14:00-02:00"]

[[policy]]
name = "sun"
[[policy.step]]
page = ["oncall:sun"]
"#;
    let findings: Vec<String> =
        check(&plans(text), range).iter().map(ToString::to_string).collect();
    assert_eq!(findings.len(), 3, "{findings:#?}");
    assert!(
        findings[0].starts_with("rules/oncall.toml:2: sun has nobody on duty"),
        "{findings:#?}"
    );
    assert!(findings[2].contains("may wake nobody at some hours"), "{findings:#?}");
    let early = text.replace("14:00-02:00", "13:00-02:00");
    let findings: Vec<String> =
        check(&plans(&early), range).iter().map(ToString::to_string).collect();
    assert!(findings.iter().any(|it| it.contains("two layers on duty at once")), "{findings:#?}");
    assert!(check(&plans(GOOD), range).is_empty());
}

#[test]
fn a_calendar_program_can_read_the_shifts() {
    let plans = plans(GOOD);
    let cms = &plans.schedules["cms"];
    let from = at("2026-01-05T08:00:00Z");
    let shifts = cms.shifts((from, from + TimeDelta::days(14)), &plans.overrides);
    let text = ics(cms, &shifts, from);
    assert!(text.starts_with("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"), "{text}");
    assert!(text.contains("DTSTART:20260105T080000Z\r\n"), "{text}");
    assert!(text.contains("SUMMARY:cat\\, dan on call (cms)\r\n"), "{text}");
    assert!(text.ends_with("END:VEVENT\r\nEND:VCALENDAR\r\n"), "{text}");
    assert!(text.lines().all(|line| line.len() <= 75));
}
