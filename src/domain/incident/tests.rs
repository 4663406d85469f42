//! The incident's behaviour, told as deliveries, waits and answers.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::*;
use crate::domain::alert::{Alert, Labels, Report, What};
use crate::domain::ids::{CaseId, Fingerprint, GroupKey, Number};

/// An incident with its clock: every decision is applied, and replay is checked each time.
struct Night {
    now: DateTime<Utc>,
    state: Option<Incident>,
    events: Vec<Stored>,
    settings: Settings,
    opening: Opening,
    last: Vec<Reason>,
    timers: std::collections::BTreeMap<Timer, DateTime<Utc>>,
}

fn policy() -> Arc<Policy> {
    let rule = RuleRef { name: "cms".into(), file: "rules/cms.toml".into(), line: 1 };
    Arc::new(Policy {
        rule,
        also: Vec::new(),
        title: "cms is slow".into(),
        severity: "sev2".into(),
        labels: Labels::new(),
        room: Some(RoomPlan { name: "inc-1-cms".into(), invite: vec!["team:web".into()] }),
        ticket: Some(TicketPlan { tracker: "local".into(), labels: Vec::new() }),
        graphs: vec!["latency cms 1h".into()],
        page: Some("cms".into()),
        notify: vec![Notify { room: "#boss".into(), on: vec![Moment::Opened, Moment::Resolved] }],
        run: Some(RunPlan { runbook: "restart".into(), mode: RunMode::Auto }),
        timing: Timing::default(),
    })
}

fn alert(name: &str, starts_at: DateTime<Utc>) -> Arc<Alert> {
    let labels = [("alertname".into(), name.into())].into_iter().collect();
    Arc::new(Alert {
        labels,
        annotations: Labels::new(),
        starts_at,
        generator_url: Default::default(),
        source: "test".into(),
    })
}

impl Night {
    fn new() -> Self {
        Self {
            now: DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
            state: None,
            events: Vec::new(),
            settings: Settings::default(),
            opening: Opening::Granted { number: Number(1), policy: policy() },
            last: Vec::new(),
            timers: Default::default(),
        }
    }

    fn pass(&mut self, minutes: i64) -> &mut Self {
        self.now += TimeDelta::minutes(minutes);
        self
    }

    fn give(&mut self, input: &Input) -> Vec<Effect> {
        let effects = self.try_give(input);
        effects.unwrap_or_else(|| panic!("superseded by {input:?}"))
    }

    fn try_give(&mut self, input: &Input) -> Option<Vec<Effect>> {
        let group = GroupKey("g".into());
        let mut opening = None;
        let opened = self.opening.clone();
        loop {
            let case = CaseId { shard: 0, serial: 7 };
            let context =
                Context { now: self.now, case, group: &group, settings: &self.settings, opening };
            match decide(self.state.as_ref(), input, context) {
                Verdict::Superseded => return None,
                Verdict::NeedsOpening(_) => {
                    assert!(opening.is_none(), "asked twice for {input:?}");
                    opening = Some(&opened);
                }
                Verdict::Decided(decision) => return Some(self.apply(decision)),
            }
        }
    }

    fn apply(&mut self, decision: Decision) -> Vec<Effect> {
        let before = self.events.len() as u64;
        for (place, stored) in decision.events.iter().enumerate() {
            assert_eq!(stored.number, before + place as u64 + 1, "numbers have no gaps");
        }
        self.events.extend(decision.events);
        let replayed = Incident::replay(&self.events);
        assert_eq!(replayed.as_ref(), Some(&decision.state), "replay equals the stored state");
        for set in decision.timers {
            let old = self.timers.get(&set.timer).copied();
            match set.to {
                TimerSet::At(due) => self.timers.insert(set.timer, due),
                TimerSet::NoLaterThan(due) => {
                    self.timers.insert(set.timer, old.map_or(due, |old| old.min(due)))
                }
                TimerSet::Cancel => self.timers.remove(&set.timer),
            };
        }
        self.state = Some(decision.state);
        self.last = decision.reasons.into_iter().map(|(_, reason)| reason).collect();
        decision.effects
    }

    fn report(
        &mut self,
        name: &str,
        starts_at: DateTime<Utc>,
        what: What,
        ruling: Ruling,
    ) -> Vec<Effect> {
        let alert = alert(name, starts_at);
        let fingerprint = alert.fingerprint();
        let report = Report { alert, what };
        self.give(&Input::Reported { sightings: vec![Sighting { fingerprint, report, ruling }] })
    }

    fn fire(&mut self, name: &str) -> Vec<Effect> {
        let (now, expires_at) = (self.now, Some(self.now + TimeDelta::minutes(5)));
        self.report(name, now, What::Firing { expires_at }, Ruling::Pass)
    }

    fn fire_since(&mut self, name: &str, starts_at: DateTime<Utc>) -> Vec<Effect> {
        self.report(name, starts_at, What::Firing { expires_at: None }, Ruling::Pass)
    }

    fn resolve(&mut self, name: &str) -> Vec<Effect> {
        let now = self.now;
        self.report(name, now, What::Resolved { ended_at: now }, Ruling::Pass)
    }

    fn due(&mut self, timer: Timer) -> Vec<Effect> {
        self.timers.remove(&timer);
        self.give(&Input::Due { timer })
    }

    fn done(&mut self, effect: &Effect, id: &str) -> Vec<Effect> {
        let receipt = Receipt { id: id.into(), at: None };
        let effect = Box::new(effect.clone());
        self.give(&Input::Ended { effect, outcome: Outcome::Done { receipt } })
    }

    fn head(&self) -> &Head {
        &self.state.as_ref().unwrap().head
    }
}

fn kinds(effects: &[Effect]) -> Vec<&'static str> {
    effects.iter().map(Effect::kind).collect()
}

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
    night.fire_since("a", start);
    assert_eq!(night.events.len(), events);
    assert_eq!(night.last, [Reason::AlreadyFiring]);
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
fn all_clear_closes_room_ticket_and_page() {
    let mut night = Night::new();
    let effects = night.fire("a");
    night.done(&effects[1], "room-1");
    night.done(&effects[2], "ticket-1");
    let effects = night.pass(20).resolve("a");
    assert_eq!(
        kinds(&effects),
        ["stop_page", "post", "post", "post", "close_room", "close_ticket"]
    );
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
    night.pass(20).resolve("a");
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
    assert_eq!(night.timers[&Timer::Expiry], night.now + TimeDelta::minutes(5));
    let effects = night.pass(5).due(Timer::Expiry);
    assert_eq!(kinds(&effects), ["post"]);
    assert!(night.head().is_open(), "not closed silently");
    assert_eq!(night.head().counts.stale, 1);
    night.pass(1).resolve("a");
    assert_eq!(night.head().phase, Phase::Closed);
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
    assert_eq!(kinds(&night.due(Timer::Escalate)), ["page"]);
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
        let context = Context { now, case, group: &group, settings: &settings, opening: None };
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
