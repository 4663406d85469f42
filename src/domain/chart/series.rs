//! One line of a graph.

use serde::{Deserialize, Serialize};

use crate::domain::alert::Labels;

/// One line: what it is called, and its points, the oldest first.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Series {
    /// What the legend says. A label's value is data: it is drawn, never read.
    pub name: String,
    /// The labels that the source gave; empty where it knows none.
    #[serde(default)]
    pub labels: Labels,
    /// The points, by time. A missing time is a gap.
    pub points: Vec<Point>,
    /// Drawn fainter: an earlier time, moved so that it lies over this one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_past: bool,
}

/// A value at a time. `NaN` and infinities are said in words and not drawn. Stored as a pair
/// `[milliseconds, value]`; what JSON cannot say is stored as its name in quotes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Milliseconds since 1970, UTC.
    pub at: i64,
    /// The value.
    pub value: f64,
}

impl Serialize for Point {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if self.value.is_finite() {
            (self.at, self.value).serialize(to)
        } else {
            (self.at, self.value.to_string()).serialize(to)
        }
    }
}

impl<'de> Deserialize<'de> for Point {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Value {
            Number(f64),
            Word(String),
        }
        let (at, value) = <(i64, Value)>::deserialize(from)?;
        let value = match value {
            Value::Number(number) => number,
            Value::Word(word) => word.parse().map_err(serde::de::Error::custom)?,
        };
        Ok(Self { at, value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_without_a_number_survives_storage() {
        let points = [1.5, f64::INFINITY, f64::NEG_INFINITY].map(|value| Point { at: 7, value });
        let text = serde_json::to_string(&points).unwrap();
        assert_eq!(text, r#"[[7,1.5],[7,"inf"],[7,"-inf"]]"#);
        assert_eq!(serde_json::from_str::<Vec<Point>>(&text).unwrap(), points);
        let nan = serde_json::to_string(&Point { at: 7, value: f64::NAN }).unwrap();
        assert!(serde_json::from_str::<Point>(&nan).unwrap().value.is_nan());
    }
}
