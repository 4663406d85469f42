//! How long everything takes: the median of each of the four times, by severity and by day.

use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeDelta};
use compact_str::CompactString;

use super::days;
use super::make::{self, Report, Seen};
use crate::domain::commands::{Cell, Kind, Values};
use crate::domain::duration;
use crate::domain::review::{Review, median};

/// The names of the spans, in the order of [`Review::spans`].
const SPANS: [&str; 4] = ["detect", "acknowledge", "mitigate", "resolve"];

pub(super) fn make(seen: &Seen) -> Report {
    let mut severities: BTreeMap<CompactString, Vec<&Review>> = BTreeMap::new();
    for review in &seen.incidents {
        severities.entry(review.severity.clone()).or_default().push(review);
    }
    let mut columns = vec![("severity", Kind::Severity), ("incidents", Kind::Number)];
    columns.extend(SPANS.map(|name| (name, Kind::Duration)));
    let mut values = Values::new(&columns, seen.until);
    for (severity, reviews) in &severities {
        values.push(row(severity, reviews));
    }
    let all: Vec<&Review> = seen.incidents.iter().collect();
    if severities.len() > 1 {
        values.push(row("all", &all));
    }
    let lines = SPANS
        .iter()
        .enumerate()
        .map(|(place, name)| days::lengths(seen, &format!("time to {name}"), &by_day(seen, place)));
    let lines = lines.filter(|line| !line.points.is_empty()).collect();
    Report {
        kind: make::Kind::Mttr,
        text: text(&all),
        values,
        chart: days::chart(seen, make::Kind::Mttr, "median times, by day", lines),
    }
}

/// The median of the span at this place, of those that are known.
fn middle(reviews: &[&Review], place: usize) -> Option<TimeDelta> {
    let length = |review: &&Review| review.spans().get(place).and_then(|span| span.length);
    median(reviews.iter().filter_map(length).collect())
}

fn row(severity: &str, reviews: &[&Review]) -> Vec<Cell> {
    let count = u32::try_from(reviews.len()).unwrap_or(u32::MAX);
    let mut row = vec![Cell::Text(severity.to_owned()), Cell::Number(f64::from(count))];
    let lengths = (0..SPANS.len()).map(|place| middle(reviews, place));
    row.extend(lengths.map(|length| length.map_or(Cell::Empty, Cell::Duration)));
    row
}

fn by_day(seen: &Seen, place: usize) -> BTreeMap<NaiveDate, TimeDelta> {
    let mut days: BTreeMap<NaiveDate, Vec<&Review>> = BTreeMap::new();
    for review in &seen.incidents {
        days.entry(days::day(seen, review.opened_at)).or_default().push(review);
    }
    days.into_iter().filter_map(|(day, all)| Some((day, middle(&all, place)?))).collect()
}

fn text(all: &[&Review]) -> String {
    let known = |place| {
        let length = middle(all, place).map(|it| TimeDelta::seconds(it.num_seconds()));
        length.map_or_else(|| "not known".to_owned(), duration::format)
    };
    let count = match all.len() {
        0 => return "No incident opened in this time.".to_owned(),
        1 => "1 incident".to_owned(),
        many => format!("{many} incidents"),
    };
    let (taken, over) = (known(1), known(3));
    format!(
        "{count}: time to acknowledge {taken}, to resolve {over} (medians of those that are known)."
    )
}
