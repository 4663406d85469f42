//! Pages by the hour as a picture: one line for each set of files.

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};

use crate::domain::chart::{Axis, Chart, Look, Point, Series, Unit};
use crate::domain::replay::{Compared, Tally};
use crate::render;

/// Hours of one picture at most: two years.
const HOURS_MAX: usize = 2 * 366 * 24;

/// Draws how many pages went out in each hour.
///
/// # Errors
/// When the size is out of bounds.
pub fn pages_by_hour(it: &Compared, look: &Look) -> Result<Vec<u8>, render::Error> {
    render::png(&chart(it), look)
}

fn chart(it: &Compared) -> Chart {
    let hour = TimeDelta::hours(1);
    let from = it.from.duration_trunc(hour).unwrap_or(it.from);
    let before = it.before.as_ref().map(|tally| series("before", tally, (from, it.until)));
    let name = if before.is_some() { "after" } else { "pages" };
    let after = series(name, &it.after, (from, it.until));
    Chart {
        title: "pages by hour".to_owned(),
        command: format!("warroom replay: {}", it.source),
        unit: Unit::default(),
        from,
        to: it.until,
        step: hour,
        zone: it.zone,
        series: before.into_iter().chain([after]).collect(),
        hidden: 0,
        limits: Vec::new(),
        markers: Vec::new(),
        notes: Vec::new(),
        axis: Axis::default(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "nobody is paged 2^53 times in an hour")]
fn series(name: &str, tally: &Tally, (from, until): (DateTime<Utc>, DateTime<Utc>)) -> Series {
    let hours = std::iter::successors(Some(from), |at| Some(*at + TimeDelta::hours(1)));
    let points = hours.take_while(|at| *at <= until).take(HOURS_MAX).map(|at| Point {
        at: at.timestamp_millis(),
        value: tally.hours.get(&at).copied().unwrap_or_default() as f64,
    });
    Series { name: name.to_owned(), points: points.collect(), ..Series::default() }
}
