//! `/hooks/…`: everything that sources post, and the one path that each delivery takes.
//!
//! Who asks is checked before the body is read, where the body is not needed for it.

use axum::extract::{ConnectInfo, Path, Request, State as Shared};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

use super::access::{self, Access};
use super::alertmanager;
use super::body::{self, Held, Reader};
use super::problem::{self, Problem};
use super::routes::Route;
use super::serve::Peer;
use super::sources::Source;
use super::state::State;
use crate::adapters::ingest::auth::{self, Auth, Denied};
use crate::adapters::ingest::{self, Bad, Refused};
use crate::engine::views::{Refusal, Stored};

/// Bytes of a heartbeat's body that are read and thrown away.
const BEAT_BYTES: usize = 64 * 1024;

/// The routes of this file.
pub(super) fn routes() -> Vec<Route> {
    let summary = "Report what the program in the path has noticed";
    let post = |path| Route::post(path, summary, hook);
    let mut routes = vec![
        post("/hooks/alertmanager"),
        post("/hooks/grafana"),
        post("/hooks/nagios"),
        Route::post("/hooks/alertmanager/{source}", summary, alertmanager),
        Route::post("/hooks/grafana/{source}", summary, grafana),
        Route::post("/hooks/nagios/{source}", summary, nagios),
        Route::post(
            "/hooks/json/{source}",
            "Report JSON of any shape, mapped by the source's paths",
            json,
        ),
    ];
    for route in &mut routes {
        *route =
            route.clone().access(Access::Source).takes::<serde_json::Value>().gives::<Answer>();
    }
    let summary = "Say that the job of this name is alive";
    routes.push(Route::post("/hooks/heartbeat/{name}", summary, beat).access(Access::Source));
    routes
}

/// What became of a delivery.
#[derive(Debug)]
pub(super) struct Taken {
    /// Where it is durable.
    pub(super) stored: Stored,
    /// How many reports were taken.
    pub(super) count: usize,
    /// What could not be taken.
    pub(super) refused: Vec<Refused>,
}

