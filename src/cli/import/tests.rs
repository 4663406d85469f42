//! Exports of other tools, and what becomes of them.

use chrono::{DateTime, Utc};

use super::write::Carried;
use super::{calendar, oncall, opsgenie, pagerduty};
use crate::domain::oncall::Plans;
use crate::domain::rules::Ruleset;

fn plans(carried: &Carried) -> Plans {
    let rules = carried.rules();
    let (_, plans, out) = Ruleset::read(&[("oncall.toml".to_owned(), rules.clone())]);
    assert!(out.is_empty(), "{out}\n{rules}");
    plans
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn on_call(plans: &Plans, schedule: &str, time: &str) -> String {
    let duty = plans.schedules[schedule].on_call(at(time), &plans.overrides);
    duty.people.join("+")
}

fn is_lost(carried: &Carried, part: &str) {
    assert!(carried.lost.iter().any(|lost| lost.contains(part)), "{part}: {:#?}", carried.lost);
}

#[test]
fn pagerduty_is_carried_over_with_its_layers_and_steps() {
    let text = include_str!("../../../tests/payloads/oncall/pagerduty.json");
    let carried = pagerduty::read(text).unwrap();
    let plans = plans(&carried);
    for (time, who) in [
        ("2026-01-06T12:00:00Z", "ana"),
        ("2026-01-06T22:00:00Z", "ben"),
        ("2026-01-13T12:00:00Z", "gone-person"),
        ("2026-07-06T19:59:00Z", "ana"),
        ("2026-07-06T20:00:00Z", "ben"),
    ] {
        assert_eq!(on_call(&plans, "cms-primary", time), who, "{time}");
    }
    let policy = &plans.escalations["cms"];
    assert_eq!((policy.repeat, policy.steps.len()), (2, 2));
    let people = carried.people();
    assert!(
        people.contains(r#"{ pager = "voice", address = "+351912345678", after = "2m" }"#),
        "{people}"
    );
    for lost in ["push notification", "low urgency", "Gone Person", "no schedule \"Old one\""] {
        is_lost(&carried, lost);
    }
}

#[test]
fn opsgenie_is_carried_over_with_waits_from_step_to_step() {
    let text = include_str!("../../../tests/payloads/oncall/opsgenie.json");
    let carried = opsgenie::read(text).unwrap();
    let plans = plans(&carried);
    assert_eq!(on_call(&plans, "web_schedule", "2026-01-06T12:00:00Z"), "ana");
    assert_eq!(on_call(&plans, "web_schedule", "2026-01-10T22:00:00Z"), "ben");
    assert_eq!(on_call(&plans, "web_schedule", "2026-01-10T22:30:00Z"), "ana");
    let policy = &plans.escalations["web_escalation"];
    let waits: Vec<i64> =
        policy.steps.iter().map(|step| step.after.unwrap().num_minutes()).collect();
    assert_eq!((policy.repeat, waits), (3, vec![10, 50, 5]));
    is_lost(&carried, "a team cannot take one");
}

#[test]
fn grafana_oncall_is_carried_over_with_shifts_and_chains() {
    let text = include_str!("../../../tests/payloads/oncall/grafana-oncall.json");
    let carried = oncall::read(text).unwrap();
    let plans = plans(&carried);
    assert_eq!(on_call(&plans, "db-on-call", "2026-01-06T12:00:00Z"), "ana");
    assert_eq!(on_call(&plans, "db-on-call", "2026-01-10T22:00:00Z"), "ben");
    assert_eq!(on_call(&plans, "db-on-call", "2026-01-13T12:00:00Z"), "ben");
    assert_eq!(on_call(&plans, "db-on-call", "2026-12-24T12:00:00Z"), "ana");
    assert_eq!(plans.escalations["db"].steps[0].after.unwrap().num_minutes(), 10);
    is_lost(&carried, "trigger_webhook");
}

#[test]
fn a_calendar_without_an_end_is_carried_over_for_two_years() {
    let text = include_str!("../../../tests/payloads/oncall/shifts.ics");
    let carried = calendar::read(text, "web", at("2026-01-01T00:00:00Z")).unwrap();
    let plans = plans(&carried);
    assert_eq!(on_call(&plans, "web", "2026-01-06T12:00:00Z"), "ana");
    assert_eq!(on_call(&plans, "web", "2026-01-13T12:00:00Z"), "ben");
    assert_eq!(on_call(&plans, "web", "2026-07-07T06:59:00Z"), "ana");
    assert!(plans.overrides.len() < 110, "{}", plans.overrides.len());
    for lost in ["not IANA's", "2TU", "between events"] {
        is_lost(&carried, lost);
    }
}

#[test]
fn what_is_no_export_is_refused_with_a_reason() {
    assert!(pagerduty::read("7").unwrap_err().to_string().contains("no export of PagerDuty"));
    assert!(opsgenie::read("{\"users\": 1}").is_err());
    let now = at("2026-01-01T00:00:00Z");
    assert!(calendar::read("hello", "x", now).unwrap_err().to_string().contains("no calendar"));
    let endless = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:19000101T000000Z\nRRULE:FREQ=DAILY\n\
                   SUMMARY:ana\nEND:VEVENT\nEND:VCALENDAR\n";
    assert!(calendar::read(endless, "x", now).is_err(), "older than any rule is followed");
}
