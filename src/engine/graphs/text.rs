//! The answer in words: what a room reads before and without the picture.

use crate::domain::chart::{Chart, Series, is_invisible, sparkline};
use crate::domain::messages::graphs as say;

/// Lines that are told; the picture shows the others.
const TOLD_MAX: usize = 3;
/// Characters of a line: it fits on a phone behind its numbers.
const SPARK_WIDTH: usize = 24;
/// Letters of a name in a sentence.
const NAME_LETTERS_MAX: usize = 60;

/// The answer, its first line first.
pub(super) fn answer(chart: &Chart, also: &[String]) -> String {
    let current: Vec<&Series> =
        chart.series.iter().filter(|series| !series.is_past && series.last().is_some()).collect();
    let mut lines: Vec<String> =
        current.iter().take(TOLD_MAX).map(|series| line(chart, series)).collect();
    if let Some(first) = lines.first_mut() {
        *first = format!("{}: {first}", plain(&chart.title));
    }
    let untold = current.len().saturating_sub(TOLD_MAX) + chart.hidden;
    lines.extend((untold > 0).then(|| say::untold(untold)));
    lines.extend(chart.notes.iter().map(|note| say::sentence(&plain(note))));
    lines.extend((!also.is_empty()).then(|| say::also(also)));
    lines.join("\n")
}

fn line(chart: &Chart, series: &Series) -> String {
    let number = |value: Option<f64>| chart.unit.format(value.unwrap_or(f64::NAN));
    let name = plain(&series.name);
    let name = if name == plain(&chart.title) { String::new() } else { format!("{name} ") };
    let over = chart.limits.iter().find(|limit| series.last().is_some_and(|it| it > limit.value));
    let over = over.map(|limit| say::over(&plain(&limit.label), &chart.unit.format(limit.value)));
    format!(
        "{name}{}{} (min {}, max {}) {}",
        number(series.last()),
        over.unwrap_or_default(),
        number(series.min()),
        number(series.max()),
        sparkline(series, SPARK_WIDTH)
    )
}

/// A label in a sentence: one short line, nothing invisible.
fn plain(text: &str) -> String {
    let seen = text.chars().filter(|c| !is_invisible(*c) && !c.is_control());
    let mut short: String = seen.take(NAME_LETTERS_MAX).collect();
    if text.chars().count() > NAME_LETTERS_MAX {
        short.push('…');
    }
    short
}
