//! What reports about alerts lead to.

use chrono::TimeDelta;

use super::super::*;
use super::night::{Night, alert, kinds, policy};
use crate::domain::alert::{Report, What};
use crate::domain::ids::Number;

#[test]
fn the_page_comes_before_everything_that_is_slow() {
    let mut night = Night::new();
    let effects = night.fire("a");
    assert_eq!(kinds(&effects), ["page", "open_room", "open_ticket", "post", "start_run"]);
    assert_eq!(night.head().phase, Phase::Triggered);
    assert_eq!(night.head().number, Some(Number(1)));
}

#[test]
fn a_refired_alert_that_changes_nothing_writes_nothing() {
    let mut night = Night::new();
    night.fire("a");
    let (events, start) = (night.events.len(), night.now);
    night.pass(1);
    let expires_at = Some(night.now + TimeDelta::minutes(5));
    night.report("a", start, What::Firing { expires_at }, Ruling::Pass);
    assert_eq!(night.events.len(), events);
    assert_eq!(night.last, [Reason::AlreadyFiring]);
}

#[test]
fn a_delayed_end_of_the_first_firing_does_not_end_the_second() {
    let mut night = Night::new();
    let first = night.now;
    night.fire("a");
    night.pass(1);
    let now = night.now;
    night.fire_since("a", now);
    night.report("a", first, What::Resolved { ended_at: now }, Ruling::Pass);
    assert_eq!(night.last, [Reason::EndOfEarlierFiring]);
    assert!(night.head().is_open());
}

#[test]
fn an_expiry_is_kept_alive_once_in_half_of_the_timeout() {
    let mut night = Night::new();
    night.fire("a");
    let kept = |night: &Night| {
        night.events.iter().filter(|it| matches!(it.event, Event::AlertsKept { .. })).count()
    };
    for _ in 0..10 {
        night.pass(1);
        night.fire("a");
    }
    assert!((3..=4).contains(&kept(&night)), "{}", kept(&night));
}

#[test]
fn fault_49_a_source_that_keeps_its_word_is_never_stale() {
    let mut night = Night::new();
    night.fire("a");
    for _ in 0..20 {
        // Later than half of the timeout after what was written, and always before its word ends.
        night.pass(4).due(Timer::Expiry);
        assert_eq!(night.head().counts.stale, 0);
        night.fire("a");
    }
}

#[test]
fn the_longest_word_of_a_source_counts() {
    let mut night = Night::new();
    night.fire("a");
    let start = night.now;
    let until = |minutes| Some(start + TimeDelta::minutes(minutes));
    let firing = |minutes| What::Firing { expires_at: until(minutes) };
    night.report("a", start, firing(60), Ruling::Pass);
    assert_eq!(night.last, [Reason::Kept]);
    night.report("a", start, firing(30), Ruling::Pass);
    assert_eq!(night.last, [Reason::AlreadyFiring]);
    let by = HeldBy::Silence { id: "s".into(), comment: "work".into(), until: None };
    night.report("a", start, firing(30), Ruling::Held(by));
    let member = night.state.as_ref().unwrap().members.values().next().unwrap();
    assert_eq!(member.expires_at, until(60));
}

#[test]
fn an_alert_whose_source_will_say_its_end_stops_expiring() {
    let mut night = Night::new();
    let start = night.now;
    night.fire("a");
    night.fire_since("a", start);
    assert_eq!(night.last, [Reason::Kept]);
    night.fire_since("a", start);
    assert_eq!(night.last, [Reason::AlreadyFiring], "written once");
    night.pass(60).due(Timer::Expiry);
    assert_eq!(night.head().counts.stale, 0);
}

#[test]
fn looking_again_does_not_move_an_expiry() {
    let mut night = Night::new();
    night.fire("a");
    let events = night.events.len();
    for _ in 0..10 {
        let member = night.state.as_ref().unwrap().members.values().next().unwrap();
        let expires_at = member.expires_at;
        let alert = alert("a", night.now);
        let fingerprint = alert.fingerprint();
        let report = Report { alert, what: What::Firing { expires_at } };
        let sighting = Sighting { fingerprint, report, ruling: Ruling::Pass };
        night.give(&Input::Reconsidered { sightings: vec![sighting] });
    }
    assert_eq!(night.events.len(), events);
}

#[test]
fn all_clear_closes_room_ticket_and_page() {
    let mut night = Night::new();
    let effects = night.fire("a");
    night.done(&effects[1], "room-1");
    night.done(&effects[2], "ticket-1");
    let effects = night.pass(20).resolve("a");
    assert_eq!(kinds(&effects), ["stop_page", "post", "post", "graph"]);
    assert_eq!(night.head().phase, Phase::Resolved, "the room waits for its last graph");
    let effects = night.done(&effects[3], "picture-1");
    assert_eq!(kinds(&effects), ["post", "close_room", "close_ticket"]);
    assert_eq!(night.head().phase, Phase::Closed);
    assert!(!night.timers.contains_key(&Timer::Escalate));
}

#[test]
fn a_second_alert_joins_the_open_incident() {
    let mut night = Night::new();
    night.fire("a");
    assert_eq!(kinds(&night.fire("b")), Vec::<&str>::new());
    assert_eq!(night.head().counts.firing, 2);
    night.resolve("a");
    assert!(night.head().is_open());
    night.resolve("b");
    assert_eq!(night.head().phase, Phase::Closed);
}

