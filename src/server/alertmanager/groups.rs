//! `/api/v2/alerts/groups`: a case is a group.

use std::sync::Arc;

use axum::extract::{RawQuery, State as Shared};
use axum::response::Response;
use futures_util::TryStreamExt;

use super::alerts::{QUERY, crowded};
use super::complaint::Complaint;
use super::filter::Filter;
use super::wire::{self, Group};
use crate::domain::alert::Labels;
use crate::engine::Engine;
use crate::engine::views::{AlertView, Refusal};
use crate::server::routes::Route;
use crate::server::state::State;
use crate::server::stream::{self, Elements};

/// The routes of this file.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v2/alerts/groups", "The alerts that are not over, by incident", list)
            .query(QUERY)
            .gives::<Vec<Group<'_>>>(),
    ]
}

async fn list(
    Shared(state): Shared<State>,
    RawQuery(query): RawQuery,
) -> Result<Response, Complaint> {
    let filter = Arc::new(Filter::read(query.as_deref())?);
    let listing = state.listing().ok_or_else(crowded)?;
    let engine = state.engine.clone();
    let pages = stream::pages(state).and_then(move |views| {
        let (filter, engine) = (filter.clone(), engine.clone());
        async move { groups(&engine, &filter, &views).await }
    });
    Ok(stream::array(Box::pin(pages), listing).await?)
}

/// A page holds whole cases, so a group is never cut.
async fn groups(
    engine: &Arc<Engine>,
    filter: &Filter,
    views: &[AlertView],
) -> Result<Elements, Refusal> {
    let mut elements = Elements::new();
    for case in views.chunk_by(|one, next| one.case == next.case) {
        let Some(first) = case.first() else { continue };
        let alerts: Vec<_> = case.iter().filter_map(|view| filter.pick(view)).collect();
        if alerts.is_empty() {
            continue;
        }
        let labels = labels(engine, first).await?;
        stream::push(&mut elements, &Group { alerts, labels, receiver: wire::receiver(first) });
    }
    Ok(elements)
}

/// What a case was grouped by: known once it has opened an incident.
async fn labels(engine: &Arc<Engine>, view: &AlertView) -> Result<Labels, Refusal> {
    let Some(number) = view.number else { return Ok(Labels::new()) };
    match engine.incident(number).await {
        Ok(incident) => Ok(incident.labels),
        // It was closed and forgotten between the page and this question.
        Err(Refusal::NotFound(_)) => Ok(Labels::new()),
        Err(refusal) => Err(refusal),
    }
}
