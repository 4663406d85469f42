//! Pieces of JSON that several sources share: label maps and times.

use std::fmt;

use chrono::{DateTime, NaiveDateTime, Utc};
use compact_str::CompactString;
use serde::de::{Deserializer, MapAccess, Visitor};

use crate::domain::alert::Labels;

/// Unix times from here on are milliseconds: as seconds it would be the year 5138.
const MILLISECONDS_FROM: f64 = 1e11;

/// Local forms that Alertmanager also takes (go-openapi's `strfmt.DateTimeFormats`), read as UTC.
const LOCAL_FORMS: [&str; 3] = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M"];

/// Reads an object of strings. `null`, as the object or as a value, is nothing: Go writes it so.
pub(super) fn labels<'de, D: Deserializer<'de>>(parser: D) -> Result<Option<Labels>, D::Error> {
    struct Pairs;

    impl<'de> Visitor<'de> for Pairs {
        type Value = Option<Labels>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object of strings")
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
            let mut labels = Labels::new();
            while let Some((name, value)) =
                entries.next_entry::<CompactString, Option<CompactString>>()?
            {
                labels.insert(name, value.unwrap_or_default());
            }
            Ok(Some(labels))
        }
    }

    parser.deserialize_any(Pairs)
}

/// Reads a time as text. The zero time of Go, and no text, mean "not given".
///
/// # Errors
/// With a text that shows what was found.
pub(super) fn time(text: &str) -> Result<Option<DateTime<Utc>>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let at = DateTime::parse_from_rfc3339(text)
        .map(|at| at.to_utc())
        .ok()
        .or_else(|| {
            LOCAL_FORMS
                .iter()
                .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
                .map(|local| local.and_utc())
        })
        .ok_or_else(|| format!("{text:?} is no time like 2026-11-21T06:00:00Z"))?;
    Ok((!is_zero(at)).then_some(at))
}

/// Reads a unix time, in seconds or, from the year 5138 on, in milliseconds. 0 means "not given".
///
/// # Errors
/// When no calendar has such a time.
pub(super) fn unix(number: f64) -> Result<Option<DateTime<Utc>>, String> {
    if number == 0.0 {
        return Ok(None);
    }
    let ms = if number.abs() < MILLISECONDS_FROM { number * 1000.0 } else { number };
    #[expect(clippy::cast_possible_truncation, reason = "saturates, and chrono refuses the rest")]
    let ms = ms.round() as i64;
    DateTime::from_timestamp_millis(ms)
        .map(Some)
        .ok_or_else(|| format!("{number} is no unix time in seconds or milliseconds"))
}

/// Go's `time.Time{}`: the first second of the year 1.
fn is_zero(at: DateTime<Utc>) -> bool {
    at.timestamp() == -62_135_596_800
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Option<String> {
        time(text).unwrap().map(super::super::limits::show)
    }

    #[test]
    fn times_read_as_alertmanager_reads_them() {
        assert_eq!(shown("0001-01-01T00:00:00Z"), None);
        assert_eq!(shown("0001-01-01T00:00:00.000Z"), None);
        assert_eq!(shown(""), None);
        for (text, want) in [
            ("2026-11-21T06:07:42.910278676Z", "2026-11-21T06:07:42.910278676Z"),
            ("2021-10-12T09:51:03.157076+02:00", "2021-10-12T07:51:03.157076Z"),
            ("2026-11-21T06:00:00", "2026-11-21T06:00:00Z"),
            ("2026-11-21 06:00:00", "2026-11-21T06:00:00Z"),
        ] {
            assert_eq!(shown(text).as_deref(), Some(want), "{text}");
        }
        assert!(time("yesterday").unwrap_err().contains("\"yesterday\""));
    }

    #[test]
    fn unix_times_are_seconds_or_milliseconds() {
        assert_eq!(unix(0.0), Ok(None));
        assert_eq!(unix(1_795_241_541.0), unix(1_795_241_541_000.0));
        assert!(unix(1e300).is_err());
        assert!(unix(f64::NAN).unwrap().is_some_and(|at| at == DateTime::UNIX_EPOCH));
    }
}
