//! `query`: numbers straight from the source, as a table.

use chrono::TimeDelta;

use super::prelude::*;
use crate::adapters::metrics::{Answer as Numbers, Range};
use crate::domain::chart::{Point, Series};
use crate::domain::duration;

/// So many series are asked for: a phone shows thirty.
const SERIES_MAX: usize = 200;
/// Points over a range: enough for its least and its most.
const POINTS: i32 = 120;
/// The longest range: longer ones belong into a graph.
const RANGE_MAX: TimeDelta = TimeDelta::days(31);

/// The command.
pub(super) const COMMAND: Command = Command {
    spec: Spec {
        aliases: &["promql"],
        usage: "query up{job=\"cms\"} [1h]",
        help: "The values of a query now, or its least, most and last over a range",
        examples: &["query up", "query sum(rate(requests[5m])) by (code) 1h | sort -last"],
        has_table: true,
        ..Spec::reads("query", Topic::Look)
    },
    read,
};

fn read(args: &mut Args<'_>) -> Result<Plan, Mistake> {
    let text = args.text().trim();
    let (query, range) = ranged(text);
    if query.is_empty() {
        return Err(Mistake::new(messages::usage(COMMAND.spec.usage)));
    }
    if range.is_some_and(|range| range > RANGE_MAX) {
        return Err(Mistake::new(messages::too_long_range(RANGE_MAX.num_days())));
    }
    let query = query.to_owned();
    Ok(Plan::new(text, async move |desk: Desk| {
        let source = desk.metrics()?;
        let answered = match range {
            None => source.instant(&query, desk.now, SERIES_MAX).await,
            Some(length) => {
                let step = (length / POINTS).max(TimeDelta::seconds(1));
                let range = Range { from: desk.now - length, to: desk.now, step };
                source.range(&query, range, SERIES_MAX).await
            }
        };
        let numbers = answered.map_err(|trouble| Trouble::Failed(format!("{trouble}.")))?;
        Ok(answer(&desk, &numbers, range))
    }))
}

/// The query, and the range that stands behind it.
fn ranged(text: &str) -> (&str, Option<TimeDelta>) {
    let Some((query, last)) = text.rsplit_once(char::is_whitespace) else { return (text, None) };
    match duration::parse(last) {
        // A number without a unit is part of the query: `up > 0`.
        Ok(range) if !range.is_zero() => (query.trim_end(), Some(range)),
        Ok(_) | Err(_) => (text, None),
    }
}

fn answer(desk: &Desk, numbers: &Numbers, range: Option<TimeDelta>) -> Answer {
    let mut columns = vec![("series", Kind::Text)];
    columns.extend(match range {
        None => vec![("value", Kind::Number)],
        Some(_) => vec![("last", Kind::Number), ("least", Kind::Number), ("most", Kind::Number)],
    });
    let mut values = Values::new(&columns, desk.now);
    for series in &numbers.series {
        let mut row = vec![Cell::Text(series.name.clone())];
        row.extend(numbers_of(series, range.is_some()));
        values.push(row);
    }
    let only = match numbers.series.as_slice() {
        [only] => only.points.last().map(|point| point.value),
        _ => None,
    };
    let mut text = messages::numbers(numbers.series.len(), only);
    for note in &numbers.notes {
        text.push_str(&format!("\n{note}"));
    }
    Answer::table(text, values)
}

fn numbers_of(series: &Series, is_range: bool) -> Vec<Cell> {
    let cell = |value: Option<f64>| value.map_or(Cell::Empty, Cell::Number);
    let last = cell(series.points.last().map(|point: &Point| point.value));
    if !is_range {
        return vec![last];
    }
    let finite = || series.points.iter().map(|point| point.value).filter(|it| it.is_finite());
    vec![last, cell(finite().reduce(f64::min)), cell(finite().reduce(f64::max))]
}
