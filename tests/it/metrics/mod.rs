//! Sources of numbers and log lines: real ones, and those that fail in every way.
#![expect(clippy::disallowed_methods, reason = "real programs are started, and keep the real time")]

mod commands;
mod doctor;
mod graphite;
mod hostile;
mod lines;
mod manners;
mod prometheus;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use warroom::adapters::api::Options;
use warroom::adapters::metrics::Range;
use warroom::adapters::metrics::prometheus::Prometheus;

/// A deadline that tests can wait for.
const DEADLINE: Duration = Duration::from_secs(1);

/// How an address is reached, with a short deadline.
fn options(url: &str) -> Options {
    Options { timeout: DEADLINE, ..Options::new(url.parse().unwrap()) }
}

/// The source `prom` behind an address.
fn prometheus(url: &str) -> Prometheus {
    Prometheus::new("prom", options(url)).unwrap()
}

/// Some ten minutes, for answers that do not depend on it.
fn ten_minutes() -> Range {
    let to = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
    Range { from: to - TimeDelta::minutes(10), to, step: TimeDelta::seconds(15) }
}

/// The last seconds of the real clock, in steps of one.
fn last_seconds(seconds: i64) -> Range {
    let to: DateTime<Utc> = std::time::SystemTime::now().into();
    Range { from: to - TimeDelta::seconds(seconds), to, step: TimeDelta::seconds(1) }
}