#[test]
fn a_return_inside_the_window_reopens_the_same_incident() {
    let mut night = Night::new();
    let effects = night.fire("a");
    night.done(&effects[1], "room-1");
    night.done(&effects[2], "ticket-1");
    let effects = night.pass(20).resolve("a");
    night.done(&effects[3], "picture-1");
    let effects = night.pass(10).fire("a");
    assert_eq!(kinds(&effects), ["page", "reopen_room", "reopen_ticket", "post"]);
    assert_eq!(night.head().number, Some(Number(1)));
    assert_eq!(night.head().phase, Phase::Triggered);
}

#[test]
fn a_return_after_the_window_is_another_incident() {
    let mut night = Night::new();
    night.fire("a");
    night.pass(1).resolve("a");
    night.pass(31);
    let alert = alert("a", night.now);
    let fingerprint = alert.fingerprint();
    let report = Report { alert, what: What::Firing { expires_at: None } };
    let sighting = Sighting { fingerprint, report, ruling: Ruling::Pass };
    assert_eq!(night.try_give(&Input::Reported { sightings: vec![sighting] }), None);
}

#[test]
fn fault_48_resolved_before_firing_is_remembered() {
    let mut night = Night::new();
    let start = night.now;
    night.resolve("a");
    assert_eq!(night.last, [Reason::EndedBeforeFiring]);
    assert_eq!(night.fire_since("a", start), []);
    assert_eq!(night.last, [Reason::OlderThanItsEnd]);
    assert_eq!(night.head().phase, Phase::Quiet);
    night.pass(1).fire("a");
    assert_eq!(night.head().phase, Phase::Triggered);
}

#[test]
fn fault_47_the_same_delivery_again_changes_nothing() {
    let mut night = Night::new();
    night.fire("a");
    let state = night.state.clone();
    for _ in 0..10 {
        assert_eq!(night.fire("a"), []);
        assert_eq!(night.state, state);
    }
}

#[test]
fn fault_49_an_alert_that_nobody_repeats_goes_stale_and_asks() {
    let mut night = Night::new();
    let effects = night.fire("a");
    night.done(&effects[1], "room-1");
    // Five minutes are its source's word, and half of that again is the grace.
    assert_eq!(night.timers[&Timer::Expiry], night.now + TimeDelta::seconds(450));
    assert_eq!(night.pass(7).due(Timer::Expiry), []);
    let effects = night.pass(1).due(Timer::Expiry);
    assert_eq!(kinds(&effects), ["post"]);
    assert!(night.head().is_open(), "not closed silently");
    assert_eq!(night.head().counts.stale, 1);
    night.pass(1).resolve("a");
    assert_eq!(night.head().phase, Phase::Resolved);
    night.pass(1).due(Timer::Close);
    assert_eq!(night.head().phase, Phase::Closed, "with its last graph or without");
}

#[test]
fn fault_48_a_late_report_of_an_earlier_firing_does_not_make_a_stale_one_older() {
    let mut night = Night::new();
    let earlier = night.now;
    night.pass(2).fire("a");
    night.pass(8).due(Timer::Expiry);
    assert_eq!(night.head().counts.stale, 1);
    night.fire_since("a", earlier);
    let ended = What::Resolved { ended_at: earlier + TimeDelta::minutes(1) };
    night.report("a", earlier, ended, Ruling::Pass);
    assert_eq!(night.last, [Reason::EndOfEarlierFiring]);
    assert_eq!(night.head().counts.firing, 1);
}

#[test]
fn fault_42_a_flapping_alert_stays_open_and_silent() {
    let mut night = Night::new();
    let mut pages = 0;
    for _ in 0..20 {
        let effects = night.pass(1).fire("a");
        pages += effects.iter().filter(|effect| effect.kind() == "page").count();
        night.pass(1).resolve("a");
    }
    assert!(night.head().is_open(), "it does not close while it flaps");
    assert_eq!(pages, 4, "one, and one for each return before it counts as flapping");
    night.pass(60).due(Timer::Calm);
    assert_eq!(night.head().phase, Phase::Closed, "calm, and over");
}

#[test]
fn a_silenced_alert_waits_and_opens_when_released() {
    let mut night = Night::new();
    let until = Some(night.now + TimeDelta::minutes(30));
    let by = HeldBy::Silence { id: "s".into(), comment: "work".into(), until };
    let now = night.now;
    let firing = What::Firing { expires_at: None };
    let effects = night.report("a", now, firing.clone(), Ruling::Held(by));
    assert_eq!(effects, []);
    assert_eq!(night.head().phase, Phase::Quiet);
    assert_eq!(Some(night.timers[&Timer::Reconsider]), until);
    let effects = night.pass(30).report("a", now, firing, Ruling::Pass);
    assert_eq!(kinds(&effects)[0], "page");
}

#[test]
fn a_throttled_opening_waits_and_is_tried_again() {
    let mut night = Night::new();
    let until = night.now + TimeDelta::minutes(10);
    night.opening = Opening::Throttled { limit: "rooms".into(), until };
    assert_eq!(night.fire("a"), []);
    assert_eq!(night.timers[&Timer::Reconsider], until);
    night.opening = Opening::Granted { number: Number(2), policy: policy() };
    night.pass(10);
    let start = night.now - TimeDelta::minutes(10);
    let alert = alert("a", start);
    let fingerprint = alert.fingerprint();
    let report = Report { alert, what: What::Firing { expires_at: None } };
    let sightings = vec![Sighting { fingerprint, report, ruling: Ruling::Pass }];
    let effects = night.give(&Input::Reconsidered { sightings });
    assert_eq!(kinds(&effects)[0], "page");
}
