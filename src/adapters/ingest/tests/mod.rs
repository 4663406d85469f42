//! What the adapters make of real payloads and of hostile ones.

mod alertmanagers;
mod auths;
mod hostile;
mod jsons;
mod nagioses;
mod proms;

use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Delivery, Kind, Options, alertmanager, grafana, nagios, prometheus, read};
use crate::domain::alert::{Report, What};

/// The time at which every test receives, soon after the payloads were captured.
fn now() -> DateTime<Utc> {
    time("2026-11-21T06:20:00Z")
}

fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn options() -> Options {
    Options::new("test", now())
}

fn payload(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/payloads");
    std::fs::read(folder.join(name)).unwrap()
}

/// The names of all payloads that begin so.
fn payloads(prefix: &str) -> Vec<String> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/payloads");
    let names = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name.starts_with(prefix));
    names.sort();
    assert!(!names.is_empty(), "no payload begins with {prefix}");
    names
}

fn all(kind: &Kind, body: impl AsRef<[u8]>) -> Delivery {
    read(kind, body.as_ref(), &options()).unwrap()
}

fn kinds() -> Vec<Kind> {
    vec![
        Kind::Prometheus(prometheus::Config::default()),
        Kind::Alertmanager(alertmanager::Config::default()),
        Kind::Grafana(grafana::Config::default()),
        Kind::Nagios(nagios::Config::default()),
        Kind::Json(jsons::config()),
    ]
}

fn refusals(delivery: &Delivery) -> Vec<(usize, &str)> {
    delivery.refused.iter().map(|refused| (refused.index, refused.why.as_str())).collect()
}

/// One line a report: what, and the labels that tell it apart.
fn lines(delivery: &Delivery) -> Vec<String> {
    delivery.reports.iter().map(line).collect()
}

fn line(report: &Report) -> String {
    let what = match &report.what {
        What::Firing { expires_at: None } => "firing".to_owned(),
        What::Firing { expires_at: Some(at) } => format!("firing until {}", at.format("%T")),
        What::Resolved { ended_at } => format!("resolved {}", ended_at.format("%T")),
        What::Acknowledged { by, comment } => format!("ack {by}: {comment}"),
        What::Noted { by, text } => format!("note {by}: {text}"),
        other => format!("{other:?}"),
    };
    let labels: Vec<&str> = ["alertname", "host", "instance", "service", "severity"]
        .into_iter()
        .map(|name| report.alert.label(name))
        .filter(|value| !value.is_empty())
        .collect();
    format!("{what} | {} | since {}", labels.join(" "), report.alert.starts_at.format("%T"))
}

fn minutes(count: i64) -> TimeDelta {
    TimeDelta::minutes(count)
}