/// Why nothing of a delivery was taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Trouble {
    /// No such source is configured.
    #[error("no source {kind}{name} is configured")]
    NoSource { kind: String, name: String },
    /// It did not prove who it is.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Its body was not read.
    #[error(transparent)]
    Body(#[from] body::Refused),
    /// Too many alerts are being decided.
    #[error("too many alerts are being decided at once: send these again")]
    Crowded,
    /// Its body means nothing.
    #[error(transparent)]
    Bad(#[from] Bad),
    /// The engine cannot take it.
    #[error(transparent)]
    Refusal(#[from] Refusal),
}

impl Trouble {
    /// The HTTP status that says it.
    pub(super) fn status(&self) -> StatusCode {
        let number = |status| StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
        match self {
            Self::NoSource { .. } => StatusCode::NOT_FOUND,
            Self::Denied(denied) => number(denied.status()),
            Self::Body(refused) => refused.status(),
            Self::Crowded => StatusCode::SERVICE_UNAVAILABLE,
            Self::Bad(bad) => number(bad.status()),
            Self::Refusal(refusal) => problem::status(refusal),
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::NoSource { .. } => "no_such_source",
            Self::Denied(Denied::NotLocal) => "source_not_local",
            Self::Denied(Denied::Missing(_)) => "source_auth_missing",
            Self::Denied(Denied::Unreadable(..)) => "source_auth_unreadable",
            Self::Denied(Denied::Wrong(_)) => "source_auth_wrong",
            Self::Denied(Denied::Skewed { .. }) => "source_auth_skewed",
            Self::Denied(Denied::NoSecret) => "source_without_secret",
            Self::Body(refused) => refused.reason(),
            Self::Crowded => "alerts_crowded",
            Self::Bad(Bad::TooLarge { .. }) => "body_too_large",
            Self::Bad(Bad::TooMany { .. }) => "too_many_alerts",
            Self::Bad(Bad::NotUtf8 { .. } | Bad::Json(_) | Bad::Shape(_)) => "body_unreadable",
            Self::Refusal(_) => "engine_refused",
        }
    }
}

/// Takes one delivery of a source of this kind, the named one or the first.
pub(super) async fn take(
    state: &State,
    (kind, name): (&str, Option<&str>),
    request: Request,
) -> Result<Taken, Trouble> {
    let taken = try_take(state, (kind, name), request).await;
    if let Err(trouble) = &taken {
        state.meters.reject(trouble.reason());
        if state.may_warn() {
            // Never the body: it may hold secrets, and it is the sender's.
            tracing::warn!(kind, status = trouble.status().as_u16(), reason = trouble.reason(), %trouble, "a delivery was refused");
        }
    }
    taken
}

async fn try_take(
    state: &State,
    (kind, name): (&str, Option<&str>),
    request: Request,
) -> Result<Taken, Trouble> {
    let source = state.options.sources.find(kind, name).ok_or_else(|| Trouble::NoSource {
        kind: kind.to_owned(),
        name: name.map(|name| format!(" {name:?}")).unwrap_or_default(),
    })?;
    let held = receive(state, &source.auth, source.options.max_bytes, request).await?;
    deliver(state, source, &held).await
}

async fn deliver(state: &State, source: &Source, held: &Held) -> Result<Taken, Trouble> {
    let options = source.options_at(state.clock.now());
    let mut delivery = ingest::read(&source.kind, &held.bytes, &options)?;
    let refused = std::mem::take(&mut delivery.refused);
    let count = delivery.reports.len();
    for _ in &refused {
        state.meters.reject("alert");
    }
    if delivery.truncated > 0 {
        tracing::warn!(source = %source.name(), left_out = delivery.truncated, "the sender left alerts out of its delivery");
    }
    if count == 0 {
        return Ok(Taken { stored: Stored::Brain, count, refused });
    }
    let _places = state.alerts_in_work(count).ok_or(Trouble::Crowded)?;
    let accepted = state.engine.ingest(delivery).await?;
    state.meters.alerts.inc_by(u64::try_from(count).unwrap_or(u64::MAX));
    Ok(Taken { stored: accepted.stored, count, refused })
}

/// Reads the body of somebody who may send it.
async fn receive(
    state: &State,
    auth: &Auth,
    most: usize,
    request: Request,
) -> Result<Held, Trouble> {
    let (head, body) = request.into_parts();
    let is_signed = matches!(auth, Auth::Hmac { .. });
    let peer = head.extensions.get::<ConnectInfo<Peer>>().map(|ConnectInfo(peer)| peer);
    if !is_signed {
        check(state, auth, (peer, &head.headers), b"")?;
    }
    let held = body::read(state, &head.headers, body, &Reader::of(&head, most)).await?;
    if is_signed {
        // The signature is over what was sent, before inflation.
        check(state, auth, (peer, &head.headers), &held.bytes)?;
    }
    Ok(held.decoded(state, &head.headers, most)?)
}

fn check(
    state: &State,
    auth: &Auth,
    (peer, headers): (Option<&Peer>, &HeaderMap),
    body: &[u8],
) -> Result<(), Denied> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let is_local = access::is_local(peer, headers);
    let now = state.clock.now();
    auth::check(auth, &auth::Request { header: &header, body, is_local, now })
}

/// What a source is told.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Delivered")]
struct Answer {
    /// How many reports were taken; they are durable.
    taken: usize,
    /// `brain`, or `spool` while the brain is away.
    stored: &'static str,
    /// What could not be taken, by its place in the body from 0.
    refused: Vec<String>,
}

async fn hook(Shared(state): Shared<State>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let kind = path.strip_prefix("/hooks/").unwrap_or_default();
    answer(take(&state, (kind, None), request).await)
}

/// A hook of a named source.
macro_rules! named {
    ($($kind:ident),+) => {$(
        async fn $kind(
            Shared(state): Shared<State>,
            Path(source): Path<String>,
            request: Request,
        ) -> Response {
            answer(take(&state, (stringify!($kind), Some(&source)), request).await)
        }
    )+};
}

named!(alertmanager, grafana, nagios, json);

/// A Prometheus that is told from others by its `path_prefix`.
pub(super) async fn prometheus(
    Shared(state): Shared<State>,
    Path(source): Path<String>,
    request: Request,
) -> Response {
    alertmanager::take(&state, Some(&source), request).await.into_response()
}

fn answer(taken: Result<Taken, Trouble>) -> Response {
    let Taken { stored, count, refused } = match taken {
        Ok(taken) => taken,
        Err(trouble) => return Problem::new(trouble.status(), trouble.to_string()).into_response(),
    };
    let (status, stored) = match stored {
        Stored::Brain => (StatusCode::OK, "brain"),
        Stored::Spool => (StatusCode::ACCEPTED, "spool"),
    };
    let refused: Vec<String> =
        refused.iter().map(|one| format!("{}: {}", one.index, one.why)).collect();
    if refused.is_empty() {
        return (status, axum::Json(Answer { taken: count, stored, refused })).into_response();
    }
    let mut bad =
        Problem::invalid(format!("{count} reports were taken; not: {}", refused.join("; ")));
    bad.changed = count > 0;
    bad.next("correct what is named and send that alone; the others are stored").into_response()
}

async fn beat(
    Shared(state): Shared<State>,
    Path(name): Path<String>,
    request: Request,
) -> Response {
    match try_beat(&state, &name, request).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(trouble) => {
            state.meters.reject(trouble.reason());
            Problem::new(trouble.status(), trouble.to_string()).into_response()
        }
    }
}

async fn try_beat(state: &State, name: &str, request: Request) -> Result<(), Trouble> {
    let beat = state.options.sources.beat(name).ok_or_else(|| Trouble::NoSource {
        kind: "heartbeat".to_owned(),
        name: format!(" {name:?}"),
    })?;
    receive(state, &beat.auth, BEAT_BYTES, request).await?;
    Ok(state.engine.beat(name).await?)
}
