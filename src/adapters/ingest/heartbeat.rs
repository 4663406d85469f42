//! A beat that must come, and the alert when it stays away.
//!
//! Nothing is parsed: any authenticated request to `/hooks/heartbeat/{name}` is a beat. It refuses
//! to watch the clock: the engine asks when the time has come.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use compact_str::CompactString;
use serde::Deserialize;

use crate::domain::alert::{Alert, Labels, Report, What};
use crate::domain::duration;

/// One expected heartbeat.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The name in the path, and the label `heartbeat` of the alert.
    pub name: CompactString,
    /// How often the beat must come.
    #[serde(deserialize_with = "duration::text::deserialize")]
    pub every: TimeDelta,
    /// How late it may be. Default: as long as `every`.
    #[serde(default, deserialize_with = "optional")]
    pub grace: Option<TimeDelta>,
    /// Labels of the alert, beside `alertname`, `heartbeat` and `severity`.
    #[serde(default)]
    pub labels: Labels,
    /// The label `severity` of the alert.
    #[serde(default = "critical")]
    pub severity: CompactString,
}

fn critical() -> CompactString {
    CompactString::const_new("critical")
}

fn optional<'de, D: serde::Deserializer<'de>>(parser: D) -> Result<Option<TimeDelta>, D::Error> {
    duration::text::deserialize(parser).map(Some)
}

/// When a beat that came last at `last_beat` is missing.
#[must_use]
pub fn due(config: &Config, last_beat: DateTime<Utc>) -> DateTime<Utc> {
    last_beat + config.every + config.grace.unwrap_or(config.every)
}

/// The alert that says that the beat stays away. It began when the beat was due, so that saying it
/// again changes nothing.
#[must_use]
pub fn missing_alert(config: &Config, last_beat: DateTime<Utc>, now: DateTime<Utc>) -> Report {
    let silent = duration::format(TimeDelta::seconds((now - last_beat).num_seconds()));
    let every = duration::format(config.every);
    let mut alert = alert(config, due(config, last_beat));
    let text = format!("no heartbeat of {} for {silent}; it comes every {every}", config.name);
    alert.annotations.insert("summary".into(), text.into());
    Report { alert: Arc::new(alert), what: What::Firing { expires_at: None } }
}

/// The report that the beat is back.
#[must_use]
pub fn beat_resolves(config: &Config, now: DateTime<Utc>) -> Report {
    Report { alert: Arc::new(alert(config, now)), what: What::Resolved { ended_at: now } }
}

fn alert(config: &Config, starts_at: DateTime<Utc>) -> Alert {
    let mut labels = config.labels.clone();
    labels.insert("alertname".into(), "HeartbeatMissing".into());
    labels.insert("heartbeat".into(), config.name.clone());
    labels.insert("severity".into(), config.severity.clone());
    Alert {
        labels,
        annotations: Labels::new(),
        starts_at,
        is_start_unnamed: false,
        generator_url: CompactString::default(),
        source: CompactString::const_new("heartbeat"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_beat_fires_and_the_next_one_resolves_it() {
        let config: Config =
            toml::from_str("name = 'backup'\nevery = '1d'\ngrace = '2h'\nlabels = {team = 'db'}")
                .unwrap();
        let last = DateTime::from_timestamp(1_795_241_541, 0).unwrap();
        let now = last + TimeDelta::hours(27);
        let missing = missing_alert(&config, last, now);
        assert_eq!(due(&config, last), last + TimeDelta::hours(26));
        assert_eq!(missing.alert.starts_at, due(&config, last));
        assert_eq!(missing.alert.label("team"), "db");
        assert_eq!(
            missing.alert.annotations["summary"],
            "no heartbeat of backup for 1d3h; it comes every 1d"
        );
        let back = beat_resolves(&config, now);
        assert_eq!(back.alert.fingerprint(), missing.alert.fingerprint());
        assert!(back.alert.starts_at >= missing.alert.starts_at);
        assert_eq!(back.what, What::Resolved { ended_at: now });
    }
}
