//! An alert, and what a source may report about one.
//!
//! It refuses to interpret labels: they are data. What an alert means is the rules' business.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::ids::{Fingerprint, Fnv};

/// Label or annotation names with their values, in the order of the names.
pub type Labels = BTreeMap<CompactString, CompactString>;

/// Ends each name and value in the hash, as in Prometheus' `model.SeparatorByte`.
const SEPARATOR: &[u8] = &[0xff];

/// The fingerprint of a label set, as Prometheus' `model.LabelSet.Fingerprint` computes it.
#[must_use]
pub fn fingerprint(labels: &Labels) -> Fingerprint {
    let hash = labels.iter().fold(Fnv::default(), |hash, (name, value)| {
        hash.with(name.as_bytes()).with(SEPARATOR).with(value.as_bytes()).with(SEPARATOR)
    });
    Fingerprint(hash.finish())
}

/// One condition that a source watches, identified by its labels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// What it is about. The replica labels are already gone.
    pub labels: Labels,
    /// What people should read; no part of the identity.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub annotations: Labels,
    /// When the source says that it began; the time of receipt where the source does not say.
    pub starts_at: DateTime<Utc>,
    /// The source did not say when it began: the time above is that of the report.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_start_unnamed: bool,
    /// Where the source shows it. Never fetched.
    #[serde(default, skip_serializing_if = "CompactString::is_empty")]
    pub generator_url: CompactString,
    /// The name of the source that reported it last, as in the configuration.
    pub source: CompactString,
}

impl Alert {
    /// The identity of this alert.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        fingerprint(&self.labels)
    }

    /// The value of a label; empty where there is none, as in Prometheus.
    #[must_use]
    pub fn label(&self, name: &str) -> &str {
        self.labels.get(name).map_or("", CompactString::as_str)
    }

    /// What tells two versions of the same alert apart: annotations and link.
    #[must_use]
    pub fn content_hash(&self) -> u64 {
        let hash = self.annotations.iter().fold(Fnv::default(), |hash, (name, value)| {
            hash.with(name.as_bytes()).with(SEPARATOR).with(value.as_bytes()).with(SEPARATOR)
        });
        hash.with(self.generator_url.as_bytes()).finish()
    }
}

/// What a source says about an alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum What {
    /// It is firing; without a new report by `expires_at` it goes stale, soon after.
    Firing {
        /// Until when the source vouches for it. `None`: the source reports every end.
        expires_at: Option<DateTime<Utc>>,
    },
    /// It ended.
    Resolved {
        /// When, as the source says.
        ended_at: DateTime<Utc>,
    },
    /// Somebody acknowledged it in the source.
    Acknowledged {
        /// Who, as the source names them. Untrusted.
        by: CompactString,
        /// What they wrote.
        comment: CompactString,
    },
    /// It fires, and is in a downtime of the source: it is held until the downtime ends.
    DowntimeStarted,
    /// The downtime ended or was cancelled.
    DowntimeEnded,
    /// It fires, and the source's own flap detection holds it.
    FlappingStarted,
    /// The source's own flap detection let the alert go.
    FlappingStopped,
    /// A person sent a remark through the source.
    Noted {
        /// Who, as the source names them. Untrusted.
        by: CompactString,
        /// What they wrote.
        text: CompactString,
    },
}

/// One report of a source about one alert: what every ingest adapter produces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The alert as the source describes it now.
    pub alert: Arc<Alert>,
    /// What happened to it.
    #[serde(flatten)]
    pub what: What,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
    }

    /// The values are from Alertmanager 0.25's own webhook bodies in `tests/payloads`.
    #[test]
    fn the_fingerprint_is_alertmanagers() {
        assert_eq!(fingerprint(&Labels::new()).to_string(), "cbf29ce484222325");
        let body =
            include_str!("../../tests/payloads/alertmanager-0.25.0-webhook-firing-single.json");
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        let alert = &body["alerts"][0];
        let pairs: Vec<(&str, &str)> = alert["labels"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
            .collect();
        assert_eq!(
            fingerprint(&labels(&pairs)).to_string(),
            alert["fingerprint"].as_str().unwrap()
        );
    }

    #[test]
    fn a_border_between_name_and_value_counts() {
        assert_ne!(fingerprint(&labels(&[("ab", "c")])), fingerprint(&labels(&[("a", "bc")])));
    }
}
