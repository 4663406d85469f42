//! Reads a recording from the `ALERTS` series that every Prometheus keeps of its own rules.
//!
//! Asked for in chunks, so that neither side holds a week at once. An alert fires from the first point
//! of a stretch; it ended at the first step without a point, which is when Prometheus itself would
//! have sent its end. Annotations are not in the series, and what was shorter than a step may be
//! missing. Where Prometheus stood still, alerts end and begin anew, as its restart had it.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use compact_str::CompactString;

use super::Error;
use super::recording::{Recording, Span};
use crate::adapters::metrics::{Metrics, Range, Trouble};
use crate::domain::alert::{Alert, Labels, Report, What};
use crate::domain::chart::Series;

/// How finely the past is asked for: the usual interval of rules,
/// <https://prometheus.io/docs/prometheus/latest/configuration/configuration/>.
pub const STEP: TimeDelta = TimeDelta::minutes(1);
/// Points of one series in one question.
const POINTS: i32 = 720;
/// Series of one answer, the limit of our sources: more ask for a shorter time.
const SERIES_MAX: usize = 1_000;
/// Alerts in all.
const ALERTS_MAX: usize = 1_000_000;
/// The source that such alerts have.
const SOURCE: CompactString = CompactString::const_new("prometheus");
/// Labels of the series that no alert has.
const OWN: [&str; 2] = ["__name__", "alertstate"];

/// When each alert had points, by its labels: milliseconds.
type Points = BTreeMap<Labels, Vec<i64>>;

/// Reads what fired. `matching` narrows it, as in `service="cms"`.
///
/// # Errors
/// When it does not answer, or more fires at once than an answer may hold.
pub async fn from_prometheus(
    source: &dyn Metrics,
    matching: &str,
    span: Span,
    step: TimeDelta,
) -> Result<Recording, Error> {
    let comma = if matching.is_empty() { "" } else { "," };
    let query = format!("ALERTS{{alertstate=\"firing\"{comma}{matching}}}");
    let mut points = Points::new();
    let mut chunks = vec![span];
    // The earliest chunk is always the last of the list.
    while let Some(chunk) = chunks.pop() {
        let to = (chunk.from + step * POINTS).min(chunk.until);
        if to < chunk.until {
            chunks.push(Span { from: to + step, until: chunk.until });
        }
        let range = Range { from: chunk.from, to, step };
        match source.range(&query, range, SERIES_MAX).await {
            Ok(answer) if answer.series.len() < SERIES_MAX => take(answer.series, &mut points),
            Ok(_) | Err(Trouble::TooMuch { .. }) if to - chunk.from > step => {
                let middle = chunk.from + halved(to - chunk.from, step);
                chunks.push(Span { from: middle + step, until: to });
                chunks.push(Span { from: chunk.from, until: middle });
            }
            Ok(_) => return Err(Error::TooManyAtOnce { most: SERIES_MAX, at: chunk.from }),
            Err(trouble) => return Err(trouble.into()),
        }
        if points.len() > ALERTS_MAX {
            return Err(Error::TooMany { what: "alerts", most: ALERTS_MAX });
        }
    }
    recorded(points, span, step)
}

/// Half of a time, in whole steps.
fn halved(time: TimeDelta, step: TimeDelta) -> TimeDelta {
    let steps = time.num_milliseconds() / step.num_milliseconds().max(1);
    step * i32::try_from(steps / 2).unwrap_or(0)
}

fn take(series: Vec<Series>, points: &mut Points) {
    for one in series {
        let mut labels = one.labels;
        labels.retain(|name, value| !OWN.contains(&name.as_str()) && !value.is_empty());
        points.entry(labels).or_default().extend(one.points.iter().map(|point| point.at));
    }
}

fn recorded(points: Points, span: Span, step: TimeDelta) -> Result<Recording, Error> {
    let mut all: Vec<(DateTime<Utc>, Report)> = Vec::new();
    for (labels, times) in points {
        for (from, to) in stretches(&times, step) {
            let (Some(from), Some(to)) =
                (DateTime::from_timestamp_millis(from), DateTime::from_timestamp_millis(to))
            else {
                continue;
            };
            let alert = Arc::new(Alert {
                labels: labels.clone(),
                annotations: Labels::new(),
                starts_at: from,
                is_start_unnamed: false,
                generator_url: CompactString::default(),
                source: SOURCE,
            });
            let report = |what| Report { alert: Arc::clone(&alert), what };
            all.push((from, report(What::Firing { expires_at: None })));
            let ended_at = to + step;
            if ended_at <= span.until {
                all.push((ended_at, report(What::Resolved { ended_at })));
            }
        }
    }
    all.sort_by_key(|(at, _)| *at);
    let mut recording = Recording::default();
    for (at, report) in all {
        recording.push(at, &SOURCE, vec![report])?;
    }
    recording.notes.push(format!(
        "ALERTS was read every {}: what fired for less may be missing, and annotations are not in it.",
        crate::domain::duration::format(step)
    ));
    Ok(recording)
}

/// First and last point of each stretch without a gap.
fn stretches(times: &[i64], step: TimeDelta) -> Vec<(i64, i64)> {
    let step = step.num_milliseconds();
    let mut stretches: Vec<(i64, i64)> = Vec::new();
    for &at in times {
        match stretches.last_mut() {
            // Half a step more: times are rounded.
            Some((_, last)) if at - *last <= step + step / 2 => *last = at,
            _ => stretches.push((at, at)),
        }
    }
    stretches
}
