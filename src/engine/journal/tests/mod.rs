//! Tests of the journal, on a disk that lies and on the real one.

mod faults;
mod real;
mod sim;
mod working;

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::*;
use crate::domain::alert::{Alert, Labels, What};

/// A fixed time, so that nothing depends on the clock.
fn noon() -> DateTime<Utc> {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

/// `count` reports that carry `number` in their labels.
fn reports(number: u64, count: u64) -> Vec<Report> {
    let report = |place: u64| {
        let labels: Labels = [
            ("alertname".into(), "HighLatency".into()),
            ("instance".into(), format!("cms-{number}-{place}:9100").into()),
            ("env".into(), "prod".into()),
        ]
        .into();
        let annotations = [("summary".into(), "the 99th percentile is above a second".into())];
        let alert = Alert {
            labels,
            annotations: annotations.into(),
            starts_at: noon(),
            is_start_unnamed: false,
            generator_url: "http://prometheus:9090/graph".into(),
            source: "prometheus".into(),
        };
        Report { alert: Arc::new(alert), what: What::Firing { expires_at: Some(noon()) } }
    };
    (0..count).map(report).collect()
}

/// When delivery `number` was received: one each second.
fn time(number: u64) -> DateTime<Utc> {
    noon() + TimeDelta::seconds(i64::try_from(number).unwrap())
}

async fn append(journal: &Journal, number: u64) -> Result<u64, Error> {
    journal.append(time(number), "prometheus", &reports(number, 1)).await
}

async fn drain(mut entries: Entries) -> Result<Vec<Entry>, Error> {
    let mut all = Vec::new();
    while let Some(entry) = entries.next().await {
        all.push(entry?);
    }
    Ok(all)
}

async fn everything(journal: &Journal) -> Result<Vec<Entry>, Error> {
    drain(journal.read(DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC)?).await
}

/// Every entry is the delivery that its own labels name, in growing order.
fn assert_genuine(entries: &[Entry]) {
    assert!(entries.windows(2).all(|pair| pair[0].sequence + 1 == pair[1].sequence));
    for entry in entries {
        let number = number(entry);
        assert_eq!(entry.received_at, time(number));
        assert_eq!(entry.source, "prometheus");
        assert_eq!(entry.reports, reports(number, entry.reports.len() as u64));
    }
}

/// The number that [`reports`] put into an entry.
fn number(entry: &Entry) -> u64 {
    let instance = entry.reports[0].alert.label("instance");
    instance.split('-').nth(1).unwrap().parse().unwrap()
}

fn small(dir: &Path) -> Options {
    Options { segment_bytes_max: 4096, ..Options::new(dir, "brain-1") }
}
