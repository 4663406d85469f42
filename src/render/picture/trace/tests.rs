use super::*;
use crate::domain::chart::Point;
use crate::render::tests::chart;

#[test]
fn a_missing_point_is_a_gap() {
    assert_eq!(pieces(&[(0, 1.0), (15, 1.0), (30, 1.0)]), [3]);
    assert_eq!(pieces(&[(0, 1.0), (15, 1.0), (45, 1.0)]), [2, 1]);
    // A point that is a little late is none.
    assert_eq!(pieces(&[(0, 1.0), (22, 1.0), (37, 1.0)]), [3]);
}

#[test]
fn what_is_no_number_is_a_gap() {
    assert_eq!(pieces(&[(0, 1.0), (15, f64::NAN), (30, 1.0), (45, 1.0)]), [1, 2]);
    assert_eq!(pieces(&[(0, 1.0), (15, f64::INFINITY), (30, 1.0)]), [1, 1]);
    assert_eq!(pieces(&[(0, f64::NAN)]), [0; 0]);
}

#[test]
fn points_outside_the_range_are_left_out() {
    assert_eq!(pieces(&[(-15, 1.0), (0, 1.0), (15, 1.0), (3615, 1.0)]), [2]);
}

#[test]
fn thousands_of_points_keep_their_peak() {
    let chart = chart();
    let time = TimeAxis::new(&chart, 5.0);
    let from = chart.from.timestamp_millis();
    let peak = |at: i64| if at == 1_234_000 { 9.0 } else { 0.001 * (at % 7) as f64 };
    let piece: Vec<(i64, f64)> = (0..3_600).map(|s| (from + s * 1000, peak(s * 1000))).collect();
    let kept = thinned(piece, &time, 100.0);
    assert!(kept.len() <= 404, "{}", kept.len());
    assert!(kept.contains(&(from + 1_234_000, 9.0)));
    assert!(kept.is_sorted_by_key(|point| point.0));
}

/// How many points each piece has, of points given by second and value.
fn pieces(points: &[(i64, f64)]) -> Vec<usize> {
    let chart = chart();
    let from = chart.from.timestamp_millis();
    let points = points.iter().map(|(s, value)| Point { at: from + s * 1000, value: *value });
    let series = Series { points: points.collect(), ..Series::default() };
    let time = TimeAxis::new(&chart, 5.0);
    Trace::pieces(&chart, &series, &time, 800.0).iter().map(Vec::len).collect()
}
