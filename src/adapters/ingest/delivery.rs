//! What one delivery says after reading, and how an adapter puts it together.
//!
//! The rules that every source shares are here: caps, cleaning, replica labels, static labels.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use compact_str::CompactString;

use super::limits;
use super::text::{Lines, clean};
use crate::domain::alert::{Alert, Labels, Report, What};

/// What one delivery says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The name of the source, as in the configuration.
    pub source: CompactString,
    /// What could be taken, in the order of the body.
    pub reports: Vec<Report>,
    /// What could not; the server answers 400 with these texts after it has stored the reports.
    pub refused: Vec<Refused>,
    /// Alerts that the sender itself left out. They may be firing: nothing may be read as resolved
    /// because it is missing.
    pub truncated: u64,
    /// The [`Options::now`] it was read with.
    pub received_at: DateTime<Utc>,
}

/// One alert of a delivery that could not be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Its place in the body, from 0.
    pub index: usize,
    /// Why, in the words of the program that warroom stands in for, where there is one.
    pub why: String,
}

/// What the configuration of a source says to every kind, and the time of receipt.
#[derive(Debug, Clone)]
pub struct Options {
    /// The name of the source, as in the configuration.
    pub source: CompactString,
    /// Labels that tell replicas of one sender apart; they go before the identity is computed.
    pub replica_labels: Vec<CompactString>,
    /// Labels that are added where an alert has none of that name, as Prometheus'
    /// `external_labels`.
    pub labels: Labels,
    /// When silence of the source makes a firing alert stale. `None`: the kind's own default.
    pub expire_after: Option<TimeDelta>,
    /// How far ahead of our clock a time of this source may lie.
    pub ahead: TimeDelta,
    /// The largest body that is taken.
    pub max_bytes: usize,
    /// The time of receipt.
    pub now: DateTime<Utc>,
}

impl Options {
    /// The defaults for a source.
    #[must_use]
    pub fn new(source: &str, now: DateTime<Utc>) -> Self {
        Self {
            source: source.into(),
            replica_labels: Vec::new(),
            labels: Labels::new(),
            expire_after: None,
            ahead: limits::AHEAD,
            max_bytes: limits::BODY_BYTES,
            now,
        }
    }
}

/// Why nothing of a body could be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Bad {
    /// The body is over the cap.
    #[error("the body has {bytes} bytes; at most {most} are taken")]
    TooLarge { bytes: usize, most: usize },
    /// The body is no UTF-8.
    #[error("the body is not UTF-8 at byte {at}")]
    NotUtf8 { at: usize },
    /// The body is no strict JSON; the text has line and column.
    #[error("cannot read the body: {0}")]
    Json(String),
    /// The body is JSON of another shape than this kind's.
    #[error("{0}")]
    Shape(String),
    /// The body holds more alerts than the cap.
    #[error("the body holds {found} alerts; at most {} are taken", limits::ALERTS)]
    TooMany { found: usize },
}

impl Bad {
    /// The HTTP status that says it.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::TooLarge { .. } | Self::TooMany { .. } => 413,
            Self::NotUtf8 { .. } | Self::Json(_) | Self::Shape(_) => 400,
        }
    }
}

impl From<serde_json::Error> for Bad {
    fn from(error: serde_json::Error) -> Self {
        Self::Json(error.to_string())
    }
}

/// An alert as an adapter read it, before the shared rules.
#[derive(Debug, Default)]
pub(super) struct Raw {
    pub(super) labels: Labels,
    pub(super) annotations: Labels,
    /// `None`: the time of receipt.
    pub(super) starts_at: Option<DateTime<Utc>>,
    pub(super) url: CompactString,
}

/// A delivery in the making.
pub(super) struct Draft<'o> {
    pub(super) options: &'o Options,
    delivery: Delivery,
}

