//! Prometheus' query API over what was scraped.
//!
//! <https://prometheus.io/docs/prometheus/latest/querying/api/>

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use axum::routing::get;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::eval::{self, Vector};
use super::promql::{self, Expr};
use super::scrape::Scraper;
use crate::domain::alert::Labels;
use crate::domain::duration;

/// Points of one series in one answer: Prometheus' own limit.
const POINTS_MAX: i64 = 11_000;

/// The routes.
pub(in crate::cli::demo) fn serve(scraper: Scraper) -> Router {
    Router::new()
        .route("/api/v1/query", get(instant).post(instant))
        .route("/api/v1/query_range", get(range).post(range))
        .route("/api/v1/label/{name}/values", get(values))
        .route("/api/v1/status/buildinfo", get(about))
        .with_state(scraper)
}

type Fields = BTreeMap<String, String>;

/// The parameters, from the query or from the form of a POST.
fn fields(query: Option<String>, body: &str) -> Fields {
    let read = |text: &str| -> Vec<(String, String)> {
        url::form_urlencoded::parse(text.as_bytes()).into_owned().collect()
    };
    read(&query.unwrap_or_default()).into_iter().chain(read(body)).collect()
}

async fn instant(
    State(scraper): State<Scraper>,
    RawQuery(query): RawQuery,
    body: String,
) -> Response {
    let fields = fields(query, &body);
    let at = fields.get("time").and_then(|time| moment(time));
    let (Some(query), Some(at)) = (fields.get("query"), at) else {
        return refuse("query and time are needed");
    };
    let expr = match promql::parse(query) {
        Ok(expr) => expr,
        Err(why) => return refuse(&why),
    };
    let vector = work(&scraper, &expr, at);
    let result: Vec<Value> = vector
        .iter()
        .map(|(labels, value)| json!({ "metric": labels, "value": sample(at, *value) }))
        .collect();
    answer(&json!({ "resultType": "vector", "result": result }))
}

async fn range(
    State(scraper): State<Scraper>,
    RawQuery(query): RawQuery,
    body: String,
) -> Response {
    let fields = fields(query, &body);
    let time = |name: &str| fields.get(name).and_then(|time| moment(time));
    let step = fields.get("step").and_then(|step| step_of(step));
    let (Some(query), Some(from), Some(to), Some(step)) =
        (fields.get("query"), time("start"), time("end"), step)
    else {
        return refuse("query, start, end and step are needed");
    };
    if (to - from).num_milliseconds() / step.num_milliseconds() > POINTS_MAX {
        return refuse("exceeded maximum resolution of 11,000 points per timeseries");
    }
    let expr = match promql::parse(query) {
        Ok(expr) => expr,
        Err(why) => return refuse(&why),
    };
    let mut series: BTreeMap<Labels, Vec<Value>> = BTreeMap::new();
    let mut at = from;
    while at <= to {
        for (labels, value) in work(&scraper, &expr, at) {
            series.entry(labels).or_default().push(sample(at, value));
        }
        at += step;
    }
    let result: Vec<Value> = series
        .into_iter()
        .map(|(labels, points)| json!({ "metric": labels, "values": points }))
        .collect();
    answer(&json!({ "resultType": "matrix", "result": result }))
}

async fn values(State(scraper): State<Scraper>, Path(name): Path<String>) -> Response {
    answer(&json!(scraper.look(|store| store.values(&name)).unwrap_or_default()))
}

async fn about() -> Response {
    answer(&json!({ "version": concat!("demo-", env!("CARGO_PKG_VERSION")) }))
}

/// What a query is worth.
pub(super) fn work(scraper: &Scraper, expr: &Expr, at: DateTime<Utc>) -> Vector {
    scraper.look(|store| eval::eval(store, expr, at).into_vector()).unwrap_or_default()
}

#[expect(clippy::cast_precision_loss, reason = "the API speaks of seconds with a fraction")]
fn sample(at: DateTime<Utc>, value: f64) -> Value {
    json!([at.timestamp_millis() as f64 / 1000.0, value.to_string()])
}

/// Seconds since 1970, or RFC 3339.
#[expect(clippy::cast_possible_truncation, reason = "a time beyond all years is no time")]
fn moment(text: &str) -> Option<DateTime<Utc>> {
    match text.parse::<f64>() {
        Ok(seconds) => DateTime::from_timestamp_millis((seconds * 1000.0) as i64),
        Err(_) => DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc()),
    }
}

/// Seconds, or a duration.
#[expect(clippy::cast_possible_truncation, reason = "a step of years is no step")]
fn step_of(text: &str) -> Option<TimeDelta> {
    let step = match text.parse::<f64>() {
        Ok(seconds) => TimeDelta::milliseconds((seconds * 1000.0) as i64),
        Err(_) => duration::parse(text).ok()?,
    };
    (step > TimeDelta::zero()).then_some(step)
}

fn answer(data: &Value) -> Response {
    Json(json!({ "status": "success", "data": data })).into_response()
}

fn refuse(why: &str) -> Response {
    let body = json!({ "status": "error", "errorType": "bad_data", "error": why });
    (StatusCode::BAD_REQUEST, Json(body)).into_response()
}
