//! `/api/v2/alerts`: what Prometheus posts and `amtool alert query` reads.

use axum::extract::{RawQuery, Request, State as Shared};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::TryStreamExt;

use super::complaint::Complaint;
use super::filter::Filter;
use super::wire::{Gettable, PostableAlert};
use crate::adapters::ingest::Bad;
use crate::engine::views::{Refusal, Stored};
use crate::server::access::Access;
use crate::server::hooks::{self, Taken, Trouble};
use crate::server::routes::Route;
use crate::server::state::State;
use crate::server::stream;

/// The parameters of listings.
pub(super) const QUERY: &[(&str, &str)] = &[
    ("filter", "Matchers, all of which must hold; may be repeated"),
    ("active", "Whether to show what nothing holds back; default true"),
    ("silenced", "Whether to show what a silence or a downtime holds back; default true"),
    ("inhibited", "Whether to show what another alert makes redundant; default true"),
    ("unprocessed", "Read and not looked at, as in Alertmanager"),
    ("receiver", "A regex for the name of the rule, anchored"),
];

/// The routes of this file.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/api/v2/alerts", "Report alerts", post)
            .access(Access::Source)
            .takes::<Vec<PostableAlert>>(),
        Route::post(
            "/hooks/prometheus/{source}/api/v2/alerts",
            "Report alerts of a named Prometheus (its `path_prefix` is /hooks/prometheus/{source})",
            hooks::prometheus,
        )
        .access(Access::Source)
        .takes::<Vec<PostableAlert>>(),
        Route::get("/api/v2/alerts", "The alerts that are not over", list)
            .query(QUERY)
            .gives::<Vec<Gettable<'_>>>(),
    ]
}

async fn post(Shared(state): Shared<State>, request: Request) -> Response {
    take(&state, None, request).await.into_response()
}

/// Takes alerts and answers as Alertmanager does.
pub(in crate::server) async fn take(
    state: &State,
    source: Option<&str>,
    request: Request,
) -> Result<StatusCode, Complaint> {
    is_json(&request)?;
    match hooks::take(state, ("prometheus", source), request).await {
        Ok(taken) => answer(&taken),
        Err(trouble) => Err(complain(&trouble)),
    }
}

/// The good alerts are stored by now, whatever the others are.
fn answer(taken: &Taken) -> Result<StatusCode, Complaint> {
    if !taken.refused.is_empty() {
        let why: Vec<&str> = taken.refused.iter().map(|refused| refused.why.as_str()).collect();
        return Err(word(&why.join("; ")));
    }
    Ok(match taken.stored {
        Stored::Brain => StatusCode::OK,
        Stored::Spool => StatusCode::ACCEPTED,
    })
}

/// Errors that Alertmanager's framework finds come as objects, those of its handlers as strings.
fn word(why: &str) -> Complaint {
    if why.starts_with("parsing alerts body") {
        Complaint::coded(StatusCode::BAD_REQUEST, why)
    } else if why.ends_with("in body is required") {
        Complaint::invalid(602, why)
    } else {
        Complaint::text(StatusCode::BAD_REQUEST, why)
    }
}

fn complain(trouble: &Trouble) -> Complaint {
    match trouble {
        Trouble::Bad(Bad::Shape(why)) => word(why),
        Trouble::Bad(bad) if trouble.status() == StatusCode::BAD_REQUEST => {
            let why = format!("parsing alerts body from \"\" failed, because {bad}");
            Complaint::coded(StatusCode::BAD_REQUEST, &why)
        }
        Trouble::Refusal(refusal) => Complaint::from(refusal.clone()),
        _ => Complaint::coded(trouble.status(), &trouble.to_string()),
    }
}

/// Alertmanager takes nothing else, and a form is what a foreign web page could send.
pub(super) fn is_json(request: &Request) -> Result<(), Complaint> {
    let Some(kind) = request.headers().get(header::CONTENT_TYPE) else { return Ok(()) };
    let kind = String::from_utf8_lossy(kind.as_bytes());
    let bare = kind.split(';').next().unwrap_or_default().trim();
    if bare.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let why = format!("unsupported media type {bare:?}, only [application/json] are allowed");
    Err(Complaint::coded(StatusCode::UNSUPPORTED_MEDIA_TYPE, &why))
}

async fn list(
    Shared(state): Shared<State>,
    RawQuery(query): RawQuery,
) -> Result<Response, Complaint> {
    let filter = Filter::read(query.as_deref())?;
    let listing = state.listing().ok_or_else(crowded)?;
    let pages = stream::pages(state).map_ok(move |views| {
        let mut elements = stream::Elements::new();
        for shown in views.iter().filter_map(|view| filter.pick(view)) {
            stream::push(&mut elements, &shown);
        }
        elements
    });
    Ok(stream::array(pages, listing).await?)
}

/// Too many listings at once.
pub(super) fn crowded() -> Complaint {
    Refusal::Unavailable("too many listings at once".to_owned()).into()
}
