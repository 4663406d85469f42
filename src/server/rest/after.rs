//! What an incident leaves behind: its postmortem, its capsule, what was alike; and reports.

use axum::Json;
use axum::extract::{Path, RawQuery, State as Shared};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

use super::incidents::read_number;
use super::query::Query;
use crate::domain::chart::Chart;
use crate::domain::duration;
use crate::domain::reports::Kind;
use crate::domain::room::Table;
use crate::engine::after::SINCE_MAX;
use crate::server::problem::Problem;
use crate::server::routes::Route;
use crate::server::state::State;

/// A week, where nobody says how far back.
const SINCE: &str = "7d";

/// The routes of this file.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/incidents/{n}/postmortem", "Its postmortem, as Markdown", postmortem),
        Route::get("/api/v1/incidents/{n}/capsule", "All of it as one HTML file", capsule),
        Route::get("/api/v1/reports/{kind}", "noise, people, mttr or runs", report)
            .query(&[("since", "How far back: 30d; a week unless it says otherwise")])
            .gives::<Report>(),
    ]
}

/// A report.
#[derive(Debug, Serialize, JsonSchema)]
struct Report {
    /// The answer in words.
    text: String,
    /// The rows, all of them.
    table: Table,
    /// The numbers behind the picture.
    #[schemars(with = "serde_json::Value")]
    chart: Chart,
}

async fn postmortem(
    Shared(state): Shared<State>,
    Path(n): Path<String>,
) -> Result<Response, Problem> {
    let text = state.engine.postmortem(read_number(&n)?).await?;
    Ok(([(header::CONTENT_TYPE, "text/markdown; charset=utf-8")], text).into_response())
}

/// Always a download: what it shows comes from everywhere, and it needs nothing of this origin.
async fn capsule(Shared(state): Shared<State>, Path(n): Path<String>) -> Result<Response, Problem> {
    let number = read_number(&n)?;
    let html = state.engine.capsule(number).await?;
    let name = format!("attachment; filename=\"incident-{number}.html\"");
    let heads = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((heads, html).into_response())
}

async fn report(
    Shared(state): Shared<State>,
    Path(kind): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Report>, Problem> {
    let kind: Kind = kind.parse().map_err(Problem::invalid)?;
    let query = Query::read(query.as_deref(), &["since"])?;
    let since = query.get::<String>("since")?.unwrap_or_else(|| SINCE.to_owned());
    let bad = |bad: duration::Bad| Problem::invalid(format!("cannot read since={since:?}: {bad}"));
    let since = duration::parse(&since).map_err(bad)?.min(SINCE_MAX);
    let report = state.engine.make_report(kind, state.clock.now() - since).await?;
    Ok(Json(Report { text: report.text, table: report.values.whole(), chart: report.chart }))
}
