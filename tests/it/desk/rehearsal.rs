//! A rehearsal is the real engine, hours pass in no time, and the same input gives the same record.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use warroom::brain::memory::Memory;
use warroom::domain::access::Directory;
use warroom::domain::alert::{Alert, Labels, Report, What};
use warroom::domain::ids::Number;
use warroom::domain::incident::{Policy, RuleRef, Settings, Timing};
use warroom::domain::noise::inhibition::Inhibitions;
use warroom::domain::rules::Ruleset;
use warroom::domain::runbook;
use warroom::engine::rehearsal::{Answer, Cast, Door, Happening, Rehearsal, Seen, Why};
use warroom::engine::{Book, Options, Storm};

const RULES: &str = r##"
[[rule]]
name = "slow"
match = 'alertname="Slow"'
group_by = ["service"]
room = { name = "inc-{{ number }}-{{ labels.service }}" }
page = "cms"
run = { runbook = "restart", mode = "approve" }
escalate_after = "5m"
throttle = { rooms = "2 per 1h" }

[[policy]]
name = "cms"
[[policy.step]]
page = ["#ops"]
after = "5m"
"##;

const RUNBOOK: &str = r#"
name    = "restart"
summary = "Restart it"
target  = "service/{{ service }}"
params.service = { from = "labels.service", pattern = "[a-z]+" }
approve = { by = ["team:web"], expires = "15m" }
undo = "irreversible"
[[step]]
name = "restart"
exec = ["true", "{{ service }}"]
[[step]]
name  = "healthy"
check = { query = 'up{service="{{ service }}"}', is = "> 0.5", for = "1m", within = "5m" }
"#;

