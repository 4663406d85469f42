//! What is paged without the brain, and what is not.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::picture::{Picture, Wanted};
use super::plan::Plan;
use super::{PAGES_MAX, SUM_UP_EVERY, TRIES_MAX};
use crate::domain::alert::{Alert, Labels, Report, What};
use crate::domain::ids::GroupKey;
use crate::domain::noise::inhibition::Inhibitions;
use crate::domain::noise::silence::Silences;
use crate::domain::noise::silence::api::{MatcherParts, PostableSilence};
use crate::domain::rules::Ruleset;
use crate::engine::Book;
use crate::engine::journal::Entry;

const RULES: &str = r#"
[[rule]]
name     = "load"
match    = 'alertname=~"Load|Down"'
group_by = ["service"]
severity = "sev2"
title    = "{{ labels.service }} is slow"
page     = "oncall"

[[rule]]
name  = "quiet"
match = 'alertname="Quiet"'

[[inhibit]]
name   = "down"
source = 'alertname="Down"'
target = 'alertname="Load"'
equal  = ["host"]
"#;

fn book() -> Book {
    let (rules, faults) = Ruleset::parse(&[("rules/a.toml".to_owned(), RULES.to_owned())]);
    assert!(faults.is_empty(), "{faults:?}");
    let inhibitions = Inhibitions::new(rules.inhibitions().to_vec());
    Book { rules, inhibitions, ..Book::default() }
}

fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn alert(name: &str, service: &str, host: &str) -> Arc<Alert> {
    let pairs = [("alertname", name), ("service", service), ("host", host)];
    Arc::new(Alert {
        labels: pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
        annotations: Labels::new(),
        starts_at: noon(),
        is_start_unnamed: false,
        generator_url: Default::default(),
        source: "test".into(),
    })
}

fn fires() -> What {
    What::Firing { expires_at: Some(noon() + TimeDelta::minutes(5)) }
}

/// What the journal of a short night says; each word with whether the brain took it.
fn picture(words: &[(&str, &str, What, bool)]) -> Picture {
    let mut picture = Picture::default();
    for (sequence, (name, service, what, is_known)) in (1..).zip(words) {
        let report = Report { alert: alert(name, service, "h1"), what: what.clone() };
        let source = "test".into();
        let entry = Entry { sequence, received_at: noon(), source, reports: vec![report] };
        picture.add(&entry, *is_known);
    }
    picture
}

fn groups(picture: &Picture, silences: &Silences) -> Vec<String> {
    let times = (noon() + TimeDelta::minutes(1), TimeDelta::minutes(2));
    let wanted = picture.wanting(&book(), silences, times);
    wanted.into_iter().map(|wanted| wanted.group.to_string()).collect()
}

const NOBODY: [String; 0] = [];

#[test]
fn what_began_without_the_brain_is_paged_once_for_each_group() {
    let night = picture(&[
        ("Load", "a", fires(), false),
        ("Load", "a", fires(), false),
        ("Load", "b", fires(), false),
    ]);
    let silences = Silences::default();
    assert_eq!(groups(&night, &silences), ["load{service=\"a\"}", "load{service=\"b\"}"]);
}

#[test]
fn what_the_brain_had_taken_before_is_not_paged_again() {
    let night = picture(&[("Load", "a", fires(), true), ("Load", "a", fires(), false)]);
    assert_eq!(groups(&night, &Silences::default()), NOBODY);
    let ended = What::Resolved { ended_at: noon() };
    let night = picture(&[
        ("Load", "a", fires(), true),
        ("Load", "a", ended, true),
        ("Load", "a", fires(), false),
    ]);
    assert_eq!(groups(&night, &Silences::default()).len(), 1, "it began anew");
}

#[test]
fn what_ended_is_held_or_wants_no_page_is_not_paged() {
    let ended = What::Resolved { ended_at: noon() };
    let by = || What::Acknowledged { by: "jo".into(), comment: "mine".into() };
    let night = picture(&[
        ("Load", "a", fires(), false),
        ("Load", "a", ended, false),
        ("Load", "b", What::DowntimeStarted, false),
        ("Load", "c", fires(), false),
        ("Load", "c", by(), false),
        ("Quiet", "d", fires(), false),
        ("Unknown", "e", fires(), false),
    ]);
    assert_eq!(groups(&night, &Silences::default()), NOBODY);
}

#[test]
fn silences_and_inhibitions_hold_as_last_known() {
    let night = picture(&[
        ("Load", "a", fires(), false),
        ("Load", "b", fires(), false),
        ("Down", "c", fires(), false),
    ]);
    assert_eq!(
        groups(&night, &Silences::default()),
        ["load{service=\"c\"}"],
        "Down hides the rest"
    );
    let matcher =
        MatcherParts { is_equal: true, is_regex: false, name: "service".into(), value: "c".into() };
    let wanted = PostableSilence {
        id: None,
        comment: "planned".to_owned(),
        created_by: "ana".into(),
        ends_at: noon() + TimeDelta::hours(1),
        matchers: vec![matcher],
        starts_at: noon(),
        repeats: None,
    };
    let silence = wanted.into_silence(noon()).unwrap().created(noon(), "s".into());
    assert_eq!(groups(&night, &Silences::new([silence])), NOBODY);
}

fn wanted(count: usize) -> Vec<Wanted> {
    let one = |number: usize| Wanted {
        group: GroupKey(format!("load{{service=\"{number:04}\"}}").into()),
        policy: "oncall".into(),
        severity: "sev2".into(),
        title: format!("{number} is slow"),
        since: noon(),
    };
    (0..count).map(one).collect()
}

#[test]
fn many_groups_are_summed_up_in_one_page() {
    let mut plan = Plan::default();
    plan.note(wanted(PAGES_MAX + 30), Duration::ZERO);
    plan.note(wanted(PAGES_MAX + 40), Duration::from_secs(1));
    assert_eq!(plan.due(Duration::from_secs(1)).len(), PAGES_MAX + 1);
    plan.note(wanted(PAGES_MAX + 40), SUM_UP_EVERY);
    assert_eq!(plan.due(SUM_UP_EVERY).len(), PAGES_MAX + 2, "the rest has grown");
    plan.note(wanted(PAGES_MAX + 40), SUM_UP_EVERY * 3);
    assert_eq!(plan.due(SUM_UP_EVERY * 3).len(), PAGES_MAX + 2, "and no longer grows");
}

#[test]
fn a_page_has_the_same_key_after_a_restart() {
    let keys = || {
        let mut plan = Plan::default();
        plan.note(wanted(2), Duration::ZERO);
        plan.due(Duration::ZERO).into_iter().map(|(_, order)| order.id).collect::<Vec<_>>()
    };
    assert_eq!(keys(), keys());
    assert_ne!(keys()[0], keys()[1]);
}

#[test]
fn a_pager_that_fails_is_tried_again_under_the_same_key_and_not_for_ever() {
    let mut plan = Plan::default();
    plan.note(wanted(1), Duration::ZERO);
    let (group, first) = plan.due(Duration::ZERO).remove(0);
    let mut now = Duration::ZERO;
    for _ in 1..TRIES_MAX {
        assert!(plan.again(&group, now));
        assert!(plan.due(now).is_empty(), "not at once");
        now += Duration::from_secs(200);
        assert_eq!(plan.due(now)[0].1.id, first.id);
    }
    assert!(!plan.again(&group, now));
    assert!(plan.due(now + Duration::from_secs(9999)).is_empty());
}
