//! The charts of the golden pictures: what rooms see, and what nobody hopes to see.

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use warroom::domain::chart::{
    Axis, Chart, Limit, Look, Marker, MarkerKind, Point, Series, Theme, Unit, top,
};

/// A named picture.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) chart: Chart,
    pub(crate) look: Look,
}

/// Every golden picture.
pub(crate) fn all() -> Vec<Case> {
    let charts: [(&'static str, Chart); 25] = [
        ("one-series", one_series()),
        ("ten-series", many(10)),
        ("hundred-series", hundred()),
        ("gaps", gaps()),
        ("nan", nan()),
        ("only-nan", only_nan()),
        ("constant-zero", constant(0.0, Unit::RequestsPerSecond)),
        ("constant", constant(42.0, Unit::Percent)),
        ("huge", sized(1e15, Unit::Bytes)),
        ("immense", sized(1e300, Unit::Short)),
        ("tiny", sized(3e-9, Unit::Short)),
        ("one-point", one_point()),
        ("a-week", week()),
        ("a-year", year()),
        ("five-minutes", five_minutes()),
        ("non-latin", non_latin()),
        ("empty", chart("errors", "graph errors cms 1h", Unit::RequestsPerSecond)),
        ("vs-1d", versus()),
        ("limit-and-markers", incident()),
        ("crowded-markers", crowded()),
        ("hostile", hostile()),
        ("negative", negative()),
        ("narrow-band", narrow_band()),
        ("stacked", stacked()),
        ("given-ends", given_ends()),
    ];
    let desk = Look { width: 800, height: 400, scale: 1.0, theme: Theme::Light };
    let mut cases: Vec<Case> =
        charts.into_iter().map(|(name, chart)| Case { name, chart, look: desk }).collect();
    let dark = Look { theme: Theme::Dark, ..desk };
    let phone = Look { width: 360, height: 300, scale: 1.0, theme: Theme::Light };
    let thumbnail = Look { width: 200, height: 120, scale: 1.0, theme: Theme::Light };
    cases.push(Case { name: "dark-ten-series", chart: many(10), look: dark });
    cases.push(Case { name: "dark-limit-and-markers", chart: incident(), look: dark });
    cases.push(Case { name: "phone-one-series", chart: one_series(), look: phone });
    cases.push(Case { name: "phone-ten-series", chart: many(10), look: phone });
    cases.push(Case { name: "phone-limit-and-markers", chart: incident(), look: phone });
    cases.push(Case { name: "thumbnail", chart: one_series(), look: thumbnail });
    cases
}

fn end() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 21, 13, 7, 0).unwrap()
}

fn chart(title: &str, command: &str, unit: Unit) -> Chart {
    Chart {
        title: title.to_owned(),
        command: command.to_owned(),
        unit,
        from: end() - TimeDelta::hours(1),
        to: end(),
        step: TimeDelta::seconds(15),
        zone: chrono_tz::Europe::Berlin,
        series: Vec::new(),
        hidden: 0,
        limits: Vec::new(),
        markers: Vec::new(),
        notes: Vec::new(),
        axis: Axis::default(),
    }
}

/// A line over the whole chart; `value` is told how far along (0 to 1) it is.
fn line(chart: &Chart, name: &str, value: impl Fn(f64) -> f64) -> Series {
    let (from, to) = (chart.from.timestamp_millis(), chart.to.timestamp_millis());
    let step = chart.step.num_milliseconds();
    let share = |at: i64| (at - from) as f64 / (to - from) as f64;
    let points = (0..).map(|number| from + number * step).take_while(|at| *at <= to);
    let points = points.map(|at| Point { at, value: value(share(at)) }).collect();
    Series { name: name.to_owned(), points, ..Series::default() }
}

/// Even, repeatable noise from -1 to 1.
fn noise(seed: u64, share: f64) -> f64 {
    let mut bits = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (share * 1e6) as u64;
    bits ^= bits >> 33;
    bits = bits.wrapping_mul(0xff51_afd7_ed55_8ccd);
    bits ^= bits >> 33;
    (bits % 2001) as f64 / 1000.0 - 1.0
}

fn latency(seed: u64, share: f64) -> f64 {
    let wave = (share * 9.0 + seed as f64).sin() * 0.02;
    let bump = if (0.55..0.8).contains(&share) { 0.5 * ((share - 0.55) * 12.6).sin() } else { 0.0 };
    (0.12 + wave + bump / (1.0 + seed as f64 * 0.4) + noise(seed, share) * 0.012).max(0.001)
}

fn one_series() -> Chart {
    let mut chart = chart("cms latency", "graph latency cms 1h", Unit::Seconds);
    chart.series = vec![line(&chart, "p99", |share| latency(0, share))];
    chart
}

