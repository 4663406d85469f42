//! An Alertmanager's webhook receiver, body version 4.
//!
//! A firing alert of it never goes stale by default: Alertmanager reports every end, and repeats a
//! firing group only each `repeat_interval` (4 h unless changed). With `send_resolved: false` set
//! `expire_after`. What `max_alerts` left out is counted and never read as resolved.

use serde::Deserialize;

use super::delivery::{Bad, Draft};
use super::webhook;

/// What the configuration of such a source may say: nothing yet beyond what every source may.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {}

/// The one version of the body since Alertmanager 0.6,
/// <https://prometheus.io/docs/alerting/latest/configuration/#webhook_config>.
const VERSION: &str = "4";

pub(super) fn read(_: &Config, body: &str, draft: &mut Draft<'_>) -> Result<(), Bad> {
    let body: webhook::Body<'_> = serde_json::from_str(body).map_err(|error| {
        Bad::Shape(format!("the body is no webhook of an Alertmanager (version 4): {error}"))
    })?;
    if body.org_id.is_some() {
        return Err(Bad::Shape("the body is Grafana's: post it to /hooks/grafana".to_owned()));
    }
    if body.version.as_deref() != Some(VERSION) {
        let found = body.version.unwrap_or_default();
        return Err(Bad::Shape(format!("the webhook has version {found:?}; only \"4\" is read")));
    }
    draft.expect(body.alerts.len())?;
    webhook::take(&body, draft, |_| ());
    Ok(())
}
