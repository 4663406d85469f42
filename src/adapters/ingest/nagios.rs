//! Nagios and Icinga, through `warroom nagios`, which posts their `NAGIOS_*` variables as one flat
//! JSON object (the prefix may be missing, and may be `ICINGA_`).
//!
//! # Identity
//! Rules match labels only, so the severity must be a label; but a label is part of the identity.
//! So a service has one alert *for each severity* (`warning`, `critical`, `unknown`), and each
//! report says of all of them where they stand: CRITICAL fires the critical one and resolves the
//! others, OK resolves them all. All come in one delivery, so an incident that groups by `host` and
//! `service` stays open while a service goes from WARNING to CRITICAL. A host has two:
//! `HostDown` (critical) and `HostUnreachable` (warning).
//! The labels are `alertname` (the service's description), `host`, `service`, `severity` and those
//! of [`Config::labels`]; everything that changes while a problem lasts is an annotation
//! (`state`, `state_type`, `attempt`, `summary`, `description`, links).
//!
//! # What the events mean
//! PROBLEM and RECOVERY say where the service stands. The end of a downtime or of flapping says it
//! too, because Nagios sends no notification for what happened meanwhile. An event handler's call
//! (no notification type) says it for hard states; soft ones are not certain yet, see [`Soft`].

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use compact_str::CompactString;
use serde::Deserialize;
use serde_json::Value;

use super::delivery::{Bad, Draft, Raw};
use super::wire;
use crate::domain::alert::{Alert, Labels, What};

/// What the configuration of such a source may say.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// What a problem in a soft state means: event handlers run before the retries are over.
    pub soft: Soft,
    /// Further labels and the variable that each comes from, such as `rack = "_HOSTRACK"`. Only
    /// what never changes between a problem and its recovery may stand here.
    pub labels: BTreeMap<CompactString, CompactString>,
}

impl Default for Config {
    fn default() -> Self {
        let labels = [("hostgroup", "HOSTGROUPNAME"), ("servicegroup", "SERVICEGROUPNAME")];
        let labels = labels.map(|(name, variable)| (name.into(), variable.into()));
        Self { soft: Soft::Ignore, labels: labels.into() }
    }
}

/// What a soft state means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Soft {
    /// Nothing yet: Nagios is still trying again.
    Ignore,
    /// The same as a hard one, with the annotation `state_type = "SOFT"`.
    Report,
}

/// The alerts of a service: Nagios' state, our severity.
const SERVICE: [(&str, &str); 3] =
    [("WARNING", "warning"), ("CRITICAL", "critical"), ("UNKNOWN", "unknown")];
/// The alerts of a host: Nagios' state, the alert's name, our severity.
const HOST: [(&str, &str, &str); 2] =
    [("DOWN", "HostDown", "critical"), ("UNREACHABLE", "HostUnreachable", "warning")];

/// Annotations and the variables they come from, for a service (`SERVICE…`) and a host (`HOST…`).
const ANNOTATIONS: [(&str, &str); 7] = [
    ("state", "STATE"),
    ("state_type", "STATETYPE"),
    ("attempt", "ATTEMPT"),
    ("summary", "OUTPUT"),
    ("perfdata", "PERFDATA"),
    ("notes", "NOTES"),
    ("runbook_url", "NOTESURL"),
];

pub(super) fn read(config: &Config, body: &str, draft: &mut Draft<'_>) -> Result<(), Bad> {
    let vars = Vars::read(body)?;
    let Some(event) = Event::of(&vars) else {
        draft.refuse(0, format!("{:?} is no type of notification", vars.get("NOTIFICATIONTYPE")));
        return Ok(());
    };
    if let Err(why) = report(config, &vars, event, draft) {
        draft.refuse(0, why);
    }
    Ok(())
}

/// The variables without their prefix.
struct Vars(BTreeMap<CompactString, CompactString>);

impl Vars {
    fn read(body: &str) -> Result<Self, Bad> {
        let raw: BTreeMap<CompactString, Value> = serde_json::from_str(body).map_err(|error| {
            Bad::Shape(format!("the body is no object of NAGIOS_ variables: {error}"))
        })?;
        let mut vars = BTreeMap::new();
        for (name, value) in raw {
            let short = name.strip_prefix("NAGIOS_").or_else(|| name.strip_prefix("ICINGA_"));
            let short: CompactString = short.unwrap_or(&name).into();
            let value = match value {
                Value::String(text) => text.into(),
                Value::Null => CompactString::default(),
                Value::Array(_) | Value::Object(_) => {
                    return Err(Bad::Shape(format!("{name:?} is not a text")));
                }
                plain @ (Value::Bool(_) | Value::Number(_)) => plain.to_string().into(),
            };
            if vars.insert(short, value).is_some() {
                return Err(Bad::Shape(format!("{name:?} stands twice, with and without prefix")));
            }
        }
        Ok(Self(vars))
    }

