//! How long a replay of a million reports takes.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use warroom::config::Config;
use warroom::domain::alert::{Alert, Labels, Report, What};
use warroom::domain::noise::inhibition::Inhibitions;
use warroom::domain::rules::Ruleset;
use warroom::domain::runbook;
use warroom::engine::Book;
use warroom::engine::rehearsal::Cast;
use warroom::engine::replay::{Play, Recording, Span, compare};
use warroom::wiring;

use super::table::{self, row, short};

const REPORTS: i64 = 1_000_000;
/// Alerts that come and go: a mid-sized company's.
const ALERTS: i64 = 5_000;
const WEEK: i64 = 7 * 24 * 3600;

const RULES: &str = r#"
[[rule]]
name = "service"
match = 'severity="critical"'
group_by = ["service"]
title = "{{ labels.service }} is broken"
page = "oncall"
room = { name = "inc-{{ number }}" }
"#;

pub(crate) fn run() {
    let mut rows = vec![row(["what is reported", "kept", "s to read", "s one set", "s two sets"])];
    for (name, repeats) in
        [("each alert again every minute, 30 times", 30), ("only beginnings and ends", 1)]
    {
        let begin = Instant::now();
        let recording = Arc::new(recording(repeats));
        let reading = begin.elapsed().as_secs_f64();
        let kept = recording.kept().to_string();
        let one = seconds(&recording, false);
        let two = seconds(&recording, true);
        rows.push(row([name, &kept, &short(reading), &short(one), &short(two)]));
    }
    table::print("replay: a million reports over a week, 5,000 alerts, 50 services", &rows);
}

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_571_200, 0).unwrap()
}

fn seconds(recording: &Arc<Recording>, are_two: bool) -> f64 {
    let span = Span { from: start(), until: start() + TimeDelta::seconds(WEEK) };
    let play = Play {
        recording: recording.clone(),
        span,
        zone: chrono_tz::Tz::UTC,
        source: "the bench".to_owned(),
    };
    let begin = Instant::now();
    let compared = compare(&play, are_two.then(cast), cast()).unwrap();
    assert!(compared.after.incidents > 0);
    begin.elapsed().as_secs_f64()
}

fn cast() -> Cast {
    let (config, _) = Config::load(None, [], &[]).unwrap();
    let (rules, plans, faults) = Ruleset::read(&[("rules/a.toml".to_owned(), RULES.to_owned())]);
    assert!(!faults.has_errors());
    let inhibitions = Inhibitions::new(rules.inhibitions().to_vec());
    let book = Book { rules, inhibitions, plans: Arc::new(plans) };
    let runbooks = Arc::new(runbook::Book::default());
    wiring::cast(&config, Arc::new(book), runbooks, &BTreeSet::new())
}

/// Each firing is reported so many times, a minute apart, and then its end.
fn recording(repeats: i64) -> Recording {
    let mut recording = Recording::default();
    let firings = REPORTS / (repeats + 1);
    let mut moments = Vec::new();
    for firing in 0..firings {
        let begin = start() + TimeDelta::milliseconds(firing * (WEEK - 7200) * 1000 / firings);
        for minute in 0..=repeats {
            moments.push((begin + TimeDelta::minutes(minute), begin, firing, minute == repeats));
        }
    }
    moments.sort_unstable();
    for (at, begin, firing, is_end) in moments {
        let what = if is_end {
            What::Resolved { ended_at: at }
        } else {
            What::Firing { expires_at: Some(at + TimeDelta::minutes(4)) }
        };
        let report = Report { alert: Arc::new(alert(firing % ALERTS, begin)), what };
        recording.push(at, &"bench".into(), vec![report]).unwrap();
    }
    recording
}

fn alert(number: i64, starts_at: DateTime<Utc>) -> Alert {
    let labels: Labels = [
        ("alertname", "HighLatency".to_owned()),
        ("instance", format!("web-{number}")),
        ("service", format!("service-{}", number % 50)),
        ("severity", "critical".to_owned()),
    ]
    .into_iter()
    .map(|(name, value)| (name.into(), value.into()))
    .collect();
    Alert {
        labels,
        annotations: Labels::new(),
        starts_at,
        is_start_unnamed: false,
        generator_url: "".into(),
        source: "bench".into(),
    }
}
