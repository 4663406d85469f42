//! Prometheus' answers: <https://prometheus.io/docs/prometheus/latest/querying/api/>.
//!
//! Series beyond the limit are counted and never kept, so that memory follows the limit and not the
//! answer. Deep nesting ends at serde's own depth; what has another shape is an error with its place.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, DeserializeSeed, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::door::{clipped, millis, named};
use crate::domain::alert::Labels;
use crate::domain::chart::{Point, Series};

/// What stands around every answer.
#[derive(Debug, Deserialize)]
pub(super) struct Envelope<'a> {
    pub(super) status: String,
    #[serde(borrow, default)]
    pub(super) data: Option<&'a RawValue>,
    #[serde(default, rename = "errorType")]
    pub(super) error_type: String,
    #[serde(default)]
    pub(super) error: String,
    #[serde(default)]
    pub(super) warnings: Vec<String>,
    #[serde(default)]
    pub(super) infos: Vec<String>,
}

/// What a query gives.
#[derive(Debug, Deserialize)]
struct Data<'a> {
    #[serde(rename = "resultType")]
    kind: String,
    #[serde(borrow)]
    result: &'a RawValue,
}

/// One series: `values` of a range, `value` of a moment. Native histograms have neither.
#[derive(Debug, Deserialize)]
struct Row {
    metric: Labels,
    #[serde(default)]
    values: Vec<Sample>,
    #[serde(default)]
    value: Option<Sample>,
    #[serde(default)]
    histogram: Option<IgnoredAny>,
    #[serde(default)]
    histograms: Option<IgnoredAny>,
}

#[derive(Debug, Deserialize)]
struct Sample(f64, Value);

/// The series of an answer.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The first ones, as many as were asked for.
    pub(super) series: Vec<Series>,
    /// How many there were.
    pub(super) total: usize,
    /// How many of the first ones hold native histograms, which are no numbers.
    pub(super) histograms: usize,
}

/// Reads what a query gives, at most `most` series of it.
///
/// # Errors
/// What is wrong with it.
pub(super) fn series(data: &RawValue, most: usize) -> Result<Found, String> {
    let data: Data<'_> = serde_json::from_str(data.get()).map_err(|error| error.to_string())?;
    let text = data.result.get();
    match data.kind.as_str() {
        "matrix" | "vector" => {
            let first: First<Row> = first(text, most)?;
            first.found()
        }
        "scalar" => {
            let sample = serde_json::from_str(text).map_err(|error| error.to_string())?;
            let row = Row {
                metric: Labels::new(),
                values: vec![sample],
                value: None,
                histogram: None,
                histograms: None,
            };
            First { kept: vec![row], total: 1 }.found()
        }
        "string" => Err("the query gives text".to_owned()),
        _ => Err("the kind of the result is not known".to_owned()),
    }
}

/// Reads a list, and keeps at most `most` of it.
///
/// # Errors
/// What is wrong with it.
pub(super) fn first<T: DeserializeOwned>(text: &str, most: usize) -> Result<First<T>, String> {
    let mut from = serde_json::Deserializer::from_str(text);
    Limit(most, PhantomData).deserialize(&mut from).map_err(|error| error.to_string())
}

impl First<Row> {
    fn found(self) -> Result<Found, String> {
        let mut found = Found { total: self.total, ..Found::default() };
        for row in self.kept {
            if row.histogram.is_some() || row.histograms.is_some() {
                found.histograms += 1;
            }
            let points = row.values.into_iter().chain(row.value).map(|Sample(at, Value(value))| {
                let at = millis(at).ok_or("a point has no time")?;
                Ok(Point { at, value })
            });
            let points = points.collect::<Result<Vec<_>, String>>()?;
            let labels = clipped(row.metric);
            let name = named(&labels);
            found.series.push(Series { name, labels, points, is_past: false });
        }
        Ok(found)
    }
}

/// The beginning of a list, and how long all of it is.
#[derive(Debug)]
pub(super) struct First<T> {
    pub(super) kept: Vec<T>,
    pub(super) total: usize,
}

struct Limit<T>(usize, PhantomData<T>);

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Limit<T> {
    type Value = First<T>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Limit<T> {
    type Value = First<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut kept = Vec::new();
        while kept.len() < self.0 {
            match items.next_element()? {
                Some(item) => kept.push(item),
                None => return Ok(First { total: kept.len(), kept }),
            }
        }
        let mut total = kept.len();
        while items.next_element::<IgnoredAny>()?.is_some() {
            total += 1;
        }
        Ok(First { kept, total })
    }
}

/// A number in quotes, as Prometheus writes them because JSON knows neither `NaN` nor `+Inf`.
#[derive(Debug)]
struct Value(f64);

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Number;
        impl Visitor<'_> for Number {
            type Value = f64;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number in quotes")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<f64, E> {
                text.parse().map_err(|_| E::custom("a point has a value that is no number"))
            }

            fn visit_f64<E>(self, number: f64) -> Result<f64, E> {
                Ok(number)
            }
        }
        from.deserialize_str(Number).map(Value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(data: &str, most: usize) -> Result<Found, String> {
        let raw: &RawValue = serde_json::from_str(data).unwrap();
        series(raw, most)
    }

    #[test]
    fn what_json_cannot_say_is_carried_as_it_is() {
        let found = read(
            r#"{"resultType":"matrix","result":[{"metric":{"__name__":"x","a":"b\"c"},
            "values":[[1.001,"NaN"],[2,"+Inf"],[3,"-Inf"],[4.9999,"1e-3"]]}]}"#,
            10,
        );
        let series = found.unwrap().series.remove(0);
        assert_eq!(series.name, r#"x{a="b\"c"}"#);
        let times: Vec<i64> = series.points.iter().map(|point| point.at).collect();
        assert_eq!(times, [1001, 2000, 3000, 5000]);
        let values: Vec<f64> = series.points.iter().map(|point| point.value).collect();
        assert!(values[0].is_nan());
        assert_eq!(values[1..], [f64::INFINITY, f64::NEG_INFINITY, 0.001]);
    }

    #[test]
    fn series_beyond_the_limit_are_counted_only() {
        let rows = [r#"{"metric":{"a":"1"},"value":[1,"1"]}"#; 50].join(",");
        let found = read(&format!(r#"{{"result":[{rows}],"resultType":"vector"}}"#), 3).unwrap();
        assert_eq!((found.series.len(), found.total), (3, 50));
    }

    #[test]
    fn an_answer_of_another_shape_is_an_error() {
        for bad in [
            r#"{"resultType":"matrix","result":{}}"#,
            r#"{"resultType":"matrix","result":[[]]}"#,
            r#"{"resultType":"matrix","result":[{"metric":{"a":1}}]}"#,
            r#"{"resultType":"matrix","result":[{"metric":{},"values":[["x","1"]]}]}"#,
            r#"{"resultType":"matrix","result":[{"metric":{},"values":[[1,"one"]]}]}"#,
            r#"{"resultType":"matrix","result":[{"metric":{},"values":[[-1,"1"]]}]}"#,
            r#"{"resultType":"vector","result":[{"metric":{},"value":[1e300,"1"]}]}"#,
            r#"{"resultType":"string","result":[1,"text"]}"#,
            r#"{"resultType":"streams","result":[]}"#,
            "[]",
        ] {
            assert!(read(bad, 10).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_scalar_is_one_series_without_labels() {
        let found = read(r#"{"resultType":"scalar","result":[1.5,"2"]}"#, 10).unwrap();
        assert_eq!(found.series[0].points, [Point { at: 1500, value: 2.0 }]);
        assert_eq!(found.series[0].name, "{}");
    }
}