    /// The value of a variable; empty where there is none.
    fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", CompactString::as_str)
    }

    fn is_service(&self) -> bool {
        !self.get("SERVICEDESC").is_empty()
    }

    /// A variable that a service and a host both have, of the one that this is about.
    fn own(&self, name: &str) -> &str {
        let kind = if self.is_service() { "SERVICE" } else { "HOST" };
        self.get(&format!("{kind}{name}"))
    }

    /// Whether the host or the service is in a downtime now.
    fn is_in_downtime(&self) -> bool {
        ["HOSTDOWNTIME", "SERVICEDOWNTIME"].iter().any(|name| !matches!(self.get(name), "" | "0"))
    }

    fn time(&self, name: &str) -> Option<DateTime<Utc>> {
        let seconds: f64 = self.get(name).trim().parse().ok()?;
        wire::unix(seconds).ok().flatten()
    }
}

/// What a call is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Event {
    Stands,
    Handler,
    Acknowledged,
    DowntimeStarted,
    DowntimeEnded,
    FlappingStarted,
    FlappingStopped,
    Custom,
}

impl Event {
    /// The types of Nagios 4 and of Icinga 2 (`DOWNTIMEREMOVED`, `FLAPPINGEND`).
    fn of(vars: &Vars) -> Option<Self> {
        Some(match vars.get("NOTIFICATIONTYPE").to_ascii_uppercase().as_str() {
            "" => Self::Handler,
            "PROBLEM" | "RECOVERY" => Self::Stands,
            "ACKNOWLEDGEMENT" => Self::Acknowledged,
            "DOWNTIMESTART" => Self::DowntimeStarted,
            "DOWNTIMEEND" | "DOWNTIMECANCELLED" | "DOWNTIMEREMOVED" => Self::DowntimeEnded,
            "FLAPPINGSTART" => Self::FlappingStarted,
            "FLAPPINGSTOP" | "FLAPPINGDISABLED" | "FLAPPINGEND" => Self::FlappingStopped,
            "CUSTOM" => Self::Custom,
            _ => return None,
        })
    }
}

impl Event {
    /// Whether the state must be read from it, because no notification need have told it.
    fn tells_the_state(self) -> bool {
        matches!(self, Self::Handler | Self::DowntimeEnded | Self::FlappingStopped)
    }
}

fn report(config: &Config, vars: &Vars, event: Event, draft: &mut Draft<'_>) -> Result<(), String> {
    let alerts = alerts(config, vars, draft)?;
    let (by, text) = remark(vars);
    let is_certain = vars.own("STATETYPE") != "SOFT" || config.soft == Soft::Report;
    match event {
        Event::Stands => stands(vars, event, &alerts, draft)?,
        Event::Handler => {}
        Event::Acknowledged => about_one(&alerts, What::Acknowledged { by, comment: text }, draft),
        Event::Custom => about_one(&alerts, What::Noted { by, text }, draft),
        Event::DowntimeStarted => held(&alerts, draft),
        Event::FlappingStarted => about_all(&alerts, &What::FlappingStarted, draft),
        Event::DowntimeEnded => about_all(&alerts, &What::DowntimeEnded, draft),
        Event::FlappingStopped => about_all(&alerts, &What::FlappingStopped, draft),
    }
    if is_certain && event.tells_the_state() {
        stands(vars, event, &alerts, draft)?;
    }
    Ok(())
}

/// One possible alert of the host or service, and whether the present state is its.
struct Side {
    alert: Arc<Alert>,
    is_now: bool,
}

/// Every alert that this host or service can have, the present one marked.
fn alerts(config: &Config, vars: &Vars, draft: &Draft<'_>) -> Result<Vec<Side>, String> {
    if vars.get("HOSTNAME").is_empty() {
        return Err("the variable HOSTNAME is missing".to_owned());
    }
    let state = vars.own("STATE");
    let service = vars.get("SERVICEDESC");
    let sides: Vec<(&str, &str, &str)> = if vars.is_service() {
        SERVICE.iter().map(|(state, severity)| (*state, service, *severity)).collect()
    } else {
        HOST.to_vec()
    };
    let is_known = matches!(state, "OK" | "UP") || sides.iter().any(|side| side.0 == state);
    if !is_known {
        return Err(format!("{state:?} is no state of a host or service"));
    }
    let side = |(of, name, severity): (&str, &str, &str)| {
        let labels = labels(config, vars, name, severity);
        let raw = Raw { labels, annotations: annotations(vars), ..since(vars) };
        let alert = Arc::new(draft.alert(raw)?);
        Ok(Side { alert, is_now: of == state })
    };
    sides.into_iter().map(side).collect()
}

