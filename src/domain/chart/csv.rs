//! A chart as a table for spreadsheets: RFC 4180, a row for each time, a column for each line.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};

use super::Chart;

/// A cell that begins with one of these is run as a formula by spreadsheets, so an apostrophe goes
/// before it (<https://owasp.org/www-community/attacks/CSV_Injection>).
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

impl Chart {
    /// The numbers behind the picture. Times are UTC in RFC 3339; where a line has no point at a
    /// time its cell is empty; what is no number is `NaN`, `+Inf` or `-Inf`.
    #[must_use]
    pub fn csv(&self) -> String {
        let mut text = "time".to_owned();
        for series in &self.series {
            text.push(',');
            text.push_str(&cell(&series.name));
        }
        text.push_str("\r\n");
        for (at, cells) in self.rows() {
            text.push_str(&time(at));
            for value in cells {
                text.push(',');
                text.push_str(&value.map(number).unwrap_or_default());
            }
            text.push_str("\r\n");
        }
        text
    }

    /// One value for each series, at every time that any of them knows.
    fn rows(&self) -> BTreeMap<i64, Vec<Option<f64>>> {
        let mut rows: BTreeMap<i64, Vec<Option<f64>>> = BTreeMap::new();
        for (column, series) in self.series.iter().enumerate() {
            for point in &series.points {
                let row = rows.entry(point.at).or_insert_with(|| vec![None; self.series.len()]);
                if let Some(cell) = row.get_mut(column) {
                    *cell = Some(point.value);
                }
            }
        }
        rows
    }
}

fn time(at: i64) -> String {
    let known = DateTime::<Utc>::from_timestamp_millis(at);
    known.map_or(at.to_string(), |time| time.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

/// A text as a cell, in quotes where it needs them, and never a formula.
#[must_use]
pub fn cell(text: &str) -> String {
    let safe = if text.starts_with(FORMULA) { format!("'{text}") } else { text.to_owned() };
    if safe.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", safe.replace('"', "\"\""))
    } else {
        safe
    }
}

/// The shortest text that reads back as the same number.
fn number(value: f64) -> String {
    let size = value.abs();
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned()
    } else if size == 0.0 || (1e-5..1e15).contains(&size) {
        value.to_string()
    } else {
        format!("{value:e}")
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Point, Series, examples};
    use super::*;

    #[test]
    fn a_table_has_a_column_for_each_line() {
        let mut chart = examples::chart();
        chart.series = vec![
            Series {
                name: "p99".into(),
                points: vec![at(0, 1.5), at(15, 2.0)],
                ..Series::default()
            },
            Series {
                name: "a, \"b\"".into(),
                points: vec![at(15, f64::NAN), at(30, -1e300)],
                ..Series::default()
            },
        ];
        assert_eq!(
            chart.csv(),
            "time,p99,\"a, \"\"b\"\"\"\r\n\
             1970-01-01T00:00:00Z,1.5,\r\n\
             1970-01-01T00:00:15Z,2,NaN\r\n\
             1970-01-01T00:00:30Z,,-1e300\r\n"
        );
    }

    #[test]
    fn a_name_never_becomes_a_formula() {
        for (hostile, wanted) in [
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("=HYPERLINK(\"x\",\"y\")", "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\""),
        ] {
            assert_eq!(cell(hostile), wanted);
        }
    }

    fn at(seconds: i64, value: f64) -> Point {
        Point { at: seconds * 1000, value }
    }
}
