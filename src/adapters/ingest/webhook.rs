//! The webhook body that Alertmanager invented and Grafana extended.

use compact_str::CompactString;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::delivery::{Draft, Raw};
use super::wire;
use crate::domain::alert::{Labels, What};

/// The whole body; what is not needed is not read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Body<'a> {
    #[serde(default)]
    pub(super) version: Option<CompactString>,
    /// Only Grafana's bodies have it.
    #[serde(default)]
    pub(super) org_id: Option<i64>,
    #[serde(borrow)]
    pub(super) alerts: Vec<&'a RawValue>,
    /// How many alerts `max_alerts` left out.
    #[serde(default)]
    pub(super) truncated_alerts: u64,
}

/// One alert of a body.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Item<'a> {
    status: CompactString,
    #[serde(default, deserialize_with = "wire::labels")]
    pub(super) labels: Option<Labels>,
    #[serde(default, deserialize_with = "wire::labels")]
    pub(super) annotations: Option<Labels>,
    #[serde(default)]
    starts_at: Option<CompactString>,
    #[serde(default)]
    ends_at: Option<CompactString>,
    #[serde(default, rename = "generatorURL")]
    generator_url: Option<CompactString>,
    /// Grafana only: the numbers of the rule's expressions.
    #[serde(default, borrow)]
    pub(super) values: Option<&'a RawValue>,
    /// Grafana only: the same for people.
    #[serde(default)]
    pub(super) value_string: Option<CompactString>,
    #[serde(default, rename = "dashboardURL")]
    pub(super) dashboard_url: Option<CompactString>,
    #[serde(default, rename = "panelURL")]
    pub(super) panel_url: Option<CompactString>,
    #[serde(default, rename = "silenceURL")]
    pub(super) silence_url: Option<CompactString>,
    #[serde(default, rename = "imageURL")]
    pub(super) image_url: Option<CompactString>,
}

/// Takes every alert of a body; `adorn` may add what only this source knows.
pub(super) fn take(body: &Body<'_>, draft: &mut Draft<'_>, adorn: impl Fn(&mut Item<'_>)) {
    draft.truncated(body.truncated_alerts);
    for (index, raw) in body.alerts.iter().enumerate() {
        let read = serde_json::from_str::<Item<'_>>(raw.get())
            .map_err(|error| format!("cannot read the alert: {error}"));
        let judged = read.and_then(|mut item| {
            adorn(&mut item);
            judge(item, draft)
        });
        match judged {
            Ok((raw, what)) => draft.add(index, raw, what),
            Err(why) => draft.refuse(index, why),
        }
    }
}

fn judge(item: Item<'_>, draft: &Draft<'_>) -> Result<(Raw, What), String> {
    let now = draft.options.now;
    let starts_at = wire::time(item.starts_at.as_deref().unwrap_or_default())
        .map_err(|why| format!("startsAt {why}"))?;
    let ends_at = wire::time(item.ends_at.as_deref().unwrap_or_default())
        .map_err(|why| format!("endsAt {why}"))?;
    let what = match item.status.as_str() {
        "firing" => draft.firing(),
        "resolved" => What::Resolved { ended_at: draft.time("endsAt", ends_at.unwrap_or(now))? },
        other => return Err(format!("status {other:?} is neither firing nor resolved")),
    };
    let raw = Raw {
        labels: item.labels.unwrap_or_default(),
        annotations: item.annotations.unwrap_or_default(),
        starts_at,
        url: item.generator_url.unwrap_or_default(),
    };
    Ok((raw, what))
}
