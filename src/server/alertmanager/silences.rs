//! `/api/v2/silences` and `/api/v2/silence/{id}`: what `amtool silence` does.

use axum::Extension;
use axum::extract::{Path, RawQuery, Request, State as Shared};
use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

use super::alerts::is_json;
use super::complaint::Complaint;
use super::filter::Filter;
use super::wire::SilenceId;
use crate::domain::access::{Action, Actor, Verdict};
use crate::domain::alert::Labels;
use crate::domain::noise::silence::api::{GettableSilence, MatcherParts, PostableSilence};
use crate::domain::noise::silence::{self, Silence};
use crate::engine::trail::{Attempt, Refused};
use crate::engine::views::Refusal;
use crate::server::body::{self, Reader};
use crate::server::limits;
use crate::server::routes::Route;
use crate::server::state::State;

/// What must be in a silence, in the order in which Alertmanager complains.
const REQUIRED: [&str; 5] = ["comment", "createdBy", "endsAt", "matchers", "startsAt"];

/// The routes of this file.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v2/silences", "All silences", list)
            .query(&[(
                "filter",
                "Matchers that the silence's own labels must have; may be repeated",
            )])
            .gives::<Vec<Shown>>(),
        Route::post("/api/v2/silences", "Add a silence, or change the one with this id", put)
            .takes::<Wanted>()
            .gives::<SilenceId>(),
        Route::get("/api/v2/silence/{id}", "One silence", one).gives::<Shown>(),
        Route::delete("/api/v2/silence/{id}", "End a silence now", expire),
    ]
}

async fn list(
    Shared(state): Shared<State>,
    RawQuery(query): RawQuery,
) -> Result<Line<Vec<GettableSilence>>, Complaint> {
    let filter = Filter::read(query.as_deref())?;
    let now = state.clock.now();
    let mut silences = state.engine.silences().await?;
    silences.retain(|silence| filter.matches(&as_labels(silence)));
    silences.sort_by_cached_key(|silence| rank(silence, now));
    Ok(Line(silences.iter().map(|silence| GettableSilence::new(silence, now)).collect()))
}

/// The matchers as labels, which is what Alertmanager's filters look at.
fn as_labels(silence: &Silence) -> Labels {
    let pairs = silence.matchers.iter();
    pairs.map(|matcher| (matcher.name().clone(), matcher.value().clone())).collect()
}

/// Alertmanager's order: active ones by their end, pending ones by their start, expired ones with
/// the newest end first.
fn rank(silence: &Silence, now: chrono::DateTime<chrono::Utc>) -> (u8, i64) {
    match silence.state(now) {
        silence::State::Active => (0, silence.ends_at.timestamp_millis()),
        silence::State::Pending => (1, silence.starts_at.timestamp_millis()),
        silence::State::Expired => (2, -silence.ends_at.timestamp_millis()),
    }
}

async fn put(
    Shared(state): Shared<State>,
    Extension(actor): Extension<Actor>,
    request: Request,
) -> Result<Line<SilenceId>, Complaint> {
    is_json(&request)?;
    let mut wanted = read(&state, request).await?;
    let service = service_of(&wanted.matchers);
    let line = format!("silence {} until {}", shown(&wanted.matchers), wanted.ends_at.to_rfc3339());
    let wish = Wish { verb: "silence", line: &line };
    if let Some(id) = wanted.id.as_ref().filter(|id| !id.is_empty()) {
        check_change(&state, &actor, wish, id).await?;
    }
    permit(&state, &actor, (wish, service)).await?;
    if !actor.is_operator() {
        wanted.created_by = actor.name;
    }
    match state.engine.put_silence(wanted).await {
        Ok(silence_id) => Ok(Line(SilenceId { silence_id })),
        Err(Refusal::NotFound(_)) => {
            Err(Complaint::text(StatusCode::NOT_FOUND, "silence not found"))
        }
        Err(Refusal::Invalid(why)) => {
            Err(Complaint::text(StatusCode::BAD_REQUEST, &capitalised(why)))
        }
        Err(refusal) => Err(refusal.into()),
    }
}