fn labels(config: &Config, vars: &Vars, name: &str, severity: &str) -> Labels {
    let mut labels: Labels = config
        .labels
        .iter()
        .map(|(label, variable)| (label.clone(), vars.get(variable).into()))
        .collect();
    let own = [
        ("alertname", name),
        ("host", vars.get("HOSTNAME")),
        ("service", vars.get("SERVICEDESC")),
        ("severity", severity),
    ];
    labels.extend(own.map(|(label, value)| (label.into(), value.into())));
    labels
}

fn annotations(vars: &Vars) -> Labels {
    let mut annotations: Labels =
        ANNOTATIONS.iter().map(|(name, own)| ((*name).into(), vars.own(own).into())).collect();
    let long = if vars.is_service() { "LONGSERVICEOUTPUT" } else { "LONGHOSTOUTPUT" };
    // Nagios writes the ends of further lines as a backslash and an n.
    annotations.insert("description".into(), vars.get(long).replace("\\n", "\n").into());
    annotations.insert("address".into(), vars.get("HOSTADDRESS").into());
    annotations.retain(|_, value| !value.is_empty());
    annotations
}

/// Since when the present state lasts: the same for each repetition of a notification.
fn since(vars: &Vars) -> Raw {
    let change = if vars.is_service() { "LASTSERVICESTATECHANGE" } else { "LASTHOSTSTATECHANGE" };
    let starts_at = vars.time(change).or_else(|| vars.time("TIMET"));
    Raw { starts_at, url: vars.own("ACTIONURL").into(), ..Raw::default() }
}

/// The present alert fires, all others are over.
fn stands(vars: &Vars, event: Event, alerts: &[Side], draft: &mut Draft<'_>) -> Result<(), String> {
    let ended_at = since(vars).starts_at.unwrap_or(draft.options.now);
    let ended_at = draft.time("the state change", ended_at)?;
    // The end of one severity comes after the begin of the other, so that no incident of both
    // looks clear in between.
    let (now, others): (Vec<&Side>, Vec<&Side>) = alerts.iter().partition(|side| side.is_now);
    for side in now {
        // Nagios calls handlers in a downtime too, where it notifies nobody.
        let is_held = event == Event::Handler && vars.is_in_downtime();
        let what = if is_held { What::DowntimeStarted } else { draft.firing() };
        draft.report(side.alert.clone(), what);
    }
    for side in others {
        draft.report(side.alert.clone(), What::Resolved { ended_at });
    }
    Ok(())
}

/// The present alert fires, and a downtime holds it; a host or service that is well has nothing to
/// hold.
fn held(alerts: &[Side], draft: &mut Draft<'_>) {
    for side in alerts.iter().filter(|side| side.is_now) {
        draft.report(side.alert.clone(), What::DowntimeStarted);
    }
}

fn about_all(alerts: &[Side], what: &What, draft: &mut Draft<'_>) {
    for side in alerts {
        draft.report(side.alert.clone(), what.clone());
    }
}

/// The present alert; without a problem the critical one, which most rules look at.
fn about_one(alerts: &[Side], what: What, draft: &mut Draft<'_>) {
    let critical = |side: &&Side| side.alert.label("severity") == "critical";
    let side = alerts.iter().find(|side| side.is_now).or_else(|| alerts.iter().find(critical));
    if let Some(side) = side {
        draft.report(side.alert.clone(), what);
    }
}

/// Who wrote the comment of an acknowledgement or a custom notification, and the comment.
fn remark(vars: &Vars) -> (CompactString, CompactString) {
    use super::text::{Lines, clean};
    let first = |names: [&str; 2]| {
        let value = names.map(|name| vars.get(name)).into_iter().find(|value| !value.is_empty());
        CompactString::from(value.unwrap_or_default())
    };
    let own = if vars.is_service() { "SERVICE" } else { "HOST" };
    let by = first(["NOTIFICATIONAUTHOR", &format!("{own}ACKAUTHOR")]);
    let text = first(["NOTIFICATIONCOMMENT", &format!("{own}ACKCOMMENT")]);
    (clean(by, Lines::One), clean(text, Lines::Many))
}
