//! What a story's configuration says.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use compact_str::CompactString;
use serde_json::json;
use warroom::adapters::ingest::auth::{Auth, Held};
use warroom::adapters::ingest::{Kind, alertmanager, grafana, nagios, prometheus};
use warroom::adapters::ingest::{heartbeat, json as any_json};
use warroom::domain::access::Directory;
use warroom::domain::incident::Settings;
use warroom::domain::secret::Secret;
use warroom::engine::{Book, Engine, Options, Parts, Storm};
use warroom::server::{self, Beat, Source, Sources};
use warroom::wiring;

use super::clock::Manual;
use super::line::Line;
use super::town::Town;

/// What everybody in a story knows.
pub(super) const TOKEN: &str = "story";

/// What the configuration says; a story changes what it is about.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    /// The one rule file, `rules/story.toml`.
    pub(crate) rules: String,
    /// So many openings in ten minutes are still no storm.
    pub(crate) storm: u32,
    /// So many openings of all rules together, and in which time.
    pub(crate) openings: Option<(u32, TimeDelta)>,
    /// Heartbeats: how often each must come.
    pub(crate) beats: Vec<(&'static str, TimeDelta)>,
    /// Paths for the source `json`.
    pub(crate) json: Option<any_json::Config>,
    /// The people, and how they are woken.
    pub(crate) directory: Directory,
}

impl Setup {
    /// These rules, and nothing that holds anything back.
    pub(crate) fn new(rules: &str) -> Self {
        Self {
            rules: rules.to_owned(),
            storm: 1000,
            openings: None,
            beats: Vec::new(),
            json: None,
            directory: Directory::default(),
        }
    }

    pub(super) fn engine(
        &self,
        line: Arc<Line>,
        town: Arc<Town>,
        clock: Arc<Manual>,
    ) -> Arc<Engine> {
        let engine = Engine::new(Parts {
            brain: line,
            outside: town,
            clock,
            journal: None,
            notes: Default::default(),
            book: book(&self.rules),
            options: self.options(),
        });
        engine.admit(self.directory.clone());
        engine
    }

    fn options(&self) -> Options {
        let beat = |(name, every): &(&'static str, TimeDelta)| {
            let name = CompactString::from(*name);
            let (every, labels) = (*every, BTreeMap::new());
            let severity = "critical".into();
            (name.clone(), heartbeat::Config { name, every, grace: None, labels, severity })
        };
        Options {
            holder: "story".into(),
            is_shared: false,
            is_fast: false,
            settings: Settings::default(),
            heartbeats: self.beats.iter().map(beat).collect(),
            storm: Storm {
                incidents: self.storm,
                window: TimeDelta::minutes(10),
                calm: TimeDelta::minutes(10),
                policy: serde_json::from_value(umbrella()).unwrap(),
            },
            openings: self.openings,
            lease: Duration::from_secs(3),
            poll: Duration::from_secs(30),
        }
    }

    pub(super) fn server(&self) -> server::Options {
        let auth = || Auth::Bearer(vec![Held::Value(Secret::new(TOKEN))]);
        let mut kinds = vec![
            Kind::Prometheus(prometheus::Config::default()),
            Kind::Alertmanager(alertmanager::Config::default()),
            Kind::Grafana(grafana::Config::default()),
            Kind::Nagios(nagios::Config::default()),
        ];
        kinds.extend(self.json.clone().map(Kind::Json));
        let alerts = kinds.into_iter().map(|kind| Source { auth: auth(), ..Source::local(kind) });
        let beats = self.beats.iter().map(|(name, _)| Beat { name: (*name).into(), auth: auth() });
        let sources = Sources { alerts: alerts.collect(), beats: beats.collect() };
        server::Options { sources, token: Some(Secret::new(TOKEN)), ..server::Options::default() }
    }
}

/// What these rules say.
pub(super) fn book(rules: &str) -> Book {
    let texts = [("rules/story.toml".to_owned(), rules.to_owned())];
    wiring::read_book(&texts).unwrap_or_else(|faults| panic!("{faults}")).0
}

fn umbrella() -> serde_json::Value {
    json!({
        "rule": { "name": "storm", "file": "config", "line": 0 },
        "title": "Storm: many incidents at once", "severity": "sev1", "labels": {},
        "room": { "name": "storm-{{ number }}" }, "ticket": null, "page": "storm", "run": null,
        "timing": { "reopen_within": "30m", "close_after": "0s", "escalate_after": "5m", "escalate_steps": 2 },
    })
}
