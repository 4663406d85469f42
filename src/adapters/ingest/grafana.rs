//! Grafana: the unified alerting's webhook, and the legacy notification channel's, told apart by
//! their shape.
//!
//! Unified alerts keep Grafana's labels, so the fingerprint is the one that Grafana shows. Its
//! special alerts `DatasourceNoData` and `DatasourceError` are alerts like others, with
//! the annotation `grafana_state`; the rule's real name is in their label `rulename`.
//!
//! A legacy body is about one rule: the labels are `alertname`, `rule_id` and the rule's tags. What
//! matched (`evalMatches`) changes while the rule fires, so it is an annotation. `ok` resolves,
//! `alerting` and `no_data` fire (the annotation `grafana_state` tells which), `paused` is noted,
//! and `pending` says nothing yet.
//! See <https://grafana.com/docs/grafana/v8.5/alerting/old-alerting/notifications/>.

use compact_str::{CompactString, ToCompactString, format_compact};
use serde::Deserialize;
use serde_json::Value;

use super::delivery::{Bad, Draft, Raw, link};
use super::{webhook, wire};
use crate::domain::alert::{Labels, What};

/// What the configuration of such a source may say: nothing yet beyond what every source may.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {}

/// What a legacy body has and a unified one has not, and the other way round.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shape {
    #[serde(default)]
    rule_name: Option<serde::de::IgnoredAny>,
    #[serde(default)]
    alerts: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Legacy {
    rule_name: CompactString,
    state: CompactString,
    #[serde(default)]
    rule_id: Option<i64>,
    #[serde(default)]
    rule_url: Option<CompactString>,
    #[serde(default)]
    title: Option<CompactString>,
    #[serde(default)]
    message: Option<CompactString>,
    #[serde(default)]
    image_url: Option<CompactString>,
    #[serde(default)]
    eval_matches: Option<Vec<Match>>,
    #[serde(default, deserialize_with = "wire::labels")]
    tags: Option<Labels>,
}

/// One series that made a legacy rule fire.
#[derive(Deserialize)]
struct Match {
    #[serde(default)]
    metric: Option<CompactString>,
    #[serde(default)]
    value: Value,
}

pub(super) fn read(_: &Config, body: &str, draft: &mut Draft<'_>) -> Result<(), Bad> {
    let no_shape = |error| Bad::Shape(format!("the body is no webhook of Grafana: {error}"));
    let shape: Shape = serde_json::from_str(body).map_err(no_shape)?;
    match (shape.alerts, shape.rule_name) {
        (Some(_), _) => unified(&serde_json::from_str(body).map_err(no_shape)?, draft),
        (None, Some(_)) => {
            legacy(serde_json::from_str(body).map_err(no_shape)?, draft);
            Ok(())
        }
        (None, None) => Err(Bad::Shape(
            "the body is no webhook of Grafana: it has neither `alerts` nor `ruleName`".to_owned(),
        )),
    }
}

fn unified(body: &webhook::Body<'_>, draft: &mut Draft<'_>) -> Result<(), Bad> {
    draft.expect(body.alerts.len())?;
    webhook::take(body, draft, adorn);
    Ok(())
}

/// Moves what Grafana knows beside the annotations into them; an author's own ones win.
fn adorn(item: &mut webhook::Item<'_>) {
    let state = match item.labels.as_ref().and_then(|labels| labels.get("alertname")) {
        Some(name) if name == "DatasourceNoData" => Some("NoData".into()),
        Some(name) if name == "DatasourceError" => Some("Error".into()),
        Some(_) | None => None,
    };
    let values = item.values.map(|values| numbers(values.get())).filter(|text| !text.is_empty());
    let extra = [
        ("grafana_state", state),
        ("values", values),
        ("value_string", item.value_string.take()),
        ("dashboard_url", item.dashboard_url.take().map(link)),
        ("panel_url", item.panel_url.take().map(link)),
        ("silence_url", item.silence_url.take().map(link)),
        ("image_url", item.image_url.take().map(link)),
    ];
    fill(item.annotations.get_or_insert_default(), extra);
}

/// `{"B": 44.2, "C": 1}` as `B=44.2, C=1`. A rule without data has `null` here.
fn numbers(values: &str) -> CompactString {
    let values: Value = serde_json::from_str(values).unwrap_or_default();
    let pairs = values.as_object().into_iter().flatten();
    let pairs: Vec<String> = pairs.map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join(", ").into()
}

fn legacy(body: Legacy, draft: &mut Draft<'_>) {
    let what = match body.state.as_str() {
        "alerting" | "no_data" => draft.firing(),
        "ok" => What::Resolved { ended_at: draft.options.now },
        "paused" => What::Noted {
            by: "grafana".into(),
            text: "the rule was paused in Grafana: nobody watches this".into(),
        },
        "pending" => return,
        other => {
            let states = "ok, alerting, no_data, paused, pending";
            return draft.refuse(0, format!("state {other:?} is none of {states}"));
        }
    };
    let mut labels = body.tags.unwrap_or_default();
    labels.insert("alertname".into(), body.rule_name);
    if let Some(id) = body.rule_id {
        labels.insert("rule_id".into(), id.to_compact_string());
    }
    let mut annotations = Labels::new();
    let extra = [
        ("grafana_state", Some(body.state)),
        ("summary", body.title),
        ("description", body.message),
        ("values", Some(matches(body.eval_matches.unwrap_or_default()))),
        ("image_url", body.image_url.map(link)),
    ];
    fill(&mut annotations, extra);
    let url = body.rule_url.unwrap_or_default();
    draft.add(0, Raw { labels, annotations, starts_at: None, url }, what);
}

fn matches(found: Vec<Match>) -> CompactString {
    let pairs = found
        .into_iter()
        .map(|one| format_compact!("{}={}", one.metric.unwrap_or_default(), one.value));
    let pairs: Vec<CompactString> = pairs.collect();
    pairs.join(", ").into()
}

/// Adds what is there and not empty, where the author has not said it already.
fn fill<const N: usize>(annotations: &mut Labels, extra: [(&str, Option<CompactString>); N]) {
    for (name, value) in extra {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            annotations.entry(name.into()).or_insert(value);
        }
    }
}
