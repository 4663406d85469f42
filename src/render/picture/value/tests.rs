use super::*;
use crate::domain::chart::{Limit, Point, Series};
use crate::render::tests::chart;

#[test]
fn ends_and_ticks_are_round() {
    assert_eq!(
        names(&[0.12, 0.63], &[], Unit::Seconds),
        ["0 ms", "200 ms", "400 ms", "600 ms", "800 ms"]
    );
    assert_eq!(names(&[3.0, 97.0], &[], Unit::Percent).last().unwrap(), "100%");
    let mib = 1_048_576.0;
    assert_eq!(names(&[0.0, 900.0 * mib], &[], Unit::Bytes)[1], "200 MiB");
}

#[test]
fn data_that_would_be_flat_are_shown_without_zero() {
    let found = names(&[0.9987, 0.9995], &[], Unit::PercentUnit);
    assert!(found.iter().all(|name| name.starts_with("99.")), "{found:?}");
    assert_eq!(names(&[35.0, 50.0], &[], Unit::Percent)[0], "0%");
}

#[test]
fn a_constant_has_room_above_and_below() {
    let axis = axis(&[42.0], &[], Unit::Short);
    assert!(axis.share(42.0) > 0.5 && axis.share(42.0) < 0.95);
    assert_eq!(names(&[0.0, 0.0], &[], Unit::Short), ["0", "1"]);
    assert_eq!(names(&[0.0], &[], Unit::Percent), ["0%", "100%"]);
    assert!(axis_of(&[-42.0]).share(-42.0) > 0.05);
}

#[test]
fn without_a_number_the_axis_has_no_names() {
    assert_eq!(names(&[f64::NAN], &[], Unit::Short), ["", ""]);
    assert_eq!(names(&[], &[0.5], Unit::Seconds).last().unwrap(), "800 ms");
}

#[test]
fn a_near_limit_is_on_the_axis_and_a_far_one_is_not() {
    assert!(axis(&[0.1, 0.2], &[0.5], Unit::Seconds).holds(0.5));
    let far = axis(&[0.1, 0.2], &[30.0], Unit::Seconds);
    assert!(!far.holds(30.0) && far.is_above(30.0));
}

#[test]
fn values_of_any_size_have_an_axis() {
    let sizes = [f64::MAX, 1e300, 1e15, 1e-9, 1e-280, f64::MIN_POSITIVE, 5e-324];
    for size in sizes.into_iter().flat_map(|size| [size, -size]) {
        for values in [vec![size], vec![size, 0.0], vec![size, -size], vec![size, size * 0.5]] {
            let axis = axis_of(&values);
            let ticks = axis.ticks();
            assert!((2..20).contains(&ticks.len()), "{values:?}: {ticks:?}");
            for value in &values {
                assert!((-0.01..=1.01).contains(&axis.share(*value)), "{values:?}: {axis:?}");
            }
        }
    }
}

fn names(values: &[f64], limits: &[f64], unit: Unit) -> Vec<String> {
    let axis = axis(values, limits, unit);
    axis.ticks().into_iter().map(|value| axis.name(value)).collect()
}

fn axis_of(values: &[f64]) -> ValueAxis {
    axis(values, &[], Unit::Short)
}

fn axis(values: &[f64], limits: &[f64], unit: Unit) -> ValueAxis {
    let mut chart = chart();
    let from = chart.from.timestamp_millis();
    let points = values.iter().map(|value| Point { at: from, value: *value }).collect();
    chart.series = vec![Series { points, ..Series::default() }];
    chart.limits =
        limits.iter().map(|value| Limit { value: *value, label: String::new() }).collect();
    chart.unit = unit;
    ValueAxis::new(&chart, 5.0)
}
