//! Reads a recording from a file of JSON lines.
//!
//! Each line is one alert as Alertmanager's `/api/v2/alerts` takes and gives it: `labels`,
//! `annotations`, `startsAt`, `endsAt`, `generatorURL`. With `at` it was received then, and ends when
//! `endsAt` is not later. Without `at` it fired at `startsAt` and ended at `endsAt`.
//! Lines may stand in any order; fields that are not known are passed over.

use std::io::BufRead;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use compact_str::CompactString;
use serde::Deserialize;

use super::Error;
use super::recording::{Recording, Span};
use crate::domain::alert::{Alert, Labels, Report, What};

/// The source that such alerts have.
const SOURCE: CompactString = CompactString::const_new("file");
/// The longest line: the largest alert that ingestion takes is smaller.
const LINE_BYTES_MAX: usize = 1 << 20;

/// Reports of one file, repetitions included.
const LINES_MAX: usize = 20_000_000;

/// One line.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    at: Option<DateTime<Utc>>,
    labels: Labels,
    #[serde(default)]
    annotations: Labels,
    starts_at: Option<DateTime<Utc>>,
    ends_at: Option<DateTime<Utc>>,
    #[serde(default, rename = "generatorURL")]
    generator_url: CompactString,
}

/// Reads a file that is called `name` in errors.
///
/// # Errors
/// With the number of the line that cannot be read.
pub fn from_lines(name: &str, file: impl BufRead, span: Span) -> Result<Recording, Error> {
    let mut all: Vec<(DateTime<Utc>, Report)> = Vec::new();
    for (number, line) in (1..).zip(file.lines()) {
        let bad = |why| Error::Line { name: name.to_owned(), number, why };
        let line = line.map_err(|error| bad(error.to_string()))?;
        if line.trim().is_empty() {
            continue;
        }
        let reports = reports(&line).map_err(bad)?;
        all.extend(reports.into_iter().filter(|(at, _)| span.holds(*at)));
        if all.len() > LINES_MAX {
            return Err(Error::TooMany { what: "reports", most: LINES_MAX });
        }
    }
    // Equal times keep the order of the lines.
    all.sort_by_key(|(at, _)| *at);
    let mut recording = Recording::default();
    for (at, report) in all {
        recording.push(at, &SOURCE, vec![report])?;
    }
    Ok(recording)
}

fn reports(line: &str) -> Result<Vec<(DateTime<Utc>, Report)>, String> {
    if line.len() > LINE_BYTES_MAX {
        return Err(format!("it is longer than {LINE_BYTES_MAX} bytes"));
    }
    let line: Line =
        serde_json::from_str(line).map_err(|error| format!("this is no alert: {error}"))?;
    let mut labels = line.labels;
    labels.retain(|_, value| !value.is_empty());
    if labels.is_empty() {
        return Err("an alert needs at least one label".to_owned());
    }
    let Some(starts_at) = line.starts_at.or(line.at) else {
        return Err("say when it began, `startsAt`, or when it was received, `at`".to_owned());
    };
    let alert = Arc::new(Alert {
        labels,
        annotations: line.annotations,
        starts_at,
        is_start_unnamed: line.starts_at.is_none(),
        generator_url: line.generator_url,
        source: SOURCE,
    });
    let report = |what| Report { alert: Arc::clone(&alert), what };
    // The time of Go's zero means that none is given.
    let ends_at = line.ends_at.filter(|end| *end >= starts_at);
    Ok(match (line.at, ends_at) {
        (Some(at), Some(ended_at)) if ended_at <= at => {
            vec![(at, report(What::Resolved { ended_at }))]
        }
        (Some(at), expires_at) => vec![(at, report(What::Firing { expires_at }))],
        (None, None) => vec![(starts_at, report(What::Firing { expires_at: None }))],
        (None, Some(ended_at)) => vec![
            (starts_at, report(What::Firing { expires_at: None })),
            (ended_at, report(What::Resolved { ended_at })),
        ],
    })
}
