//! What waits, answers and joined incidents lead to.

use super::super::*;
use super::night::{Night, kinds, policy};
use crate::domain::alert::What;
use crate::domain::ids::{CaseId, Fingerprint, GroupKey, Number};
use crate::domain::oncall::Roster;

#[test]
fn an_unanswered_page_goes_to_the_next_step_until_exhausted() {
    let mut night = Night::new();
    night.fire("a");
    for step in 2..=3 {
        let effects = night.pass(5).due(Timer::Escalate);
        assert!(matches!(effects[..], [Effect::Page { step: paged, .. }] if paged == step));
    }
    night.pass(5).due(Timer::Escalate);
    assert!(night.head().exhausted, "an exhausted escalation is visible");
    assert_eq!(night.pass(5).due(Timer::Escalate), []);
}

#[test]
fn an_acknowledgement_stops_the_pages() {
    let mut night = Night::new();
    night.fire("a");
    let ask = Input::Asked { by: "ana".into(), command: Command::Acknowledge };
    night.give(&ask);
    assert!(!night.timers.contains_key(&Timer::Escalate));
    assert_eq!(night.due(Timer::Escalate), []);
    night.give(&ask);
    assert_eq!(night.last, [Reason::Already]);
}

#[test]
fn a_room_that_comes_after_the_end_is_closed() {
    let mut night = Night::new();
    let effects = night.fire("a");
    night.pass(1).resolve("a");
    let late = night.done(&effects[1], "room-1");
    assert_eq!(kinds(&late), ["post", "close_room"]);
}

#[test]
fn a_question_that_comes_after_the_end_is_taken_back() {
    let mut night = Night::new();
    night.fire("a");
    night.pass(1).resolve("a");
    let run = CaseId { shard: 0, serial: 7 };
    let word = crate::domain::run::Word::Proposed {};
    let effects = night.give(&Input::RunTold { run, number: 1, word });
    let unwanted = effects.iter().any(|effect| {
        let Effect::Tell { case, input } = effect else { return false };
        let is_over = |heard: &_| matches!(heard, crate::domain::run::Input::Unwanted { .. });
        *case == run && matches!(&**input, Input::Run { heard } if is_over(heard))
    });
    assert!(unwanted, "{effects:?}");
}

#[test]
fn a_room_that_fails_stops_nothing() {
    let mut night = Night::new();
    let effects = night.fire("a");
    let effect = Box::new(effects[1].clone());
    night.give(&Input::Ended { effect, outcome: Outcome::Failed { why: "no".into() } });
    assert_eq!(night.head().room, Slot::Failed);
    assert!(night.head().is_open());
    assert_eq!(kinds(&night.pass(5).due(Timer::Escalate)), ["page"]);
}

#[test]
fn a_storm_child_lets_the_umbrella_speak() {
    let mut night = Night::new();
    let umbrella = CaseId { shard: 3, serial: 1 };
    night.opening = Opening::InStorm { number: Number(9), policy: policy(), umbrella };
    let effects = night.fire("a");
    assert!(matches!(&effects[..], [Effect::Tell { case, .. }] if *case == umbrella));
    let effects = night.pass(1).resolve("a");
    assert!(effects.iter().any(|it| matches!(it, Effect::Tell { case, .. } if *case == umbrella)));
}

#[test]
fn an_umbrella_ends_with_its_last_child() {
    let mut night = Night::new();
    night.give(&Input::StormBegan { number: Number(5), policy: policy() });
    let child = |serial| CaseId { shard: 1, serial };
    for serial in 1..=2 {
        let joins =
            Input::ChildJoins { child: child(serial), number: Number(serial), title: "t".into() };
        night.give(&joins);
        night.give(&joins);
    }
    assert_eq!(night.head().counts.firing, 2);
    night.give(&Input::ChildLeaves { child: child(1) });
    assert!(night.head().is_open());
    night.give(&Input::ChildLeaves { child: child(2) });
    assert_eq!(night.head().phase, Phase::Closed);
}

#[test]
fn a_merged_incident_comes_back_when_its_parent_is_gone() {
    let mut night = Night::new();
    night.fire("a");
    let into = CaseId { shard: 2, serial: 2 };
    night.give(&Input::Asked { by: "ana".into(), command: Command::Merge { into } });
    assert_eq!(night.head().phase, Phase::Merged);
    let effects = night.give(&Input::ParentResolved {});
    assert_eq!(night.head().phase, Phase::Triggered);
    assert_eq!(kinds(&effects)[0], "page");
}

#[test]
fn what_fires_in_a_merged_incident_reminds_its_parent() {
    let mut night = Night::new();
    night.fire("a");
    let into = CaseId { shard: 2, serial: 2 };
    night.give(&Input::Asked { by: "ana".into(), command: Command::Merge { into } });
    let effects = night.fire("b");
    assert!(
        matches!(&effects[..], [Effect::Tell { case, input }]
            if *case == into && matches!(**input, Input::ChildJoins { .. })),
        "{effects:?}"
    );
}

#[test]
fn a_hold_of_everything_is_said_once() {
    let mut night = Night::new();
    let effects = night.fire("a");
    night.done(&effects[1], "room-1");
    let now = night.now;
    let hold = |id: &str| {
        let by = HeldBy::Silence { id: id.into(), comment: "work".into(), until: None };
        Ruling::Held(by)
    };
    let firing = || What::Firing { expires_at: None };
    assert_eq!(kinds(&night.report("a", now, firing(), hold("s"))), ["post"]);
    assert_eq!(kinds(&night.report("b", now, firing(), hold("s"))), Vec::<&str>::new());
    assert_eq!(night.due(Timer::Escalate), []);
    assert_eq!(kinds(&night.report("a", now, firing(), Ruling::Pass)), ["post"]);
    assert_eq!(kinds(&night.pass(5).due(Timer::Escalate)), ["page"]);
}

#[test]
fn an_unknown_run_is_shown_and_not_repeated() {
    let mut night = Night::new();
    let effects = night.fire("a");
    let run = effects.iter().find(|it| it.kind() == "start_run").unwrap();
    assert_eq!(run.class(), Class::AtMostOnce);
    let outcome = Outcome::Unknown { why: "the process died".into() };
    let effects = night.give(&Input::Ended { effect: Box::new(run.clone()), outcome });
    assert!(!kinds(&effects).contains(&"start_run"));
    assert!(matches!(night.events.last().unwrap().event, Event::RunOutcomeUnknown { .. }));
}

#[test]
fn a_forgotten_case_is_only_one_that_is_over() {
    let mut night = Night::new();
    night.fire("a");
    let context = |now| (now, CaseId { shard: 0, serial: 7 });
    let group = GroupKey("g".into());
    let settings = Settings::default();
    let forgets = |night: &Night| {
        let (now, case) = context(night.now);
        let roster = Roster::default();
        let context = Context {
            now,
            case,
            group: &group,
            settings: &settings,
            roster: &roster,
            opening: None,
        };
        match decide(night.state.as_ref(), &Input::Due { timer: Timer::Forget }, context) {
            Verdict::Decided(decision) => decision.forget,
            other @ (Verdict::NeedsOpening(_) | Verdict::Superseded) => panic!("{other:?}"),
        }
    };
    assert!(!forgets(&night));
    night.resolve("a");
    assert!(forgets(&night));
}

#[test]
fn unknown_fingerprints_never_meet_children() {
    let child = child_key(CaseId { shard: 0, serial: 0 });
    assert_ne!(child, Fingerprint(0));
}
