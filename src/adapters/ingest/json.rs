//! Any JSON, mapped by a table of paths in the configuration.
//!
//! ```toml
//! alerts    = "$.items[]"                       # without it the whole body is one alert
//! labels    = { alertname = "check.name", host = "node?", source = "='probe'" }
//! annotations = { summary = "text?" }
//! status    = "state"
//! firing    = ["bad", "worse"]
//! resolved  = ["good"]
//! starts_at = "since?"                          # RFC 3339, or unix seconds or milliseconds
//! ```
//! It refuses to guess: a path without `?` that leads nowhere refuses that alert and says where the
//! path ended, and so does a status that the table does not name.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use compact_str::CompactString;
use serde::Deserialize;
use serde_json::Value;

use super::delivery::{Bad, Draft, Raw};
pub use super::path::{BadPath, Path, Source};
use super::wire;
use crate::domain::alert::{Labels, What};

/// What the configuration of such a source may say.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the alerts stand. Default: the body is one alert.
    #[serde(default)]
    pub alerts: Option<Path>,
    /// The labels, each with its place (required).
    pub labels: BTreeMap<CompactString, Source>,
    /// The annotations, each with its place.
    #[serde(default)]
    pub annotations: BTreeMap<CompactString, Source>,
    /// Where the status stands. Default: every alert fires.
    #[serde(default)]
    pub status: Option<Source>,
    /// The words, numbers or truth values that mean firing.
    #[serde(default = "firing")]
    pub firing: Vec<CompactString>,
    /// Those that mean resolved.
    #[serde(default = "resolved")]
    pub resolved: Vec<CompactString>,
    /// When it began. Default: the time of receipt.
    #[serde(default)]
    pub starts_at: Option<Source>,
    /// When it ended. Default: the time of receipt.
    #[serde(default)]
    pub ends_at: Option<Source>,
    /// Where the sender shows it.
    #[serde(default)]
    pub url: Option<Source>,
}

fn firing() -> Vec<CompactString> {
    vec!["firing".into()]
}

fn resolved() -> Vec<CompactString> {
    vec!["resolved".into()]
}

pub(super) fn read(config: &Config, body: &str, draft: &mut Draft<'_>) -> Result<(), Bad> {
    let root: Value = serde_json::from_str(body)?;
    let items = match &config.alerts {
        None => vec![&root],
        Some(path) => {
            path.find_all(&root, &root).map_err(|why| Bad::Shape(format!("alerts: {why}")))?
        }
    };
    draft.expect(items.len())?;
    for (index, item) in items.into_iter().enumerate() {
        match judge(config, &Place { root: &root, item }, draft) {
            Ok((raw, what)) => draft.add(index, raw, what),
            Err(why) => draft.refuse(index, why),
        }
    }
    Ok(())
}

/// Where paths start.
struct Place<'v> {
    root: &'v Value,
    item: &'v Value,
}

fn judge(config: &Config, place: &Place<'_>, draft: &Draft<'_>) -> Result<(Raw, What), String> {
    let ends_at = place.time("ends_at", config.ends_at.as_ref())?;
    let raw = Raw {
        labels: place.pairs("labels", &config.labels)?,
        annotations: place.pairs("annotations", &config.annotations)?,
        starts_at: place.time("starts_at", config.starts_at.as_ref())?,
        url: place.text("url", config.url.as_ref())?.unwrap_or_default(),
    };
    let Some(source) = &config.status else { return Ok((raw, draft.firing())) };
    let status = place.text("status", Some(source))?.unwrap_or_default();
    let what = if config.firing.contains(&status) {
        draft.firing()
    } else if config.resolved.contains(&status) {
        let ended_at = draft.time("ends_at", ends_at.unwrap_or(draft.options.now))?;
        What::Resolved { ended_at }
    } else {
        let (firing, resolved) = (config.firing.join(", "), config.resolved.join(", "));
        return Err(format!(
            "status {status:?} is neither firing ({firing}) nor resolved ({resolved})"
        ));
    };
    Ok((raw, what))
}

impl Place<'_> {
    fn pairs(&self, what: &str, table: &BTreeMap<CompactString, Source>) -> Result<Labels, String> {
        let mut pairs = Labels::new();
        for (name, source) in table {
            let field = format!("{what}.{name}");
            if let Some(text) = self.text(&field, Some(source))?.filter(|text| !text.is_empty()) {
                pairs.insert(name.clone(), text);
            }
        }
        Ok(pairs)
    }

    fn value(&self, field: &str, source: &Source) -> Result<Option<Value>, String> {
        match source {
            Source::Text(text) => Ok(Some(Value::String(text.to_string()))),
            Source::Path(path) => path
                .find(self.root, self.item)
                .map(|found| found.cloned())
                .map_err(|why| format!("{field}: {why}")),
        }
    }

    fn text(&self, field: &str, source: Option<&Source>) -> Result<Option<CompactString>, String> {
        let Some(source) = source else { return Ok(None) };
        match self.value(field, source)? {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.into())),
            Some(plain @ (Value::Bool(_) | Value::Number(_))) => Ok(Some(plain.to_string().into())),
            Some(Value::Array(_) | Value::Object(_)) => {
                Err(format!("{field}: not a text, a number or a truth value"))
            }
        }
    }

    fn time(&self, field: &str, source: Option<&Source>) -> Result<Option<DateTime<Utc>>, String> {
        let Some(source) = source else { return Ok(None) };
        let at = match self.value(field, source)? {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Number(number)) => wire::unix(number.as_f64().unwrap_or(f64::INFINITY)),
            Some(Value::String(text)) => match text.parse::<f64>() {
                Ok(number) => wire::unix(number),
                Err(_) => wire::time(&text),
            },
            Some(Value::Bool(_) | Value::Array(_) | Value::Object(_)) => {
                Err("neither a text nor a number".to_owned())
            }
        };
        at.map_err(|why| format!("{field}: {why}"))
    }
}
