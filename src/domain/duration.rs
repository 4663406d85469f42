//! Prometheus durations: `1h30m`, `2d`, `500ms`.
//!
//! The units and their order are Prometheus' (`model.ParseDuration`); a year has 365 days.

use chrono::TimeDelta;

/// Units from the largest to the smallest, in milliseconds.
const UNITS: [(&str, i64); 7] = [
    ("y", 365 * 24 * 3_600_000),
    ("w", 7 * 24 * 3_600_000),
    ("d", 24 * 3_600_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// The longest duration that is accepted: longer ones are mistakes.
const MAX_MS: i64 = 100 * 365 * 24 * 3_600_000;

/// Why a text is no duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a duration: write it like 90s, 5m, 1h30m or 2d")]
pub struct Bad(pub String);

/// Reads a duration. `0` alone needs no unit.
///
/// # Errors
/// When the text is no duration, has units out of order or twice, or is over 100 years.
pub fn parse(text: &str) -> Result<TimeDelta, Bad> {
    let bad = || Bad(text.to_owned());
    if text == "0" {
        return Ok(TimeDelta::zero());
    }
    let mut rest = text;
    let mut total: i64 = 0;
    let mut smallest = i64::MAX;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(bad)?;
        let (count, tail) = rest.split_at_checked(digits).ok_or_else(bad)?;
        let letters = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at_checked(letters).ok_or_else(bad)?;
        let (_, size) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(bad)?;
        if *size >= smallest {
            return Err(bad());
        }
        smallest = *size;
        let count: i64 = count.parse().map_err(|_| bad())?;
        total = count.checked_mul(*size).and_then(|ms| total.checked_add(ms)).ok_or_else(bad)?;
        rest = tail;
    }
    if smallest == i64::MAX || total > MAX_MS {
        return Err(bad());
    }
    Ok(TimeDelta::milliseconds(total))
}

/// Writes a duration so that [`parse`] reads it back; parts of a millisecond are dropped.
#[must_use]
pub fn format(duration: TimeDelta) -> String {
    let mut rest = duration.num_milliseconds().max(0);
    if rest == 0 {
        return "0s".to_owned();
    }
    let mut text = String::new();
    // Years and weeks are read, never written: 7d says more than 1w beside 10d.
    for (name, size) in UNITS.iter().skip(2) {
        if rest >= *size {
            text.push_str(&format!("{}{name}", rest / size));
            rest %= size;
        }
    }
    text
}

/// Serde for a duration written as text.
pub mod text {
    use chrono::TimeDelta;
    use serde::{Deserialize, Deserializer, Serializer};

    /// Writes it as text.
    ///
    /// # Errors
    /// As the serializer's.
    pub fn serialize<S: Serializer>(
        duration: &TimeDelta,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&super::format(*duration))
    }

    /// Reads it from text.
    ///
    /// # Errors
    /// When the text is no duration.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<TimeDelta, D::Error> {
        let text = compact_str::CompactString::deserialize(deserializer)?;
        super::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// Serde for a duration that may be absent, written as text.
pub mod maybe {
    use chrono::TimeDelta;
    use serde::{Deserialize, Deserializer, Serializer};

    /// Writes it as text, or as nothing.
    ///
    /// # Errors
    /// As the serializer's.
    pub fn serialize<S: Serializer>(
        duration: &Option<TimeDelta>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match duration {
            Some(duration) => serializer.serialize_some(&super::format(*duration)),
            None => serializer.serialize_none(),
        }
    }

    /// Reads it from text.
    ///
    /// # Errors
    /// When the text is no duration.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<TimeDelta>, D::Error> {
        let text = Option::<compact_str::CompactString>::deserialize(deserializer)?;
        text.map(|text| super::parse(&text)).transpose().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_read_as_in_prometheus() {
        for (text, ms) in
            [("0", 0), ("0s", 0), ("1h30m", 5_400_000), ("1w", 604_800_000), ("5m1s2ms", 301_002)]
        {
            assert_eq!(parse(text), Ok(TimeDelta::milliseconds(ms)), "{text}");
        }
        for text in [
            "",
            "1",
            "m",
            "1m1h",
            "1m1m",
            "-1m",
            "1.5h",
            "1 h",
            "1H",
            "9999999999999999999y",
            "101y",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(ms in 0..MAX_MS) {
            let duration = TimeDelta::milliseconds(ms);
            prop_assert_eq!(parse(&format(duration)), Ok(duration));
        }
    }
}