fn many(count: u64) -> Chart {
    let mut chart = chart("latency by instance", "graph latency 1h", Unit::Seconds);
    let one = |seed: u64| {
        let name = format!("{{instance=\"cms-{seed}.eu-central-1.example:9100\", job=\"cms\"}}");
        let level = 1.0 + seed as f64 * 0.35;
        line(&chart, &name, |share| latency(seed, share) * level)
    };
    chart.series = (0..count).map(one).collect();
    chart
}

/// Four answers that add up to all, with a gap of all and one of the second alone.
fn stacked() -> Chart {
    let mut chart = chart("cms answers", "graph answers cms 1h", Unit::RequestsPerSecond);
    let one = |seed: u64| {
        let level = [120.0, 40.0, 15.0, 6.0][seed as usize];
        let name = ["200", "304", "404", "500"][seed as usize];
        let value = |share: f64| level * (1.0 + latency(seed, share));
        line(&chart, name, value)
    };
    chart.series = (0..4).map(one).collect();
    for (series, number) in chart.series.iter_mut().zip(0..) {
        let mut at = 0..;
        series.points.retain(|_| match at.next().unwrap() {
            60..80 => false,
            150..180 => number != 1,
            _ => true,
        });
    }
    chart.axis = Axis { is_stacked: true, ..Axis::default() };
    chart
}

/// An axis that ends where the dashboard says, above and below of which there are values.
fn given_ends() -> Chart {
    let mut chart = one_series();
    chart.axis = Axis { low: Some(0.1), high: Some(0.45), is_stacked: false };
    chart
}

fn hundred() -> Chart {
    let mut chart = many(100);
    let (series, hidden) = top(std::mem::take(&mut chart.series), 10);
    (chart.series, chart.hidden) = (series, hidden);
    chart.notes = vec!["cut at 100 series: narrow the query down to see others".to_owned()];
    chart
}

fn gaps() -> Chart {
    let mut chart = one_series();
    let drop = |at: usize| !(60..100).contains(&at) && !(140..142).contains(&at) && at != 170;
    for series in &mut chart.series {
        let mut at = 0..;
        series.points.retain(|_| drop(at.next().unwrap()));
        // One point alone between two gaps.
        series.points.retain(|point| {
            let minute = (point.at - chart.from.timestamp_millis()) / 60_000;
            !(45..50).contains(&minute) || (point.at / 15_000) % 12 == 3
        });
    }
    chart
}

fn nan() -> Chart {
    let mut chart = one_series();
    for (point, number) in chart.series[0].points.iter_mut().zip(0..) {
        point.value = match number % 80 {
            20..30 => f64::NAN,
            50 => f64::INFINITY,
            _ => point.value,
        };
    }
    chart
}

fn only_nan() -> Chart {
    let mut chart = chart("error ratio", "graph error-ratio cms 1h", Unit::PercentUnit);
    chart.series = vec![line(&chart, "5xx / all", |_| f64::NAN)];
    chart
}

fn constant(value: f64, unit: Unit) -> Chart {
    let mut chart = chart("constant", "graph constant 1h", unit);
    chart.series = vec![line(&chart, "cms", |_| value)];
    chart
}

fn sized(size: f64, unit: Unit) -> Chart {
    let mut chart = chart("size", "graph size 1h", unit);
    chart.series = vec![
        line(&chart, "a", |share| size * (0.6 + 0.3 * (share * 12.0).sin())),
        line(&chart, "b", |share| size * (0.3 + 0.1 * (share * 20.0).cos())),
    ];
    chart
}

fn one_point() -> Chart {
    let mut chart = one_series();
    chart.series[0].points.drain(..100);
    chart.series[0].points.truncate(1);
    chart
}

fn week() -> Chart {
    let mut chart = chart("requests", "graph requests cms 7d", Unit::RequestsPerSecond);
    chart.from = end() - TimeDelta::days(7);
    chart.step = TimeDelta::minutes(30);
    let day = |share: f64| (share * 7.0 * std::f64::consts::TAU).sin();
    chart.series = vec![
        line(&chart, "GET", |share| 1400.0 + 900.0 * day(share) + 60.0 * noise(1, share)),
        line(&chart, "POST", |share| 320.0 + 200.0 * day(share) + 30.0 * noise(2, share)),
    ];
    chart
}

fn year() -> Chart {
    let mut chart = chart("disk used", "graph disk db-1 365d", Unit::Bytes);
    chart.from = end() - TimeDelta::days(365);
    chart.step = TimeDelta::days(1);
    let size = 1.2e12;
    chart.series = vec![line(&chart, "/var/lib/postgresql", |share| size * (1.0 + share))];
    chart
}

