//! Who may report alerts.
//!
//! A source is found by the kind in the path, and by its name where there are several of a kind.

use chrono::{DateTime, Utc};
use compact_str::CompactString;

use crate::adapters::ingest::{self, Kind, auth::Auth};

/// One program that reports alerts.
#[derive(Debug, Clone)]
pub struct Source {
    /// What it sends.
    pub kind: Kind,
    /// How it proves who it is; the secrets are read.
    pub auth: Auth,
    /// How its alerts are read; `now` is replaced by each time of receipt.
    pub options: ingest::Options,
}

impl Source {
    /// A source without authentication, named like its kind: for this machine only.
    #[must_use]
    pub fn local(kind: Kind) -> Self {
        let options = ingest::Options::new(word(&kind), DateTime::UNIX_EPOCH);
        Self { kind, auth: Auth::None, options }
    }

    /// Its name, as in the configuration and in the path.
    #[must_use]
    pub fn name(&self) -> &CompactString {
        &self.options.source
    }

    pub(super) fn options_at(&self, now: DateTime<Utc>) -> ingest::Options {
        ingest::Options { now, ..self.options.clone() }
    }
}

/// One beat that is expected, and who may send it.
#[derive(Debug, Clone)]
pub struct Beat {
    /// The name in the path.
    pub name: CompactString,
    /// How the sender proves who it is.
    pub auth: Auth,
}

/// Everything that may post to this server.
#[derive(Debug, Clone)]
pub struct Sources {
    /// The sources of alerts.
    pub alerts: Vec<Source>,
    /// The heartbeats.
    pub beats: Vec<Beat>,
}

/// What works with no configuration at all, for this machine only.
impl Default for Sources {
    fn default() -> Self {
        let kinds = [
            Kind::Prometheus(ingest::prometheus::Config::default()),
            Kind::Alertmanager(ingest::alertmanager::Config::default()),
            Kind::Grafana(ingest::grafana::Config::default()),
            Kind::Nagios(ingest::nagios::Config::default()),
        ];
        Self { alerts: kinds.map(Source::local).into(), beats: Vec::new() }
    }
}

impl Sources {
    /// The source that a path means: the named one, or the first of its kind.
    pub(super) fn find(&self, kind: &str, name: Option<&str>) -> Option<&Source> {
        self.alerts
            .iter()
            .filter(|source| word(&source.kind) == kind)
            .find(|source| name.is_none_or(|name| source.name() == name))
    }

    /// The heartbeat of this name.
    pub(super) fn beat(&self, name: &str) -> Option<&Beat> {
        self.beats.iter().find(|beat| beat.name == name)
    }
}

/// The word for a kind in paths.
fn word(kind: &Kind) -> &'static str {
    match kind {
        Kind::Prometheus(_) => "prometheus",
        Kind::Alertmanager(_) => "alertmanager",
        Kind::Grafana(_) => "grafana",
        Kind::Nagios(_) => "nagios",
        Kind::Json(_) => "json",
    }
}
