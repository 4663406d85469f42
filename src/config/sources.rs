//! The sections of which there may be many: who sends alerts, who runs runbooks.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use url::Url;

use super::auth::{Auth, auth};
use super::secrets::{Held, held};
use crate::domain::alert::Labels;
use crate::domain::diagnostic::{Diagnostic, Diagnostics};
use crate::domain::files::{
    Fields, Node, boolean, duration, list, named, one_of, table, text, url,
};

/// `[sources.<name>]`: one sender of alerts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// What it sends.
    pub kind: Kind,
    /// Whether its door is open.
    pub enabled: bool,
    /// How it proves who it is.
    pub auth: Auth,
    /// Labels for alerts that have none of that name.
    pub labels: Labels,
    /// When silence of the source makes an alert stale. None: the kind's own default.
    pub expire_after: Option<TimeDelta>,
}

/// What a source sends, with what only this kind can be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Alertmanager's API, as Prometheus and `amtool` use it.
    Prometheus(Names),
    /// An Alertmanager's webhook.
    Alertmanager,
    /// A Grafana contact point.
    Grafana,
    /// Nagios or Icinga through `warroom nagios`.
    Nagios(Soft),
    /// Any JSON.
    Json(JsonMap),
}

/// Which label names are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// Letters, digits and `_`.
    Legacy,
    /// Anything readable, as Prometheus 3 may send it.
    Utf8,
}

/// What a soft state of Nagios means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Soft {
    /// Nothing yet.
    Ignore,
    /// The same as a hard one.
    Report,
}

/// Where things stand in a source's JSON, as paths.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JsonMap {
    /// The list of alerts. None: the body is one alert.
    pub alerts: Option<String>,
    /// Labels, each with its path.
    pub labels: BTreeMap<String, String>,
    /// Annotations, each with its path.
    pub annotations: BTreeMap<String, String>,
    /// The status. None: every alert fires.
    pub status: Option<String>,
    /// Words of the status that mean firing.
    pub firing: Vec<String>,
    /// Words that mean resolved.
    pub resolved: Vec<String>,
    /// When it began.
    pub starts_at: Option<String>,
    /// When it ended.
    pub ends_at: Option<String>,
    /// Where the sender shows it.
    pub url: Option<String>,
}

/// `[heartbeats.<name>]`: a beat that must come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heartbeat {
    /// How often.
    pub every: TimeDelta,
    /// How late it may be. None: as long as `every`.
    pub grace: Option<TimeDelta>,
    /// Labels of the alert when it stays away.
    pub labels: Labels,
    /// How the sender proves who it is.
    pub auth: Auth,
}

/// `[runs]`: the program outside that executes runbooks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runs {
    /// Where a run is started.
    pub url: Url,
    /// What requests are signed with.
    pub secret: Option<Held>,
}

#[derive(Clone, Copy)]
enum KindName {
    Prometheus,
    Alertmanager,
    Grafana,
    Nagios,
    Json,
}

const KINDS: &[(&str, KindName)] = &[
    ("prometheus", KindName::Prometheus),
    ("alertmanager", KindName::Alertmanager),
    ("grafana", KindName::Grafana),
    ("nagios", KindName::Nagios),
    ("json", KindName::Json),
];

const NAMES: &[(&str, Names)] = &[("legacy", Names::Legacy), ("utf8", Names::Utf8)];

const SOFT: &[(&str, Soft)] = &[("ignore", Soft::Ignore), ("report", Soft::Report)];

impl super::Config {
    /// Open sources without authentication, by name.
    pub fn closed_sources(&self) -> impl Iterator<Item = &str> {
        let open = |source: &Source| source.enabled && source.auth == Auth::None;
        self.sources.iter().filter(move |(_, source)| open(source)).map(|(name, _)| name.as_str())
    }
}

pub(super) fn source(name: &str, node: &Node, out: &mut Diagnostics) -> Option<Source> {
    table(node, &format!("sources.{name}"), out, |fields| {
        let kind = fields.required("kind", one_of(KINDS));
        let enabled = fields.optional("enabled", boolean).unwrap_or(true);
        let auth = fields.optional("auth", auth);
        let labels = labels(fields);
        let expire_after = fields.optional("expire_after", duration);
        let kind = kind_of(kind?, fields);
        let auth = auth.unwrap_or(Auth::None);
        Some(Source { kind: kind?, enabled, auth, labels, expire_after })
    })
    .flatten()
}

fn kind_of(name: KindName, fields: &mut Fields<'_>) -> Option<Kind> {
    Some(match name {
        KindName::Prometheus => {
            Kind::Prometheus(fields.optional("names", one_of(NAMES)).unwrap_or(Names::Legacy))
        }
        KindName::Alertmanager => Kind::Alertmanager,
        KindName::Grafana => Kind::Grafana,
        KindName::Nagios => {
            Kind::Nagios(fields.optional("soft", one_of(SOFT)).unwrap_or(Soft::Ignore))
        }
        KindName::Json => Kind::Json(fields.required("json", json_map)?),
    })
}

fn json_map(node: &Node, out: &mut Diagnostics) -> Option<JsonMap> {
    table(node, "json", out, |fields| {
        let words = |fields: &mut Fields<'_>, key, usual: &str| {
            fields.optional(key, list(text)).unwrap_or_else(|| vec![usual.to_owned()])
        };
        JsonMap {
            alerts: fields.optional("alerts", text),
            labels: fields.required("labels", paths).unwrap_or_default(),
            annotations: fields.optional("annotations", paths).unwrap_or_default(),
            status: fields.optional("status", text),
            firing: words(fields, "firing", "firing"),
            resolved: words(fields, "resolved", "resolved"),
            starts_at: fields.optional("starts_at", text),
            ends_at: fields.optional("ends_at", text),
            url: fields.optional("url", text),
        }
    })
}

fn paths(node: &Node, out: &mut Diagnostics) -> Option<BTreeMap<String, String>> {
    named(|_, node, out| text(node, out))(node, out)
}

fn labels(fields: &mut Fields<'_>) -> Labels {
    let labels = fields.optional("labels", paths).unwrap_or_default();
    labels.into_iter().map(|(name, value)| (name.into(), value.into())).collect()
}

pub(super) fn heartbeat(name: &str, node: &Node, out: &mut Diagnostics) -> Option<Heartbeat> {
    table(node, &format!("heartbeats.{name}"), out, |fields| {
        let every = fields.required("every", |node, out| {
            let every = duration(node, out)?;
            if every < TimeDelta::seconds(1) {
                let fault = "a heartbeat comes once a second at most";
                out.push(Diagnostic::error(&node.place, fault).label("too often"));
            }
            Some(every)
        });
        let grace = fields.optional("grace", duration);
        let labels = labels(fields);
        let auth = fields.optional("auth", auth).unwrap_or(Auth::None);
        Some(Heartbeat { every: every?, grace, labels, auth })
    })
    .flatten()
}

pub(super) fn runs(node: &Node, out: &mut Diagnostics) -> Option<Runs> {
    table(node, "runs", out, |fields| {
        let url = fields.required("url", url);
        Some(Runs { url: url?, secret: held(fields, "secret", "secret_file") })
    })
    .flatten()
}