fn five_minutes() -> Chart {
    let mut chart = chart("CPU", "graph cpu cms-1 5m", Unit::Percent);
    chart.from = end() - TimeDelta::minutes(5);
    chart.step = TimeDelta::seconds(5);
    chart.zone = chrono_tz::UTC;
    chart.series = vec![
        line(&chart, "user", |share| 42.0 + 20.0 * (share * 8.0).sin() + 3.0 * noise(3, share)),
        line(&chart, "system", |share| 11.0 + 3.0 * noise(4, share)),
    ];
    chart
}

fn non_latin() -> Chart {
    let mut chart = chart("задержка · 遅延 · השהיה", "graph задержка 1h", Unit::Milliseconds);
    chart.zone = chrono_tz::Asia::Kolkata;
    let names = [
        "сервер-1 Москва",
        "διακομιστής-2",
        "東京サーバー",
        "서울 서버",
        "שרת תל אביב 5",
        "خادم القاهرة",
        "Größe ñ ő ł",
        "emoji 🦀🔥",
    ];
    let series = names.iter().zip(0_u64..);
    chart.series = series
        .map(|(name, seed)| {
            line(&chart, name, |share| 200.0 * latency(seed, share) * (1.0 + seed as f64 * 0.3))
        })
        .collect();
    chart
}

fn versus() -> Chart {
    let mut chart = chart("cms latency", "graph latency cms 6h vs 1d", Unit::Seconds);
    chart.from = end() - TimeDelta::hours(6);
    chart.step = TimeDelta::minutes(1);
    let past = |series: Series| Series { is_past: true, ..series };
    chart.series = vec![
        line(&chart, "p99", |share| 2.0 * latency(0, share)),
        line(&chart, "p50", |share| latency(1, share * 0.3)),
        past(line(&chart, "p99, 1d before", |share| 2.0 * latency(0, share * 0.5))),
        past(line(&chart, "p50, 1d before", |share| latency(1, share * 0.4))),
    ];
    chart
}

fn marker(chart: &Chart, minutes: i64, kind: MarkerKind, label: &str) -> Marker {
    Marker { at: chart.from + TimeDelta::minutes(minutes), kind, label: label.to_owned() }
}

fn incident() -> Chart {
    let mut chart = one_series();
    chart.series.push(line(&chart, "p50", |share| latency(3, share) * 0.4));
    chart.limits = vec![
        Limit { value: 0.5, label: "SLO".to_owned() },
        Limit { value: 30.0, label: "timeout".to_owned() },
    ];
    chart.markers = vec![
        marker(&chart, 27, MarkerKind::Deploy, "cms 1.0.2"),
        marker(&chart, 36, MarkerKind::Alert, "HighLatency"),
        marker(&chart, 44, MarkerKind::Fix, "restart-service"),
        marker(&chart, 51, MarkerKind::Cleared, ""),
    ];
    chart
}

fn crowded() -> Chart {
    let mut chart = one_series();
    let kinds = [MarkerKind::Deploy, MarkerKind::Alert, MarkerKind::Fix, MarkerKind::Cleared];
    chart.markers = (0..24)
        .map(|number| marker(&chart, 20 + number, kinds[number as usize % 4], "release train"))
        .collect();
    chart
}

fn hostile() -> Chart {
    let mut chart = one_series();
    let names = [
        "<script>alert(1)</script>".to_owned(),
        "\u{202e}gpj.exe\u{200f}\0\n\r\tend".to_owned(),
        "@channel *bold* [link](http://example.org) =1+1".to_owned(),
        "x".repeat(10_000),
        String::new(),
        "e\u{301}\u{301}\u{301}\u{301}\u{301}".to_owned(),
    ];
    chart.title = "\u{202e}<b>title</b>\n".repeat(500);
    chart.command = "graph \"; drop table\" ".repeat(100);
    let series = names.iter().zip(0_u64..);
    chart.series =
        series.map(|(name, seed)| line(&chart, name, |share| latency(seed, share))).collect();
    chart.limits = vec![Limit { value: 0.3, label: "L".repeat(5000) }];
    chart.notes = vec!["n\n".repeat(5000)];
    chart
}

fn negative() -> Chart {
    let mut chart = chart("clock offset", "graph offset 1h", Unit::Seconds);
    chart.series = vec![line(&chart, "db-1", |share| 0.004 * (share * 14.0).sin() - 0.001)];
    chart
}

fn narrow_band() -> Chart {
    let mut chart = chart("availability", "graph availability 1h", Unit::PercentUnit);
    chart.series = vec![line(&chart, "shop", |share| 0.9991 + 0.0004 * noise(5, share))];
    chart.limits = vec![Limit { value: 0.999, label: "SLO".to_owned() }];
    chart
}