impl<'o> Draft<'o> {
    pub(super) fn new(options: &'o Options) -> Self {
        let delivery = Delivery {
            source: options.source.clone(),
            reports: Vec::new(),
            refused: Vec::new(),
            truncated: 0,
            received_at: options.now,
        };
        Self { options, delivery }
    }

    pub(super) fn finish(self) -> Delivery {
        self.delivery
    }

    /// Says how many alerts the body has, before they are read.
    pub(super) fn expect(&mut self, alerts: usize) -> Result<(), Bad> {
        if alerts > limits::ALERTS {
            return Err(Bad::TooMany { found: alerts });
        }
        self.delivery.reports.reserve(alerts);
        Ok(())
    }

    pub(super) fn truncated(&mut self, alerts: u64) {
        self.delivery.truncated = alerts;
    }

    pub(super) fn refuse(&mut self, index: usize, why: impl Into<String>) {
        self.delivery.refused.push(Refused { index, why: why.into() });
    }

    /// Takes one alert, or refuses it when the shared rules do.
    pub(super) fn add(&mut self, index: usize, raw: Raw, what: What) {
        match self.alert(raw) {
            Ok(alert) => self.report(Arc::new(alert), what),
            Err(why) => self.refuse(index, why),
        }
    }

    /// Takes one more report about an alert that [`Draft::alert`] made.
    pub(super) fn report(&mut self, alert: Arc<Alert>, what: What) {
        self.delivery.reports.push(Report { alert, what });
    }

    /// An alert that keeps the shared rules.
    pub(super) fn alert(&self, raw: Raw) -> Result<Alert, String> {
        let Options { now, ahead, .. } = *self.options;
        let mut labels = clean_all("labels", raw.labels, Lines::One)?;
        labels.retain(|_, value| !value.is_empty());
        if labels.is_empty() {
            return Err("at least one label pair required".to_owned());
        }
        for name in &self.options.replica_labels {
            labels.remove(name);
        }
        if labels.is_empty() {
            return Err("it has no labels but replica labels".to_owned());
        }
        for (name, value) in &self.options.labels {
            labels.entry(name.clone()).or_insert_with(|| value.clone());
        }
        Ok(Alert {
            labels,
            annotations: clean_all("annotations", raw.annotations, Lines::Many)?,
            starts_at: limits::time("startsAt", raw.starts_at.unwrap_or(now), now, ahead)?,
            is_start_unnamed: raw.starts_at.is_none(),
            generator_url: link(raw.url),
            source: self.options.source.clone(),
        })
    }

    /// A time that the source gave, checked.
    pub(super) fn time(&self, field: &str, at: DateTime<Utc>) -> Result<DateTime<Utc>, String> {
        limits::time(field, at, self.options.now, self.options.ahead)
    }

    /// Firing that goes stale only where the configuration says so: the source reports every end.
    pub(super) fn firing(&self) -> What {
        What::Firing { expires_at: self.options.expire_after.map(|after| self.options.now + after) }
    }
}

/// A link that a person may click: `http` or `https`, not too long; anything else is dropped.
pub(super) fn link(url: CompactString) -> CompactString {
    let is_web = url.starts_with("http://") || url.starts_with("https://");
    if is_web && url.len() <= limits::URL_BYTES {
        clean(url, Lines::One)
    } else {
        CompactString::default()
    }
}

fn clean_all(what: &str, mut pairs: Labels, lines: Lines) -> Result<Labels, String> {
    if pairs.len() > limits::LABELS {
        return Err(format!("it has {} {what}; at most {} are taken", pairs.len(), limits::LABELS));
    }
    for (name, value) in &mut pairs {
        if name.is_empty() || name.len() > limits::NAME_BYTES {
            let most = limits::NAME_BYTES;
            return Err(format!("a name in its {what} has {} bytes, not 1 to {most}", name.len()));
        }
        if clean(name.clone(), Lines::One) != *name {
            return Err(format!("{name:?} in its {what} is no name"));
        }
        *value = clean(std::mem::take(value), lines);
    }
    Ok(pairs)
}
