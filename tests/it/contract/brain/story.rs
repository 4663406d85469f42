//! Builders: cases that live as the real state machine makes them live.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use warroom::brain::{At, Brain, Claimed, Commit, Committed, Error, Lease, Loaded, Rows};
use warroom::domain::alert::{Alert, Labels, fingerprint};
use warroom::domain::ids::{CaseId, EffectId, Fingerprint, GroupKey, Number};
use warroom::domain::incident::{
    Effect, Event, Incident, Policy, PostKey, RuleRef, RunMode, Stored, Target, Timing,
};
use warroom::domain::room::Post;

static SERIAL: AtomicU64 = AtomicU64::new(1);

/// A number that no other caller in this process gets.
pub(crate) fn serial() -> u64 {
    SERIAL.fetch_add(1, Ordering::Relaxed)
}

/// A time, in seconds after a fixed moment.
pub(crate) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap() + TimeDelta::seconds(seconds)
}

pub(crate) fn lease(seconds: i64) -> Lease {
    Lease { holder: "me".into(), until: at(seconds) }
}

pub(crate) fn labels(pairs: &[(&str, &str)]) -> Labels {
    pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
}

pub(crate) fn alert(name: &str) -> Arc<Alert> {
    Arc::new(Alert {
        labels: labels(&[("alertname", name), ("service", "cms")]),
        annotations: labels(&[("summary", "a sentence about it, with \u{fc}nicode")]),
        starts_at: at(-60),
        is_start_unnamed: false,
        generator_url: "http://prometheus/graph?g0.expr=up".into(),
        source: "prometheus".into(),
    })
}

pub(crate) fn fired(name: &str) -> Event {
    let alert = alert(name);
    let fingerprint = fingerprint(&alert.labels);
    Event::AlertFired { fingerprint, alert, expires_at: Some(at(300)) }
}

pub(crate) fn ended(name: &str) -> Event {
    let fingerprint = print_of(name);
    Event::AlertResolved { fingerprint, starts_at: at(0), ended_at: at(9), alert: None }
}

pub(crate) fn print_of(name: &str) -> Fingerprint {
    fingerprint(&alert(name).labels)
}

pub(crate) fn policy() -> Arc<Policy> {
    Arc::new(Policy {
        rule: RuleRef { name: "cms-latency".into(), file: "rules/cms.toml".into(), line: 3 },
        also: Vec::new(),
        title: "cms is slow in prod".into(),
        severity: "sev2".into(),
        labels: labels(&[("service", "cms")]),
        room: None,
        ticket: None,
        graphs: vec!["latency cms 1h".into()],
        page: Some("cms".into()),
        escalation: None,
        notify: Vec::new(),
        run: None,
        timing: Timing::default(),
        files: Default::default(),
    })
}

pub(crate) fn opened(number: u64) -> Event {
    Event::IncidentOpened { number: Number(number), policy: policy(), parent: None }
}

/// Class A.
pub(crate) fn post(text: &str) -> Effect {
    Effect::Post { to: Target::Named("#ops".into()), key: PostKey::Line, post: Post::text(text) }
}

/// Class B.
pub(crate) fn open_room() -> Effect {
    let (name, topic) = ("inc-1-cms".into(), "cms is slow".into());
    Effect::OpenRoom { number: Number(1), name, topic, invite: vec!["oncall:cms".into()] }
}

/// Class C.
pub(crate) fn run() -> Effect {
    let labels = labels(&[("service", "cms")]);
    let (runbook, mode) = ("restart-service".into(), RunMode::Auto);
    Effect::StartRun { number: Number(1), runbook, mode, labels, critical: false }
}

/// A case, and what it should look like in the brain.
#[derive(Debug, Clone)]
pub(crate) struct Story {
    pub case: CaseId,
    pub state: Incident,
    pub events: Vec<Stored>,
    pub now: DateTime<Utc>,
}

