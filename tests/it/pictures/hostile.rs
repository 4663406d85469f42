//! No chart breaks the renderer, and no label leaves its picture.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use warroom::domain::chart::{
    Axis, Chart, Limit, Look, Marker, MarkerKind, Point, Series, Theme, Unit, sparkline,
};
use warroom::render;

/// Names as bad as labels can be.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => any::<String>(),
        1 => Just("x".repeat(10_000)),
        1 => Just("\u{202e}\u{200f}\0\u{7f}\n\r\t\u{feff}".to_owned()),
        1 => Just("🦀👩‍👩‍👧🇩🇪e\u{301}\u{e0041}".to_owned()),
        1 => Just("عربي עברית 東京 <b>&amp;\"'".to_owned()),
        1 => Just(String::new()),
    ]
}

fn value() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => any::<f64>(),
        4 => -1e3..1e3,
        1 => prop::sample::select(vec![
            0.0, -0.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN,
            f64::MIN_POSITIVE, 5e-324,
        ]),
    ]
}

fn series(from: i64) -> impl Strategy<Value = Series> {
    let points = prop::collection::vec((-100_000_i64..10_000_000, value()), 0..40);
    (name(), points, any::<bool>()).prop_map(move |(name, points, is_past)| Series {
        name,
        points: points.into_iter().map(|(at, value)| Point { at: from + at, value }).collect(),
        is_past,
        ..Series::default()
    })
}

fn unit() -> impl Strategy<Value = Unit> {
    prop_oneof![
        prop::sample::select(vec![
            "s",
            "ms",
            "bytes",
            "Bps",
            "bps",
            "%",
            "percentunit",
            "reqps",
            ""
        ])
        .prop_map(Unit::parse),
        name().prop_map(|name| Unit::parse(&name)),
    ]
}

fn axis() -> impl Strategy<Value = Axis> {
    (prop::option::of(value()), prop::option::of(value()), any::<bool>())
        .prop_map(|(low, high, is_stacked)| Axis { low, high, is_stacked })
}

fn zone() -> impl Strategy<Value = chrono_tz::Tz> {
    prop::sample::select(chrono_tz::TZ_VARIANTS.to_vec())
}

fn marker(from: DateTime<Utc>) -> impl Strategy<Value = Marker> {
    let kinds = vec![MarkerKind::Alert, MarkerKind::Cleared, MarkerKind::Deploy, MarkerKind::Fix];
    let kind = prop::sample::select(kinds);
    (0_i64..10_000, kind, name()).prop_map(move |(seconds, kind, label)| Marker {
        at: from + TimeDelta::seconds(seconds),
        kind,
        label,
    })
}

prop_compose! {
    /// Ranges from nothing to decades, also backwards.
    fn chart()(from in -4_000_000_000_i64..8_000_000_000)(
        length in prop_oneof![Just(0), -100_i64..100, 0_i64..100_000, 0_i64..2_000_000_000],
        step in 0_i64..100_000,
        (title, command, notes) in (name(), name(), prop::collection::vec(name(), 0..5)),
        (unit, zone) in (unit(), zone()),
        series in prop::collection::vec(series(from * 1000), 0..15),
        limits in prop::collection::vec((value(), name()), 0..4),
        markers in prop::collection::vec(marker(DateTime::from_timestamp(from, 0).unwrap()), 0..8),
        hidden in any::<usize>(),
        axis in axis(),
        from in Just(from),
    ) -> Chart {
        let from = DateTime::from_timestamp(from, 0).unwrap();
        let limits = limits.into_iter().map(|(value, label)| Limit { value, label }).collect();
        let (to, step) = (from + TimeDelta::seconds(length), TimeDelta::milliseconds(step));
        Chart { title, command, unit, from, to, step, zone, series, hidden, limits, markers, notes, axis }
    }
}

fn look() -> impl Strategy<Value = Look> {
    let size = prop_oneof![Just((200, 120)), (200_u32..900, 120_u32..600)];
    (size, prop::sample::select(vec![0.5_f32, 1.0, 1.5]))
        .prop_map(|((width, height), scale)| Look { width, height, scale, theme: Theme::Dark })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn no_chart_breaks_a_picture(chart in chart(), look in look()) {
        let png = render::png(&chart, &look).unwrap();
        prop_assert!(png.starts_with(b"\x89PNG"));
        let svg = render::svg(&chart, &look).unwrap();
        prop_assert!(svg.ends_with("</svg>\n"));
        let is_text = |c: char| c == '\n' || !c.is_control();
        prop_assert!(svg.chars().all(is_text), "a control character is in the SVG");
        prop_assert!(chart.alt_text().chars().count() <= 1000);
        for series in &chart.series {
            prop_assert!(sparkline(series, 40).chars().count() <= 40);
        }
        prop_assert!(chart.csv().starts_with("time"));
    }
}

#[test]
fn a_label_is_no_markup_in_an_svg() {
    let chart = super::cases::all().into_iter().find(|case| case.name == "hostile").unwrap();
    let svg = render::svg(&chart.chart, &chart.look).unwrap();
    assert!(!svg.contains("<script") && !svg.contains("<b>"), "{svg}");
    assert!(svg.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "{svg}");
}

#[test]
fn the_largest_picture_is_drawn() {
    let case = &super::cases::all()[0];
    let look = Look { width: 4000, height: 3000, scale: 1.0, theme: Theme::Light };
    assert!(render::png(&case.chart, &look).is_ok());
}
