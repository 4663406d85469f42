//! Reading what Redis answers.

use chrono::{DateTime, Utc};
use redis::{FromRedisValue, Value};

use super::session::Reply;
use crate::brain::Error;

/// What is stored cannot be read: another version or another program wrote it.
pub(super) fn unreadable(what: &str, why: impl std::fmt::Display) -> Error {
    Error::Unusable(format!("cannot read {what} in redis: {why}"))
}

/// A reply as a Rust value.
pub(super) fn read<T: FromRedisValue>(what: &str, reply: Reply) -> Result<T, Error> {
    T::from_redis_value(reply?).map_err(|error| unreadable(what, error))
}

/// Times are stored in microseconds: they are exact in a sorted set until the year 2255.
pub(super) fn micros(at: DateTime<Utc>) -> i64 {
    at.timestamp_micros()
}

pub(super) fn time(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// A score of a sorted set.
#[expect(clippy::cast_possible_truncation, reason = "scores are whole microseconds below 2^53")]
pub(super) fn scored(score: f64) -> DateTime<Utc> {
    time(score as i64)
}

/// All texts inside an answer, a line each: the answers of several nodes come nested.
pub(super) fn all_text(value: &Value) -> String {
    match value {
        Value::BulkString(bytes) => format!("{}\n", String::from_utf8_lossy(bytes)),
        Value::SimpleString(text) | Value::VerbatimString { text, .. } => format!("{text}\n"),
        Value::Array(values) | Value::Set(values) => values.iter().map(all_text).collect(),
        Value::Map(pairs) => pairs.iter().map(|(_, value)| all_text(value)).collect(),
        _ => String::new(),
    }
}

/// The values of `name:value` lines, as `INFO` writes them.
pub(super) fn fields<'a>(text: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    text.lines().filter_map(move |line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
}