impl Story {
    /// A case of this group that nothing knows yet.
    pub(crate) fn of(brain: &dyn Brain, group: &str) -> Self {
        let group = GroupKey(group.into());
        let case = CaseId { shard: group.shard(brain.shards()), serial: serial() };
        let now = at(0);
        Self { case, state: Incident::begin(group, now), events: Vec::new(), now }
    }

    /// A case that is in the brain, with one alert.
    pub(crate) async fn begun(brain: &dyn Brain, group: &str) -> Self {
        let mut story = Self::of(brain, group);
        let commit = story.begin(vec![fired("first")]);
        one(brain, commit).await.unwrap();
        story
    }

    pub(crate) fn group(&self) -> GroupKey {
        self.state.head.group.clone()
    }

    /// The first commit.
    pub(crate) fn begin(&mut self, mut events: Vec<Event>) -> Commit {
        events.insert(0, Event::CaseBegan { group: self.group() });
        self.next(events)
    }

    /// The next commit, and the state that it should lead to.
    pub(crate) fn next(&mut self, events: Vec<Event>) -> Commit {
        let expected = self.state.head.version;
        let before = self.state.members.clone();
        let stored: Vec<Stored> = (expected + 1..)
            .zip(events)
            .map(|(number, event)| Stored { number, at: self.now, event })
            .collect();
        for event in &stored {
            self.state.evolve(event);
        }
        let changed = self.state.members.iter().filter(|(key, new)| before.get(key) != Some(new));
        let members = changed.map(|(key, new)| (*key, new.clone())).collect();
        self.events.extend(stored.iter().cloned());
        Commit {
            command: u128::from(serial()) << 64 | 0x5eed,
            case: self.case,
            expected,
            replaces: None,
            is_current: false,
            head: Arc::new(self.state.head.clone()),
            members,
            events: stored,
            effects: Vec::new(),
            timers: Vec::new(),
            settles: None,
            index: Vec::new(),
            forget: false,
            now: self.now,
            lease: None,
        }
    }

    /// A commit that orders effects, under one event.
    pub(crate) fn order(&mut self, effects: Vec<Effect>) -> Commit {
        let mut commit = self.next(vec![note("something is ordered")]);
        let (case, event) = (self.case, commit.expected + 1);
        commit.effects = (0..)
            .zip(effects)
            .map(|(index, effect)| (EffectId { case, event, index }, effect))
            .collect();
        commit
    }

    /// What the brain should answer to a question for the whole case.
    pub(crate) fn loaded(&self) -> Loaded {
        Loaded { case: self.case, incident: self.state.clone() }
    }
}

pub(crate) fn note(text: &str) -> Event {
    Event::NoteAdded { by: "ana".into(), text: text.into() }
}

/// Writes one commit.
pub(crate) async fn one(brain: &dyn Brain, commit: Commit) -> Result<Committed, Error> {
    let mut answers = brain.commit(vec![commit]).await;
    assert_eq!(answers.len(), 1);
    answers.remove(0)
}

/// Loads one case with all its members.
pub(crate) async fn whole(brain: &dyn Brain, at: At) -> Option<Loaded> {
    let mut answers = brain.load(vec![(at, Rows::All)]).await.unwrap();
    assert_eq!(answers.len(), 1);
    answers.remove(0)
}

/// Claims up to a hundred rows.
pub(crate) async fn claim(brain: &dyn Brain, now: i64, until: i64) -> Vec<Claimed> {
    brain.claim(at(now), 100, lease(until)).await.unwrap()
}

/// The texts of claimed posts.
pub(crate) fn texts(claimed: &[Claimed]) -> Vec<String> {
    let text = |claimed: &Claimed| match &claimed.item {
        warroom::brain::Item::Effect { effect: Effect::Post { post, .. } } => post.text.clone(),
        other => format!("{other:?}"),
    };
    claimed.iter().map(text).collect()
}
