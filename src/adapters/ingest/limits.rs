//! The caps on what one delivery may hold, and what happens above each.
//!
//! A cap on names and counts refuses the alert; a cap on values cuts the value and says so inside
//! it, because an alert with a long text is still an alert.

use chrono::{DateTime, TimeDelta, Utc};

/// Bytes of a body. 10,000 alerts of the size that Prometheus sends fit in.
pub const BODY_BYTES: usize = 8 * 1024 * 1024;

/// Alerts of one body. Prometheus sends 64 at once; an Alertmanager's group may be larger.
pub const ALERTS: usize = 10_000;

/// Labels of one alert, and annotations of one alert. Prometheus' own `label_limit` is usually 30.
pub const LABELS: usize = 64;

/// Bytes of a label's or annotation's name.
pub const NAME_BYTES: usize = 1024;

/// Bytes of a label's or annotation's value; what is longer is cut, with a mark that holds the
/// length and the hash of the full value, so that two different values never become one.
pub const VALUE_BYTES: usize = 16 * 1024;

/// Bytes of a link; a longer one is dropped, because half a link leads nowhere. The number is the
/// one that all browsers take.
pub const URL_BYTES: usize = 2048;

/// How deep JSON may be nested: `serde_json`'s own limit, <https://docs.rs/serde_json>.
pub const DEPTH: usize = 128;

/// Keys of one JSON object. Nagios has about 200 variables.
pub const KEYS: usize = 4096;

/// How far ahead a source's time may lie. `amtool alert add --end` is the one honest use.
pub const AHEAD: TimeDelta = TimeDelta::days(3653);

/// Checks that a time can be meant: not before 1970, not further ahead than `ahead`.
///
/// # Errors
/// With a text that names the field and both clocks.
pub fn time(
    field: &str,
    at: DateTime<Utc>,
    now: DateTime<Utc>,
    ahead: TimeDelta,
) -> Result<DateTime<Utc>, String> {
    if at < DateTime::UNIX_EPOCH {
        return Err(format!("{field} {} is before 1970; it is {} here", show(at), show(now)));
    }
    if at - now > ahead {
        let most = ahead.num_seconds();
        return Err(format!(
            "{field} {} is more than {most} s ahead; it is {} here",
            show(at),
            show(now)
        ));
    }
    Ok(at)
}

/// A time as people and RFC 3339 write it.
#[must_use]
pub fn show(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}

/// The first `most` bytes of a text, or a few less where a character would be cut.
#[must_use]
pub fn prefix(text: &str, most: usize) -> &str {
    let end = (0..=most.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or_default()).unwrap_or_default()
}
