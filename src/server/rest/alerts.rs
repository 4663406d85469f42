//! `/api/v1/alerts`: every alert of every case that is not closed, with what became of it.

use axum::extract::{Path, RawQuery, State as Shared};
use axum::response::Response;
use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;
use futures_util::future::ready;
use futures_util::stream::once;
use schemars::JsonSchema;
use serde::Serialize;

use super::incidents::read_number;
use crate::domain::alert::Labels;
use crate::domain::ids::Fingerprint;
use crate::domain::incident::{HeldBy, MemberStatus};
use crate::engine::views::{AlertView, Refusal};
use crate::server::alertmanager::Filter;
use crate::server::problem::Problem;
use crate::server::routes::Route;
use crate::server::state::State;
use crate::server::stream;

/// The routes of this file.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/alerts", "Every alert, also those that are over", list)
            .query(&[("filter", "Matchers, all of which must hold; may be repeated")])
            .gives::<Vec<Shown<'_>>>(),
        Route::get("/api/v1/incidents/{n}/alerts", "The alerts of an incident", of_incident)
            .gives::<Vec<Shown<'_>>>(),
    ]
}

/// One alert.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Alert")]
struct Shown<'a> {
    /// Its identity: ask `/api/v1/why?fingerprint=` about it.
    #[schemars(with = "String")]
    fingerprint: Fingerprint,
    /// `firing`, `held`, `resolved` or `stale`.
    status: &'static str,
    /// What holds it.
    #[schemars(with = "Option<serde_json::Value>")]
    held_by: Option<&'a HeldBy>,
    /// The incident that it belongs to, once it has opened one.
    incident: Option<u64>,
    /// The rule that owns the incident.
    rule: Option<&'a str>,
    /// What it is about.
    #[schemars(with = "std::collections::BTreeMap<String, String>")]
    labels: &'a Labels,
    /// What people should read.
    #[schemars(with = "std::collections::BTreeMap<String, String>")]
    annotations: &'a Labels,
    /// The source that reported it last.
    source: &'a str,
    /// Where the source shows it.
    generator_url: &'a str,
    /// When the source says that it began.
    starts_at: DateTime<Utc>,
    /// When it goes stale without a new report, or when it ended.
    ends_at: Option<DateTime<Utc>>,
    /// When its labels or annotations were last written.
    updated_at: DateTime<Utc>,
}

impl<'a> Shown<'a> {
    fn new(view: &'a AlertView) -> Self {
        let (status, held_by) = match &view.status {
            MemberStatus::Firing => ("firing", None),
            MemberStatus::Held(by) => ("held", Some(by)),
            MemberStatus::Resolved => ("resolved", None),
            MemberStatus::Stale => ("stale", None),
        };
        Self {
            fingerprint: view.fingerprint,
            status,
            held_by,
            incident: view.number.map(|number| number.0),
            rule: view.rule.as_deref(),
            labels: &view.alert.labels,
            annotations: &view.alert.annotations,
            source: &view.alert.source,
            generator_url: &view.alert.generator_url,
            starts_at: view.starts_at,
            ends_at: view.ends_at,
            updated_at: view.updated_at,
        }
    }
}

async fn list(
    Shared(state): Shared<State>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let filter = Filter::read(query.as_deref()).map_err(|_| {
        Problem::invalid("cannot read the filter: write it like severity=\"critical\"")
    })?;
    let listing = state
        .listing()
        .ok_or_else(|| Refusal::Unavailable("too many listings at once".to_owned()))?;
    let pages = stream::pages(state).map_ok(move |views| {
        let mut elements = stream::Elements::new();
        for view in views.iter().filter(|view| filter.matches(&view.alert.labels)) {
            stream::push(&mut elements, &Shown::new(view));
        }
        elements
    });
    Ok(stream::array(pages, listing).await?)
}

async fn of_incident(
    Shared(state): Shared<State>,
    Path(number): Path<String>,
) -> Result<Response, Problem> {
    let number = read_number(&number)?;
    let listing = state
        .listing()
        .ok_or_else(|| Refusal::Unavailable("too many listings at once".to_owned()))?;
    let views = state.engine.alerts_of(number).await?;
    let mut elements = stream::Elements::new();
    views.iter().for_each(|view| stream::push(&mut elements, &Shown::new(view)));
    Ok(stream::array(once(ready(Ok(elements))), listing).await?)
}
