//! What pictures and their descriptions say.

use chrono::{DateTime, Offset, TimeZone, Utc};
use chrono_tz::{OffsetName, Tz};

use crate::domain::chart::Chart;

/// The time range in a zone: the date once where both ends share it.
#[must_use]
pub fn range(from: DateTime<Utc>, to: DateTime<Utc>, zone: Tz) -> String {
    let (begin, end) = (from.with_timezone(&zone), to.with_timezone(&zone));
    let name = zone_name(to, zone);
    let clock = if to.timestamp() - from.timestamp() < 120 { "%H:%M:%S" } else { "%H:%M" };
    let day = "%-d %b %Y";
    if begin.date_naive() == end.date_naive() {
        format!("{}, {} to {} {name}", begin.format(day), begin.format(clock), end.format(clock))
    } else {
        let both = format!("{day} {clock}");
        format!("{} to {} {name}", begin.format(&both), end.format(&both))
    }
}

/// What people call a zone at a time: `CET`; its offset where it has no name.
#[must_use]
pub fn zone_name(at: DateTime<Utc>, zone: Tz) -> String {
    let offset = zone.offset_from_utc_datetime(&at.naive_utc());
    match offset.abbreviation() {
        Some(name) if name.starts_with(char::is_alphabetic) => name.to_owned(),
        Some(_) | None => format!("UTC{}", offset.fix()),
    }
}

/// Why a chart shows no line.
#[must_use]
pub fn nothing(chart: &Chart) -> String {
    let points: usize = chart.series.iter().map(|series| series.points.len()).sum();
    match points {
        0 => "No data for this query in this time".to_owned(),
        1 => "No numbers: the only point is NaN or infinite".to_owned(),
        many => format!("No numbers: all {many} points are NaN or infinite"),
    }
}

/// That some points are no numbers; nothing where all are, or none.
#[must_use]
pub fn not_drawn(chart: &Chart) -> Option<String> {
    let points = || chart.series.iter().flat_map(|series| &series.points);
    let missing = points().filter(|point| !point.value.is_finite()).count();
    let all = points().count();
    (missing > 0 && missing < all)
        .then(|| format!("{missing} of {all} points are NaN or infinite and not drawn"))
}

/// How the values are laid out, where a reader would take them for something else.
#[must_use]
pub fn layout(chart: &Chart) -> Option<String> {
    let axis = chart.axis;
    let is_beyond = |value: f64| {
        axis.low.is_some_and(|low| value < low) || axis.high.is_some_and(|high| value > high)
    };
    let ends = || chart.series.iter().flat_map(|series| [series.min(), series.max()]).flatten();
    if axis.is_stacked {
        Some("stacked: each line stands on those before it, the top one is their sum".to_owned())
    } else {
        ends().any(is_beyond).then(|| "values beyond the axis are drawn at its edge".to_owned())
    }
}

/// That there are further lines.
#[must_use]
pub fn hidden(chart: &Chart) -> String {
    let drawn = chart.series.iter().filter(|series| !series.is_past).count();
    format!("and {} more, the top {drawn} by maximum are drawn", chart.hidden)
}

/// That there are further lines, where it is not known which.
#[must_use]
pub fn more(count: usize) -> String {
    if count == 1 {
        "There is 1 more line".to_owned()
    } else {
        format!("There are {count} more lines")
    }
}
