//! The few numbers that say what a line is like. Only finite values count.

use std::cmp::Reverse;

use super::{Point, Series};

impl Series {
    /// The points whose value is a number that can be drawn.
    pub fn finite(&self) -> impl DoubleEndedIterator<Item = Point> + '_ {
        self.points.iter().copied().filter(|point| point.value.is_finite())
    }

    /// The newest value.
    #[must_use]
    pub fn last(&self) -> Option<f64> {
        self.finite().next_back().map(|point| point.value)
    }

    /// The smallest value.
    #[must_use]
    pub fn min(&self) -> Option<f64> {
        self.finite().map(|point| point.value).reduce(f64::min)
    }

    /// The largest value.
    #[must_use]
    pub fn max(&self) -> Option<f64> {
        self.finite().map(|point| point.value).reduce(f64::max)
    }
}

/// Keeps the series with the largest maxima, the largest first, and says how many it left out.
/// Series without a number come last; equal ones keep their order.
#[must_use]
pub fn top(mut series: Vec<Series>, most: usize) -> (Vec<Series>, usize) {
    // The order of `total_cmp`, as a key that is computed once.
    series.sort_by_cached_key(|one| Reverse(one.max().map(ordered)));
    let left = series.len().saturating_sub(most);
    series.truncate(most);
    (series, left)
}

/// A number that is ordered as the value is.
fn ordered(value: f64) -> i64 {
    // Zero has two signs and one place.
    let bits = (value + 0.0).to_bits().cast_signed();
    if bits < 0 { bits ^ i64::MAX } else { bits }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(name: &str, values: &[f64]) -> Series {
        let points = values.iter().zip(0..).map(|(value, at)| Point { at, value: *value });
        Series { name: name.to_owned(), points: points.collect(), ..Series::default() }
    }

    #[test]
    fn what_is_no_number_does_not_count() {
        let odd = series("odd", &[f64::NAN, 3.0, f64::INFINITY, -1.0, f64::NAN]);
        assert_eq!((odd.last(), odd.min(), odd.max()), (Some(-1.0), Some(-1.0), Some(3.0)));
        let none = series("none", &[f64::NAN]);
        assert_eq!((none.last(), none.min(), none.max()), (None, None, None));
    }

    #[test]
    fn the_top_is_by_maximum_and_nan_comes_last() {
        let all = vec![
            series("nan", &[f64::NAN]),
            series("low", &[-5.0, -2.0]),
            series("high", &[1.0, 9.0]),
            series("middle", &[2.0, 2.0]),
            series("zero", &[-0.0]),
            series("also zero", &[0.0]),
        ];
        let (kept, left) = top(all.clone(), 5);
        let names: Vec<&str> = kept.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["high", "middle", "zero", "also zero", "low"]);
        assert_eq!(left, 1);
        assert_eq!(top(all, 10).0.last().map(|one| one.name.clone()), Some("nan".to_owned()));
    }
}