fn noon() -> DateTime<Utc> {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

fn at(minutes: i64) -> DateTime<Utc> {
    noon() + TimeDelta::minutes(minutes)
}

fn cast() -> Cast {
    let (rules, plans, wrong) = Ruleset::read(&[("rules/a.toml".to_owned(), RULES.to_owned())]);
    assert!(!wrong.has_errors(), "{wrong}");
    let kinds = warroom::adapters::actions::KINDS;
    let texts = [("runbooks/a.toml".to_owned(), RUNBOOK.to_owned())];
    let (runbooks, wrong) = runbook::Book::parse(&texts, kinds);
    assert!(!wrong.has_errors(), "{wrong}");
    let inhibitions = Inhibitions::new(rules.inhibitions().to_vec());
    let book = Arc::new(Book { rules, inhibitions, plans: Arc::new(plans) });
    let brain = |witness| Arc::new(Memory::watched_by(witness)) as Arc<_>;
    let (runbooks, directory) = (Arc::new(runbooks), Directory::default());
    Cast { book, runbooks, directory, brain, options: options() }
}

fn options() -> Options {
    let policy = Policy {
        rule: RuleRef { name: "storm".into(), file: "config".into(), line: 0 },
        also: Vec::new(),
        title: "a storm".to_owned(),
        severity: "sev1".into(),
        labels: Labels::new(),
        room: None,
        ticket: None,
        graphs: Vec::new(),
        page: None,
        escalation: None,
        notify: Vec::new(),
        run: None,
        timing: Timing::default(),
        files: Default::default(),
    };
    let (window, calm) = (TimeDelta::minutes(1), TimeDelta::minutes(10));
    Options {
        holder: "test".into(),
        is_shared: false,
        is_fast: false,
        settings: Settings::default(),
        heartbeats: Default::default(),
        storm: Storm { incidents: 20, window, calm, policy },
        openings: None,
        lease: std::time::Duration::from_secs(3),
        poll: std::time::Duration::from_secs(1),
    }
}

fn report(service: &str, fires: bool, now: DateTime<Utc>) -> Report {
    let labels = [("alertname".into(), "Slow".into()), ("service".into(), service.into())];
    let alert = Alert {
        labels: Labels::from(labels),
        annotations: Labels::new(),
        starts_at: now,
        is_start_unnamed: false,
        generator_url: Default::default(),
        source: "rehearsal".into(),
    };
    let what =
        if fires { What::Firing { expires_at: None } } else { What::Resolved { ended_at: now } };
    Report { alert: Arc::new(alert), what }
}

fn told(seen: &[Seen]) -> Vec<String> {
    let tell = |seen: &Seen| {
        let after = (seen.at - noon()).num_seconds();
        let what = match &seen.what {
            Happening::Opened { title, .. } => format!("opened {title}"),
            Happening::Room { name, .. } => format!("room {name}"),
            Happening::Page { policy, step, .. } => format!("page {policy} {step}"),
            Happening::Post { room, is_edit: false, text } => {
                format!("{room}: {}", text.lines().next().unwrap_or_default())
            }
            Happening::Asked { runbook, .. } => format!("asked {runbook}"),
            Happening::Ended { runbook, how, .. } => format!("{runbook} {}", how.word()),
            Happening::Step { name, .. } => format!("step {name}"),
            Happening::Said { answer, .. } => format!("said {answer}"),
            Happening::Resolved { .. } => "resolved".to_owned(),
            Happening::Closed { .. } => "closed".to_owned(),
            Happening::Held { why, .. } => format!("held {why:?}"),
            Happening::Failed { effect, why } => format!("failed {effect}: {why}"),
            _ => return None,
        };
        Some(format!("{after} {what}"))
    };
    seen.iter().filter_map(tell).collect()
}

/// The minute and what happened, without what is said.
const NIGHT: &[&str] = &[
    "0 opened Slow",
    "0 ops: #1 Slow (sev3), since 2026-03-02 12:00 UTC. Acknowledge to stop further pages.",
    "0 room inc-1-cms",
    "0 asked restart",
    "120 said Run 1 is approved and begins.",
    "120 step restart",
    "180 restart succeeded",
    "300 ops: #1 Slow (sev3), since 2026-03-02 12:00 UTC. Acknowledge to stop further pages.",
    "600 1: Everybody was paged for #1 and nobody has answered. Type: ack",
    "600 ops: Everybody was paged for #1 and nobody has answered. Type: ack",
    "3600 resolved",
    "3600 closed",
    "3600 1: #1 is resolved: all alerts have cleared. Slow.",
];

fn night() -> Vec<Seen> {
    let rehearsal = Rehearsal::new(cast(), noon()).unwrap();
    rehearsal.deliver(at(0), vec![report("cms", true, at(0))]).unwrap();
    rehearsal.advance_to(at(2)).unwrap();
    rehearsal.say(at(2), ("ana", Some(Number(1))), "approve 1").unwrap();
    rehearsal.deliver(at(60), vec![report("cms", false, at(60))]).unwrap();
    rehearsal.advance_to(at(24 * 60)).unwrap();
    rehearsal.record()
}

#[test]
fn a_night_passes_twice_alike() {
    let (first, second) = (night(), night());
    assert_eq!(first, second);
    assert_eq!(told(&first), NIGHT);
}

#[test]
fn what_outside_systems_answer_is_met_as_it_would_be() {
    let rehearsal = Rehearsal::new(cast(), noon()).unwrap();
    rehearsal.outside(at(0), Door::Rooms, Answer::Refuses).unwrap();
    rehearsal.outside(at(0), Door::Checks, Answer::Fails).unwrap();
    rehearsal.deliver(at(0), vec![report("cms", true, at(0))]).unwrap();
    rehearsal.say(at(2), ("ana", Some(Number(1))), "approve 1").unwrap();
    rehearsal.advance_to(at(30)).unwrap();
    let told = told(&rehearsal.record());
    assert!(told.contains(&"0 failed open_room: the rehearsal says so".to_owned()), "{told:#?}");
    assert!(told.contains(&"430 restart failed".to_owned()), "{told:#?}");
}

#[test]
fn what_a_throttle_holds_back_is_seen() {
    let rehearsal = Rehearsal::new(cast(), noon()).unwrap();
    let all = ["a", "b", "c"].map(|service| report(service, true, at(0)));
    rehearsal.deliver(at(0), all.to_vec()).unwrap();
    rehearsal.advance_to(at(1)).unwrap();
    let held = rehearsal.record().into_iter().filter(|seen| {
        matches!(&seen.what, Happening::Held { why: Why::Throttle { limit, .. }, .. }
            if limit == "rooms/rule/slow")
    });
    assert_eq!(held.count(), 1);
}
