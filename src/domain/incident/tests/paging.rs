//! Calls of people: what fails, what is refused, what nobody is named for.

use std::sync::Arc;

use chrono::TimeDelta;

use super::super::*;
use super::night::{Night, kinds, policy};
use crate::domain::ids::Number;
use crate::domain::oncall::{Escalation, Reach, Roster, Step, Target, Way};

fn way(pager: &str, minutes: i64) -> Way {
    Way {
        pager: pager.into(),
        address: "somewhere".into(),
        after: TimeDelta::minutes(minutes),
        severity: Vec::new(),
    }
}

fn step(targets: &[&str], severity: &[&str]) -> Step {
    Step {
        page: targets.iter().map(|target| target.parse().unwrap()).collect(),
        after: Some(TimeDelta::minutes(5)),
        severity: severity.iter().map(|&severity| severity.into()).collect(),
        hours: Default::default(),
    }
}

/// Ana by push and call, then Ben.
fn night(steps: Vec<Step>) -> Night {
    let mut night = Night::new();
    let reach = |ways: &[Way]| Reach { ways: ways.to_vec(), ..Reach::default() };
    night.roster = Roster {
        reaches: [
            ("ana".into(), reach(&[way("push", 0), way("call", 2)])),
            ("ben".into(), reach(&[way("push", 0)])),
        ]
        .into(),
        ..Roster::default()
    };
    let at = RuleRef { name: "cms".into(), file: "rules/cms.toml".into(), line: 9 };
    let zone = chrono_tz::Tz::UTC;
    let escalation = Escalation { at, zone, steps, repeat: 0, stale_after: None };
    let policy = Policy { escalation: Some(escalation), ..(*policy()).clone() };
    night.opening = Opening::Granted { number: Number(1), policy: Arc::new(policy) };
    night
}

/// Whom pages are for: `ana/push`; `-` where they are for nobody by name.
fn paged(effects: &[Effect]) -> Vec<String> {
    let to = |effect: &Effect| {
        let Effect::Page { to, .. } = effect else { return None };
        let name = to.as_ref().map(|to| format!("{}/{}", to.person, to.pager));
        Some(name.unwrap_or_else(|| "-".to_owned()))
    };
    effects.iter().filter_map(to).collect()
}

fn page_of(effects: &[Effect]) -> Effect {
    effects.iter().find(|effect| matches!(effect, Effect::Page { .. })).unwrap().clone()
}

fn fails(night: &mut Night, effect: &Effect) -> Vec<Effect> {
    let outcome = Outcome::Failed { why: "no such topic".into() };
    night.give(&Input::Ended { effect: Box::new(effect.clone()), outcome })
}

#[test]
fn a_way_that_fails_hands_on_to_the_next_way() {
    let mut night = night(vec![step(&["@ana"], &[]), step(&["@ben"], &[])]);
    let opened = night.fire("a");
    assert_eq!(paged(&opened), ["ana/push"]);
    let second = fails(&mut night, &page_of(&opened));
    assert_eq!(paged(&second), ["ana/call"], "at once, not after two minutes");
    let third = fails(&mut night, &page_of(&second));
    assert_eq!(paged(&third), ["ben/push"], "nobody is left in the first step");
    let last = fails(&mut night, &page_of(&third));
    assert!(night.head().exhausted, "{last:?}");
    assert_eq!(paged(&last), ["ana/push", "ben/push"], "everybody, once");
    assert_eq!(night.head().next_call_at(), None);
}

#[test]
fn steps_that_reach_nobody_are_passed_over_with_their_reasons() {
    let mut night = night(vec![
        step(&["oncall:gone", "@eve"], &[]),
        step(&["@ben"], &["sev1"]),
        step(&["@ana"], &[]),
    ]);
    let opened = night.fire("a");
    assert_eq!(paged(&opened), ["ana/push"]);
    assert_eq!(night.head().step, 3);
    let missed: Vec<String> = night
        .events
        .iter()
        .find_map(|stored| {
            let Event::StepResolved { missed, .. } = &stored.event else { return None };
            Some(missed.iter().map(ToString::to_string))
        })
        .unwrap()
        .collect();
    assert_eq!(missed, ["oncall:gone is not known any more", "@eve is not known any more"]);
}

#[test]
fn where_nobody_is_reached_the_pagers_hear_of_it() {
    let mut night = night(vec![step(&["oncall:gone"], &[])]);
    assert_eq!(paged(&night.fire("a")), ["-"]);
    assert!(night.timers.contains_key(&Timer::Escalate));
    let ended = night.resolve("a");
    assert!(kinds(&ended).contains(&"stop_page"));
}

#[test]
fn an_author_may_want_nobody_woken() {
    let mut night = night(vec![step(&["@ana"], &["sev1"])]);
    assert_eq!(paged(&night.fire("a")), [""; 0]);
    night.pass(5);
    assert_eq!(paged(&night.due(Timer::Escalate)), [""; 0]);
    let command = Command::SetSeverity { severity: "sev1".into() };
    let ask = Input::Asked { by: "ana".into(), command };
    assert_eq!(paged(&night.give(&ask)), ["ana/push"]);
}

#[test]
fn a_call_by_name_stands_beside_the_policy() {
    let mut night = night(vec![step(&["@ana"], &[])]);
    night.fire("a");
    let whom = vec![Target::Person("ben".into())];
    let ask = Input::Asked { by: "ana".into(), command: Command::Call { whom } };
    assert_eq!(paged(&night.give(&ask)), ["ben/push"]);
    night.pass(2);
    assert_eq!(paged(&night.due(Timer::Escalate)), ["ana/call"]);
    night.give(&Input::Asked { by: "ben".into(), command: Command::Acknowledge });
    assert!(!night.timers.contains_key(&Timer::Escalate));
    let ended = night.resolve("a");
    assert_eq!(ended.iter().filter(|it| matches!(it, Effect::StopPage { .. })).count(), 3);
}

#[test]
fn what_is_held_wakes_nobody_until_it_is_let_go() {
    let mut night = night(vec![step(&["@ana"], &[]), step(&["@ben"], &[])]);
    night.fire("a");
    let until = Some(night.now + TimeDelta::hours(1));
    let held = HeldBy::Silence { id: "s".into(), comment: "x".into(), until };
    let (now, expires_at) = (night.now, Some(night.now + TimeDelta::minutes(90)));
    night.report("a", now, crate::domain::alert::What::Firing { expires_at }, Ruling::Held(held));
    night.pass(10);
    assert_eq!(paged(&night.due(Timer::Escalate)), [""; 0]);
    night.report("a", now, crate::domain::alert::What::Firing { expires_at }, Ruling::Pass);
    night.pass(5);
    assert_eq!(paged(&night.due(Timer::Escalate)), ["ana/call", "ben/push"]);
}
