//! A night in the life of one case: deliveries, waits and answers, with replay checked each time.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::super::*;
use crate::domain::alert::{Alert, Labels, Report, What};
use crate::domain::ids::{CaseId, GroupKey, Number};
use crate::domain::oncall::Roster;

/// An incident with its clock: every decision is applied, and replay is checked each time.
pub(super) struct Night {
    pub(super) now: DateTime<Utc>,
    pub(super) state: Option<Incident>,
    pub(super) events: Vec<Stored>,
    pub(super) settings: Settings,
    pub(super) roster: Roster,
    pub(super) opening: Opening,
    pub(super) last: Vec<Reason>,
    pub(super) timers: std::collections::BTreeMap<Timer, DateTime<Utc>>,
}

pub(super) fn policy() -> Arc<Policy> {
    let rule = RuleRef { name: "cms".into(), file: "rules/cms.toml".into(), line: 1 };
    Arc::new(Policy {
        rule,
        also: Vec::new(),
        title: "cms is slow".into(),
        severity: "sev2".into(),
        labels: Labels::new(),
        room: Some(RoomPlan {
            name: "inc-1-cms".into(),
            invite: vec!["team:web".into()],
            on: Vec::new(),
        }),
        ticket: Some(TicketPlan { tracker: "local".into(), labels: Vec::new() }),
        graphs: vec!["latency cms 1h".into()],
        page: Some("cms".into()),
        escalation: None,
        notify: vec![Notify { room: "#boss".into(), on: vec![Moment::Opened, Moment::Resolved] }],
        run: Some(RunPlan { runbook: "restart".into(), mode: RunMode::Auto, critical: false }),
        timing: Timing::default(),
        files: Default::default(),
    })
}

pub(super) fn alert(name: &str, starts_at: DateTime<Utc>) -> Arc<Alert> {
    let labels = [("alertname".into(), name.into())].into_iter().collect();
    Arc::new(Alert {
        labels,
        annotations: Labels::new(),
        starts_at,
        is_start_unnamed: false,
        generator_url: Default::default(),
        source: "test".into(),
    })
}

impl Night {
    pub(super) fn new() -> Self {
        Self {
            now: DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
            state: None,
            events: Vec::new(),
            settings: Settings::default(),
            roster: Roster::default(),
            opening: Opening::Granted { number: Number(1), policy: policy() },
            last: Vec::new(),
            timers: Default::default(),
        }
    }

    pub(super) fn pass(&mut self, minutes: i64) -> &mut Self {
        self.now += TimeDelta::minutes(minutes);
        self
    }

    pub(super) fn give(&mut self, input: &Input) -> Vec<Effect> {
        let effects = self.try_give(input);
        effects.unwrap_or_else(|| panic!("superseded by {input:?}"))
    }

    pub(super) fn try_give(&mut self, input: &Input) -> Option<Vec<Effect>> {
        let group = GroupKey("g".into());
        let mut opening = None;
        let opened = self.opening.clone();
        loop {
            let case = CaseId { shard: 0, serial: 7 };
            let context = Context {
                now: self.now,
                case,
                group: &group,
                settings: &self.settings,
                roster: &self.roster,
                opening,
            };
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

    pub(super) fn apply(&mut self, decision: Decision) -> Vec<Effect> {
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

    pub(super) fn report(
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

    pub(super) fn fire(&mut self, name: &str) -> Vec<Effect> {
        let (now, expires_at) = (self.now, Some(self.now + TimeDelta::minutes(5)));
        self.report(name, now, What::Firing { expires_at }, Ruling::Pass)
    }

    pub(super) fn fire_since(&mut self, name: &str, starts_at: DateTime<Utc>) -> Vec<Effect> {
        self.report(name, starts_at, What::Firing { expires_at: None }, Ruling::Pass)
    }

    pub(super) fn resolve(&mut self, name: &str) -> Vec<Effect> {
        let now = self.now;
        self.report(name, now, What::Resolved { ended_at: now }, Ruling::Pass)
    }

    pub(super) fn due(&mut self, timer: Timer) -> Vec<Effect> {
        self.timers.remove(&timer);
        self.give(&Input::Due { timer })
    }

    pub(super) fn done(&mut self, effect: &Effect, id: &str) -> Vec<Effect> {
        let receipt = Receipt { id: id.into(), at: None };
        let effect = Box::new(effect.clone());
        self.give(&Input::Ended { effect, outcome: Outcome::Done { receipt } })
    }

    pub(super) fn head(&self) -> &Head {
        &self.state.as_ref().unwrap().head
    }
}

pub(super) fn kinds(effects: &[Effect]) -> Vec<&'static str> {
    effects.iter().map(Effect::kind).collect()
}