/// The one service that a silence is about; empty where it names none, or a pattern: then it may be
/// about any.
fn service_of(matchers: &[MatcherParts]) -> &str {
    let mut named = matchers
        .iter()
        .filter(|matcher| matcher.name == "service" && matcher.is_equal && !matcher.is_regex);
    named.next().map_or("", |matcher| matcher.value.as_str())
}

/// What is asked of a silence.
#[derive(Debug, Clone, Copy)]
struct Wish<'a> {
    verb: &'a str,
    /// In the words of the chat language.
    line: &'a str,
}

/// The matchers as people write them.
fn shown(matchers: &[MatcherParts]) -> String {
    let sign = |matcher: &MatcherParts| match (matcher.is_equal, matcher.is_regex) {
        (true, false) => "=",
        (true, true) => "=~",
        (false, false) => "!=",
        (false, true) => "!~",
    };
    let one = |it: &MatcherParts| format!("{}{}{:?}", it.name, sign(it), it.value);
    matchers.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// Lets somebody change silences of a service, and writes that down.
async fn permit(
    state: &State,
    actor: &Actor,
    (wish, service): (Wish<'_>, &str),
) -> Result<(), Complaint> {
    let Wish { verb, line } = wish;
    let action = Action { verb, resource: service, environment: "", changes: true };
    let attempt = Attempt { actor, action, line, place: "api", incident: None };
    match state.engine.permit(&attempt).await {
        Ok(_) => Ok(()),
        Err(Refused::Denied(why)) => {
            state.meters.reject("no_grant");
            Err(Complaint::text(StatusCode::FORBIDDEN, &why))
        }
        Err(unwritten @ Refused::Unwritten(_)) => {
            Err(Complaint::text(StatusCode::SERVICE_UNAVAILABLE, &unwritten.to_string()))
        }
    }
}

/// Whoever changes a silence needs the right for what it holds now, too: what is allowed is written
/// down with the whole.
async fn check_change(
    state: &State,
    actor: &Actor,
    wish: Wish<'_>,
    id: &str,
) -> Result<(), Complaint> {
    let service = service_now(state, id).await?;
    let action = Action { verb: wish.verb, resource: &service, environment: "", changes: true };
    match state.engine.may(actor, &action) {
        Verdict::Allowed { .. } => Ok(()),
        Verdict::Denied { .. } => permit(state, actor, (wish, &service)).await,
    }
}

/// The service that a silence is about now; empty where there is no such silence.
async fn service_now(state: &State, id: &str) -> Result<String, Complaint> {
    let silences = state.engine.silences().await?;
    let Some(silence) = silences.iter().find(|silence| silence.id == id) else {
        return Ok(String::new());
    };
    let parts: Vec<MatcherParts> = silence.matchers.iter().map(MatcherParts::from).collect();
    Ok(service_of(&parts).to_owned())
}

/// Alertmanager begins this one with a capital letter.
fn capitalised(why: String) -> String {
    match why.strip_prefix("failed to create silence") {
        Some(rest) => format!("Failed to create silence{rest}"),
        None => why,
    }
}

async fn read(state: &State, request: Request) -> Result<PostableSilence, Complaint> {
    let most = limits::SILENCE_BYTES;
    let (head, body) = request.into_parts();
    let reader = Reader::of(&head, most);
    let held = match body::read(state, &head.headers, body, &reader).await {
        Ok(held) => held.decoded(state, &head.headers, most),
        Err(refused) => Err(refused),
    };
    let held = held.map_err(|refused| {
        state.meters.reject(refused.reason());
        Complaint::coded(refused.status(), &refused.to_string())
    })?;
    let unreadable = |error: serde_json::Error| {
        let why = format!("parsing silence body from \"\" failed, because {error}");
        Complaint::coded(StatusCode::BAD_REQUEST, &why)
    };
    // The shape is looked at first, because `amtool` shows these texts.
    let value: serde_json::Value = serde_json::from_slice(&held.bytes).map_err(unreadable)?;
    for field in REQUIRED {
        if value.get(field).is_none_or(serde_json::Value::is_null) {
            return Err(Complaint::invalid(602, &format!("{field} in body is required")));
        }
    }
    if value.get("matchers").and_then(serde_json::Value::as_array).is_some_and(Vec::is_empty) {
        return Err(Complaint::invalid(612, "matchers in body should have at least 1 items"));
    }
    serde_json::from_value(value).map_err(unreadable)
}

async fn one(
    Shared(state): Shared<State>,
    Path(id): Path<String>,
) -> Result<Line<GettableSilence>, Complaint> {
    is_uuid(&id)?;
    let now = state.clock.now();
    let silences = state.engine.silences().await?;
    let found = silences.iter().find(|silence| silence.id == id);
    let found = found.ok_or_else(|| Complaint::bare(StatusCode::NOT_FOUND))?;
    Ok(Line(GettableSilence::new(found, now)))
}

async fn expire(
    Shared(state): Shared<State>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<StatusCode, Complaint> {
    is_uuid(&id)?;
    let (service, line) = (service_now(&state, &id).await?, format!("unsilence {id}"));
    permit(&state, &actor, (Wish { verb: "unsilence", line: &line }, &service)).await?;
    match state.engine.expire_silence(&id).await {
        Ok(()) => Ok(StatusCode::OK),
        // 0.25 says 500 to both, and its clients know nothing else.
        Err(Refusal::NotFound(_)) => {
            Err(Complaint::text(StatusCode::INTERNAL_SERVER_ERROR, "silence not found"))
        }
        Err(Refusal::Conflict(why) | Refusal::Invalid(why)) => {
            Err(Complaint::text(StatusCode::INTERNAL_SERVER_ERROR, &why))
        }
        Err(refusal) => Err(refusal.into()),
    }
}

fn is_uuid(id: &str) -> Result<(), Complaint> {
    let is_right = |(place, byte): (usize, u8)| match place {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    if id.len() == 36 && id.bytes().enumerate().all(is_right) {
        return Ok(());
    }
    Err(Complaint::invalid(601, &format!("silenceID in path must be of type uuid: {id:?}")))
}

/// JSON with a line end, as Go's encoder writes it.
#[derive(Debug)]
pub(super) struct Line<T>(pub(super) T);

impl<T: Serialize> axum::response::IntoResponse for Line<T> {
    fn into_response(self) -> axum::response::Response {
        match serde_json::to_string(&self.0) {
            Ok(text) => {
                let kind = [(axum::http::header::CONTENT_TYPE, "application/json")];
                (kind, text + "\n").into_response()
            }
            Err(error) => {
                tracing::error!(%error, "cannot write an answer");
                Complaint::bare(StatusCode::INTERNAL_SERVER_ERROR).into_response()
            }
        }
    }
}

/// A matcher; only for the document.
#[derive(Debug, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "its schema is what is used")]
struct Parts {
    /// The label.
    name: String,
    /// The value or regex.
    value: String,
    /// Whether the value is a regex.
    is_regex: bool,
    /// Whether the label must be like the value; default true.
    is_equal: Option<bool>,
}

/// A silence as it is posted; only for the document.
#[derive(Debug, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "PostableSilence")]
#[expect(dead_code, reason = "its schema is what is used")]
struct Wanted {
    /// The silence to change; not given for a new one.
    id: Option<String>,
    /// What it holds; at least one.
    matchers: Vec<Parts>,
    /// From when on.
    starts_at: chrono::DateTime<chrono::Utc>,
    /// Until when.
    ends_at: chrono::DateTime<chrono::Utc>,
    /// Who.
    created_by: String,
    /// Why.
    comment: String,
}

/// A silence as it is shown; only for the document.
#[derive(Debug, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "GettableSilence")]
#[expect(dead_code, reason = "its schema is what is used")]
struct Shown {
    /// A UUID.
    id: String,
    /// How it stands.
    status: ShownStatus,
    /// When it was last changed.
    updated_at: chrono::DateTime<chrono::Utc>,
    /// The rest, as it was posted.
    #[serde(flatten)]
    wanted: Wanted,
}

/// How a silence stands; only for the document.
#[derive(Debug, JsonSchema)]
#[schemars(rename = "SilenceStatus")]
#[expect(dead_code, reason = "its schema is what is used")]
struct ShownStatus {
    /// In one word.
    state: silence::State,
}
