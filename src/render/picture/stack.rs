//! Lines that stand on one another: what is drawn where a chart is stacked.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::domain::chart::{Chart, Point, Series};

/// The chart whose values are where they are drawn: its own, or for a stack the sums up to each
/// line. The lines of an earlier time are a stack of their own.
pub(super) fn drawn(chart: &Chart) -> Cow<'_, Chart> {
    if !chart.axis.is_stacked {
        return Cow::Borrowed(chart);
    }
    let mut stacked = chart.clone();
    for is_past in [false, true] {
        stack(stacked.series.iter_mut().filter(|series| series.is_past == is_past).collect());
    }
    Cow::Owned(stacked)
}

/// Adds to each line those before it. All have the same times then: a line without a number at one
/// of them adds nothing there, and where no line has one there is a gap.
fn stack(lines: Vec<&mut Series>) {
    let points = lines.iter().flat_map(|series| &series.points);
    let mut sums: BTreeMap<i64, f64> =
        points.filter(|point| point.value.is_finite()).map(|point| (point.at, 0.0)).collect();
    for series in lines {
        for point in series.points.iter().filter(|point| point.value.is_finite()) {
            if let Some(sum) = sums.get_mut(&point.at) {
                // Two huge values must not add up to an infinity, which is drawn as a gap.
                *sum = (*sum + point.value).clamp(f64::MIN, f64::MAX);
            }
        }
        series.points = sums.iter().map(|(at, value)| Point { at: *at, value: *value }).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::chart::Axis;
    use crate::render::tests::chart;

    fn series(values: &[(i64, f64)], is_past: bool) -> Series {
        let points = values.iter().map(|(at, value)| Point { at: *at, value: *value }).collect();
        Series { points, is_past, ..Series::default() }
    }

    fn values(series: &Series) -> Vec<(i64, f64)> {
        series.points.iter().map(|point| (point.at, point.value)).collect()
    }

    #[test]
    fn each_line_stands_on_those_before_it() {
        let mut chart = chart();
        chart.series = vec![
            series(&[(1, 1.0), (2, 2.0)], false),
            series(&[(1, 10.0), (2, f64::NAN), (3, 30.0)], false),
            series(&[(1, 5.0)], true),
        ];
        assert!(matches!(drawn(&chart), Cow::Borrowed(_)));
        chart.axis = Axis { is_stacked: true, ..Axis::default() };
        let drawn = drawn(&chart);
        assert_eq!(values(&drawn.series[0]), [(1, 1.0), (2, 2.0), (3, 0.0)]);
        assert_eq!(values(&drawn.series[1]), [(1, 11.0), (2, 2.0), (3, 30.0)]);
        assert_eq!(values(&drawn.series[2]), [(1, 5.0)]);
    }
}
