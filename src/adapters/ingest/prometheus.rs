//! Prometheus and `amtool`, which take warroom for an Alertmanager (`POST /api/v2/alerts`, and the
//! array of the old `/api/v1/alerts`).
//!
//! The checks, their order and their words are Alertmanager 0.25's (`api/v2`, and
//! `model.Alert.Validate` of prometheus/common). One thing is milder: where Alertmanager refuses a
//! whole body for one alert of a wrong type, only that alert is refused, because Prometheus never
//! sends a refused body again.

use chrono::{DateTime, TimeDelta, Utc};
use compact_str::CompactString;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::delivery::{Bad, Draft, Raw};
use super::wire;
use crate::domain::alert::{Labels, What};

/// Alertmanager's `resolve_timeout` unless the source says otherwise,
/// <https://prometheus.io/docs/alerting/latest/configuration/>.
pub const RESOLVE_TIMEOUT: TimeDelta = TimeDelta::minutes(5);

/// What the configuration of such a source may say.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Which label names are taken; `legacy` is what Alertmanager took before 0.27.
    pub names: Names,
}

/// Which label names are taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Names {
    /// Letters, digits and `_`, no digit first.
    #[default]
    Legacy,
    /// Anything readable, as Prometheus 3 may send it.
    Utf8,
}

/// One alert of the array.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    #[serde(default, deserialize_with = "wire::labels")]
    labels: Option<Labels>,
    #[serde(default, deserialize_with = "wire::labels")]
    annotations: Option<Labels>,
    #[serde(default)]
    starts_at: Option<CompactString>,
    #[serde(default)]
    ends_at: Option<CompactString>,
    #[serde(default, rename = "generatorURL")]
    generator_url: Option<CompactString>,
}

pub(super) fn read(config: &Config, body: &str, draft: &mut Draft<'_>) -> Result<(), Bad> {
    if let Ok(items) = serde_json::from_str::<Vec<Item>>(body) {
        draft.expect(items.len())?;
        for (index, item) in items.into_iter().enumerate() {
            take(config, index, item, draft);
        }
        return Ok(());
    }
    let items: Vec<&RawValue> = serde_json::from_str(body).map_err(|error| parsing(&error))?;
    draft.expect(items.len())?;
    for (index, item) in items.into_iter().enumerate() {
        match serde_json::from_str::<Item>(item.get()) {
            Ok(item) => take(config, index, item, draft),
            Err(error) => draft.refuse(index, parsing(&error).to_string()),
        }
    }
    Ok(())
}

fn parsing(error: &serde_json::Error) -> Bad {
    Bad::Shape(format!("parsing alerts body from \"\" failed, because {error}"))
}

fn take(config: &Config, index: usize, item: Item, draft: &mut Draft<'_>) {
    match judge(config, index, item, draft) {
        Ok((raw, what)) => draft.add(index, raw, what),
        Err(why) => draft.refuse(index, why),
    }
}

fn judge(
    config: &Config,
    index: usize,
    item: Item,
    draft: &Draft<'_>,
) -> Result<(Raw, What), String> {
    let mut labels = item.labels.ok_or_else(|| format!("{index}.labels in body is required"))?;
    labels.retain(|_, value| !value.is_empty());
    let annotations = item.annotations.unwrap_or_default();
    let (starts_at, what) = times(item.starts_at.as_deref(), item.ends_at.as_deref(), draft)?;
    if let Some(name) = labels.keys().find(|name| !is_name(config.names, name)) {
        return Err(format!("invalid label set: invalid name {name:?}"));
    }
    if labels.is_empty() {
        return Err("at least one label pair required".to_owned());
    }
    if let Some(name) = annotations.keys().find(|name| !is_name(config.names, name)) {
        return Err(format!("invalid annotations: invalid name {name:?}"));
    }
    let url = item.generator_url.unwrap_or_default();
    Ok((Raw { labels, annotations, starts_at, url }, what))
}

/// A start that is not given is the end, or now. An end that is not given is now and a timeout; an
/// end that has passed means resolved.
fn times(
    starts_at: Option<&str>,
    ends_at: Option<&str>,
    draft: &Draft<'_>,
) -> Result<(Option<DateTime<Utc>>, What), String> {
    let now = draft.options.now;
    let timeout = now + draft.options.expire_after.unwrap_or(RESOLVE_TIMEOUT);
    let starts_at = given("startsAt", starts_at, draft)?;
    let ends_at = given("endsAt", ends_at, draft)?;
    let start = starts_at.or(ends_at.filter(|end| *end <= now));
    let end = ends_at.unwrap_or(timeout);
    if end < start.unwrap_or(now) {
        return Err("start time must be before end time".to_owned());
    }
    let what = if end > now {
        What::Firing { expires_at: Some(end.max(timeout)) }
    } else {
        What::Resolved { ended_at: end }
    };
    Ok((start, what))
}

fn given(
    field: &str,
    text: Option<&str>,
    draft: &Draft<'_>,
) -> Result<Option<DateTime<Utc>>, String> {
    let at = wire::time(text.unwrap_or_default())
        .map_err(|why| format!("parsing alerts body from \"\" failed, because {field} {why}"))?;
    at.map(|at| draft.time(field, at)).transpose()
}

fn is_name(names: Names, name: &str) -> bool {
    let mut bytes = name.bytes();
    match names {
        Names::Utf8 => !name.is_empty(),
        Names::Legacy => {
            bytes.next().is_some_and(|b| b == b'_' || b.is_ascii_alphabetic())
                && bytes.all(|b| b == b'_' || b.is_ascii_alphanumeric())
        }
    }
}
