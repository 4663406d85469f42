//! Alerts as Alertmanager's API v2 writes them,
//! <https://github.com/prometheus/alertmanager/blob/v0.25.0/api/v2/openapi.yaml>.

use chrono::{DateTime, Utc};
use compact_str::CompactString;
use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use crate::domain::alert::Labels;
use crate::domain::ids::Fingerprint;
use crate::domain::incident::{HeldBy, MemberStatus};
use crate::engine::views::AlertView;

/// The receiver of alerts that belong to no rule: every alert must have one.
pub(super) const UNROUTED: &str = "unrouted";

/// One alert. The order of the fields is Alertmanager's.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "GettableAlert")]
pub(in crate::server) struct Gettable<'a> {
    /// What people should read.
    #[schemars(with = "std::collections::BTreeMap<String, String>")]
    pub(super) annotations: &'a Labels,
    /// When it goes stale without a new report; the zero time where it never does.
    #[serde(serialize_with = "end")]
    pub(super) ends_at: Option<DateTime<Utc>>,
    /// Its identity.
    #[schemars(with = "String")]
    pub(super) fingerprint: Fingerprint,
    /// The rule that owns it.
    pub(super) receivers: [Receiver<'a>; 1],
    /// When the source says that it began.
    #[serde(serialize_with = "millis")]
    pub(super) starts_at: DateTime<Utc>,
    /// Whether anything holds it.
    pub(super) status: Status<'a>,
    /// When it was last written.
    #[serde(serialize_with = "millis")]
    pub(super) updated_at: DateTime<Utc>,
    /// Where the source shows it.
    #[serde(rename = "generatorURL", skip_serializing_if = "str::is_empty")]
    pub(super) generator_url: &'a str,
    /// What it is about.
    #[schemars(with = "std::collections::BTreeMap<String, String>")]
    pub(super) labels: &'a Labels,
}

/// Who hears of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub(in crate::server) struct Receiver<'a> {
    /// The name.
    pub(super) name: &'a str,
}

/// Whether anything holds an alert.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "AlertStatus")]
pub(in crate::server) struct Status<'a> {
    /// Fingerprints of alerts that make it redundant.
    #[schemars(with = "Vec<String>")]
    pub(super) inhibited_by: Vec<Fingerprint>,
    /// Ids of silences.
    pub(super) silenced_by: Vec<&'a str>,
    /// `active` or `suppressed`.
    pub(super) state: &'static str,
}

impl Status<'_> {
    pub(super) fn is_active(&self) -> bool {
        self.state == "active"
    }
}

/// An alert as it is shown; none for one that is over: Alertmanager forgets those.
pub(super) fn alert(view: &AlertView) -> Option<Gettable<'_>> {
    let status = match &view.status {
        MemberStatus::Resolved | MemberStatus::Stale => return None,
        MemberStatus::Firing => status("active"),
        MemberStatus::Held(by) => held(by),
    };
    Some(Gettable {
        annotations: &view.alert.annotations,
        ends_at: view.ends_at,
        fingerprint: view.fingerprint,
        receivers: [receiver(view)],
        starts_at: view.starts_at,
        status,
        updated_at: view.updated_at,
        generator_url: &view.alert.generator_url,
        labels: &view.alert.labels,
    })
}

/// Who hears of it.
pub(super) fn receiver(view: &AlertView) -> Receiver<'_> {
    Receiver { name: view.rule.as_deref().unwrap_or(UNROUTED) }
}

/// Whether something silences it: a silence here, or a downtime in its source.
pub(super) fn is_silenced(view: &AlertView) -> bool {
    matches!(
        view.status,
        MemberStatus::Held(HeldBy::Silence { .. } | HeldBy::Downtime | HeldBy::SourceFlapping)
    )
}

fn status(state: &'static str) -> Status<'static> {
    Status { inhibited_by: Vec::new(), silenced_by: Vec::new(), state }
}

fn held(by: &HeldBy) -> Status<'_> {
    match by {
        // Nothing suppresses it: what no rule wants is a receiver's matter there.
        HeldBy::NoRule => status("active"),
        HeldBy::Silence { id, .. } => Status { silenced_by: vec![id], ..status("suppressed") },
        HeldBy::Inhibition { source, .. } => {
            Status { inhibited_by: vec![*source], ..status("suppressed") }
        }
        HeldBy::Downtime | HeldBy::SourceFlapping => status("suppressed"),
    }
}

/// Times as Go's `strfmt.DateTime` writes them.
pub(super) fn millis<S: Serializer>(at: &DateTime<Utc>, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&at.format("%Y-%m-%dT%H:%M:%S%.3fZ"))
}

fn end<S: Serializer>(at: &Option<DateTime<Utc>>, to: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => millis(at, to),
        None => to.serialize_str("0001-01-01T00:00:00.000Z"),
    }
}

/// One group of alerts.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AlertGroup")]
pub(in crate::server) struct Group<'a> {
    /// Its alerts.
    pub(super) alerts: Vec<Gettable<'a>>,
    /// What they were grouped by.
    #[schemars(with = "std::collections::BTreeMap<String, String>")]
    pub(super) labels: Labels,
    /// Who hears of them.
    pub(super) receiver: Receiver<'a>,
}

/// An alert as it is posted; only for the document: `adapters::ingest` reads it.
#[derive(Debug, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "its schema is what is used")]
pub(super) struct PostableAlert {
    /// What it is about; at least one.
    labels: std::collections::BTreeMap<String, String>,
    /// What people should read.
    annotations: Option<std::collections::BTreeMap<String, String>>,
    /// When it began; not given: now.
    starts_at: Option<DateTime<Utc>>,
    /// When it ends without a new report; in the past: it is resolved.
    ends_at: Option<DateTime<Utc>>,
    /// Where the source shows it.
    #[serde(rename = "generatorURL")]
    generator_url: Option<String>,
}

/// The name of a silence.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct SilenceId {
    /// A UUID.
    #[serde(rename = "silenceID")]
    #[schemars(with = "String")]
    pub(super) silence_id: CompactString,
}
