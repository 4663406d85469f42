//! What a query is worth at a moment.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use compact_str::CompactString;

use super::promql::{Between, Expr, Fold};
use super::store::{NAME, Store};
use crate::domain::alert::Labels;
use crate::domain::chart::Point;

/// Values by labels.
pub(super) type Vector = Vec<(Labels, f64)>;

/// A number, or values by labels.
pub(super) enum Worth {
    Number(f64),
    Vector(Vector),
}

impl Worth {
    /// The values; a number is one without labels.
    pub(super) fn into_vector(self) -> Vector {
        match self {
            Self::Number(number) => vec![(Labels::new(), number)],
            Self::Vector(vector) => vector,
        }
    }
}

/// Works a query out.
pub(super) fn eval(store: &Store, expr: &Expr, at: DateTime<Utc>) -> Worth {
    let inner = |of: &Expr| eval(store, of, at).into_vector();
    match expr {
        Expr::Number(number) => Worth::Number(*number),
        Expr::Select(matchers) => Worth::Vector(store.newest(matchers, at)),
        Expr::Growth { of, window, per_second } => {
            let grown = store.window(of, at, *window).filter_map(|(labels, points)| {
                Some((nameless(labels), growth(&points, *per_second)?))
            });
            Worth::Vector(grown.collect())
        }
        Expr::Fold { how, by, of } => Worth::Vector(fold(*how, by, inner(of))),
        Expr::Quantile { q, of } => Worth::Vector(quantiles(*q, inner(of))),
        Expr::Pair { left, op, right } => pair(eval(store, left, at), *op, eval(store, right, at)),
    }
}

fn nameless(labels: &Labels) -> Labels {
    let mut labels = labels.clone();
    labels.remove(NAME);
    labels
}

/// How much a counter grew between the first and the last sample. A counter that falls was set to
/// zero by a restart.
#[expect(clippy::cast_precision_loss, reason = "milliseconds of a window are small numbers")]
fn growth(points: &[Point], per_second: bool) -> Option<f64> {
    let (first, last) = (points.first()?, points.last()?);
    if first.at == last.at {
        return None;
    }
    let steps = points.iter().zip(points.iter().skip(1));
    let grown: f64 = steps
        .map(|(old, new)| if new.value < old.value { new.value } else { new.value - old.value })
        .sum();
    let seconds = (last.at - first.at) as f64 / 1000.0;
    Some(if per_second { grown / seconds } else { grown })
}

fn fold(how: Fold, by: &[CompactString], vector: Vector) -> Vector {
    let mut groups: BTreeMap<Labels, Vec<f64>> = BTreeMap::new();
    for (mut labels, value) in vector {
        labels.retain(|name, _| by.contains(name));
        groups.entry(labels).or_default().push(value);
    }
    groups.into_iter().map(|(labels, values)| (labels, folded(how, &values))).collect()
}

#[expect(clippy::cast_precision_loss, reason = "the number of series is small")]
fn folded(how: Fold, values: &[f64]) -> f64 {
    let sum: f64 = values.iter().sum();
    match how {
        Fold::Sum => sum,
        Fold::Avg => sum / values.len() as f64,
        Fold::Max => values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        Fold::Min => values.iter().copied().fold(f64::INFINITY, f64::min),
    }
}

/// Prometheus' `histogram_quantile`: the bucket that holds the rank, and a straight line inside it.
fn quantiles(q: f64, vector: Vector) -> Vector {
    let mut histograms: BTreeMap<Labels, Vec<(f64, f64)>> = BTreeMap::new();
    for (mut labels, count) in vector {
        if let Some(bound) = labels.remove("le").and_then(|le| le.parse().ok()) {
            histograms.entry(labels).or_default().push((bound, count));
        }
    }
    let worth = |mut buckets: Vec<(f64, f64)>| {
        buckets.sort_by(|one, other| one.0.total_cmp(&other.0));
        quantile(q, &buckets)
    };
    histograms.into_iter().map(|(labels, buckets)| (labels, worth(buckets))).collect()
}

fn quantile(q: f64, buckets: &[(f64, f64)]) -> f64 {
    let total = buckets.last().map_or(0.0, |(_, count)| *count);
    if total == 0.0 {
        return f64::NAN;
    }
    let rank = q * total;
    let (mut below, mut under) = (0.0, 0.0);
    for (bound, count) in buckets {
        if *count >= rank {
            // What lies over the highest bound is only known to be there.
            let inside = (rank - under) / (count - under);
            return if bound.is_finite() { below + (bound - below) * inside } else { below };
        }
        (below, under) = (*bound, *count);
    }
    below
}

fn pair(left: Worth, op: Between, right: Worth) -> Worth {
    match (left, right) {
        (Worth::Number(left), Worth::Number(right)) => {
            Worth::Number(between(left, op, right).unwrap_or(0.0))
        }
        (Worth::Vector(left), Worth::Number(right)) => Worth::Vector(
            left.into_iter().filter_map(|it| Some((it.0, between(it.1, op, right)?))).collect(),
        ),
        (Worth::Number(left), Worth::Vector(right)) => Worth::Vector(
            right.into_iter().filter_map(|it| Some((it.0, between(left, op, it.1)?))).collect(),
        ),
        (Worth::Vector(left), Worth::Vector(right)) => {
            let right: BTreeMap<Labels, f64> =
                right.into_iter().map(|(labels, value)| (nameless(&labels), value)).collect();
            let both = left.into_iter().filter_map(|(labels, value)| {
                let labels = nameless(&labels);
                let other = *right.get(&labels)?;
                Some((labels, between(value, op, other)?))
            });
            Worth::Vector(both.collect())
        }
    }
}

/// A comparison keeps the left side where it holds.
fn between(left: f64, op: Between, right: f64) -> Option<f64> {
    match op {
        Between::Plus => Some(left + right),
        Between::Minus => Some(left - right),
        Between::Times => Some(left * right),
        Between::Over => Some(left / right),
        Between::Above => (left > right).then_some(left),
        Between::Below => (left < right).then_some(left),
    }
}
