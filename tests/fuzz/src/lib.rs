//! What the fuzz targets share. A target holds an invariant, not only the absence of panics:
//! what was read reads back from its own text, the same bytes read twice give the same, and
//! whatever is refused is refused with a reason.

use std::fmt::{Debug, Display};
use std::ops::Range;

use chrono::{DateTime, Utc};
use compact_str::CompactString;
use serde::Serialize;
use serde::de::DeserializeOwned;
use warroom::adapters::ingest::{Delivery, Kind, Options, limits, prometheus, read};
use warroom::domain::alert::{Alert, Labels, Report};

/// The time at which everything is read: the day of the captured payloads.
#[must_use]
pub fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_241_541, 0).unwrap_or_default()
}

/// Takes bytes as text, if they are; targets of text skip the rest.
#[must_use]
pub fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

/// A reason must say something.
pub fn says_why(why: &impl Display) {
    assert!(!why.to_string().trim().is_empty(), "refused without a reason");
}

/// A mark must lie inside its text, on whole characters.
pub fn marks(text: &str, span: &Range<usize>) {
    assert!(text.get(span.clone()).is_some(), "the mark {span:?} is not in {text:?}");
}

/// What was read is written, and read again.
pub fn survives_its_json<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let json = serde_json::to_string(value).expect("what was read can be written");
    let again: T = serde_json::from_str(&json)
        .unwrap_or_else(|error| panic!("its own text does not read back: {error}: {json}"));
    assert_eq!(&again, value, "{json}");
}

/// What holds of every source: a delivery reads the same twice, its alerts keep the limits, they
/// survive the stored form, and a second source to which they are forwarded reads the same alerts.
pub fn source(kind: &Kind, body: &[u8]) {
    let options = Options::new("fuzz", now());
    let first = read(kind, body, &options);
    assert_eq!(first, read(kind, body, &options), "the same bytes give something else");
    let Delivery { reports, refused, .. } = match first {
        Ok(delivery) => delivery,
        Err(bad) => {
            says_why(&bad);
            assert!((400..500).contains(&bad.status()));
            return;
        }
    };
    refused.iter().for_each(|refused| says_why(&refused.why));
    for Report { alert, .. } in &reports {
        keeps_the_limits(alert);
        survives_its_json(&**alert);
    }
    reports.iter().for_each(survives_its_json);
    forwarded(&reports, &options);
}

fn keeps_the_limits(alert: &Alert) {
    assert!(!alert.labels.is_empty(), "an alert without labels has no identity");
    assert!(alert.labels.values().all(|value| !value.is_empty()));
    assert!(alert.starts_at >= DateTime::UNIX_EPOCH);
    for (name, value) in alert.labels.iter().chain(&alert.annotations) {
        assert!((1..=limits::NAME_BYTES).contains(&name.len()), "{name:?}");
        assert!(value.len() <= limits::VALUE_BYTES + MARK_BYTES, "{} bytes", value.len());
        assert!(!value.contains('\0') && !name.contains('\0'));
    }
}

/// What a cut value may be longer than the cap: the mark that says so.
const MARK_BYTES: usize = 256;

/// An alert that one warroom hands to another in Prometheus' form stays the same alert.
fn forwarded(reports: &[Report], options: &Options) {
    let shortest = |labels: &Labels| labels.values().all(|v| v.len() <= limits::VALUE_BYTES);
    let alerts: Vec<&Alert> = reports.iter().map(|report| &*report.alert).collect();
    let whole = |alert: &&Alert| shortest(&alert.labels) && shortest(&alert.annotations);
    let whole: Vec<&Alert> = alerts.into_iter().filter(whole).take(limits::ALERTS).collect();
    let body = serde_json::json!(
        whole.iter().map(|alert| serde_json::json!({
            "labels": alert.labels, "annotations": alert.annotations,
            "startsAt": limits::show(alert.starts_at), "generatorURL": alert.generator_url,
            "endsAt": limits::show(options.now.max(alert.starts_at) + chrono::TimeDelta::hours(1)),
        })).collect::<Vec<_>>()
    );
    let kind = Kind::Prometheus(prometheus::Config { names: prometheus::Names::Utf8 });
    let far = Options { max_bytes: usize::MAX, ahead: chrono::TimeDelta::days(36_500), ..options.clone() };
    let again = read(&kind, body.to_string().as_bytes(), &far).expect("a list of alerts");
    assert!(again.refused.is_empty(), "{:?}", again.refused);
    for (one, two) in whole.iter().zip(&again.reports) {
        assert_eq!(**one, *two.alert);
    }
}

/// Labels with these values.
#[must_use]
pub fn labels<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Labels {
    pairs.into_iter().map(|(name, value)| (CompactString::from(name), value.into())).collect()
}
