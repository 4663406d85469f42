//! What people may ask of an incident: acknowledge, resolve, note, severity, merge.

use axum::extract::{Path, Request, State as Shared};
use axum::http::{StatusCode, header};
use axum::{Extension, Json};
use compact_str::CompactString;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::incidents::read_number;
use super::may::{Wish, check, note_failed, permit, signer};
use crate::domain::access::Actor;
use crate::domain::ids::Number;
use crate::domain::incident::Command;
use crate::engine::views::IncidentView;
use crate::server::body::{self, Reader};
use crate::server::limits;
use crate::server::problem::Problem;
use crate::server::routes::Route;
use crate::server::state::State;

/// The routes of this file.
pub(super) fn routes() -> Vec<Route> {
    let routes = [
        Route::post("/api/v1/incidents/{n}/ack", "Take an incident", ack).takes::<Signed>(),
        Route::post("/api/v1/incidents/{n}/resolve", "Say that it is over", resolve)
            .takes::<Signed>(),
        Route::post("/api/v1/incidents/{n}/note", "Keep a remark in the timeline", note)
            .takes::<Note>(),
        Route::post("/api/v1/incidents/{n}/severity", "Say that it is better or worse", severity)
            .takes::<Severity>(),
        Route::post("/api/v1/incidents/{n}/merge", "Say that it belongs to another one", merge)
            .takes::<Merge>(),
    ];
    routes.map(Route::gives::<IncidentView>).into()
}

/// A command that says only who.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Signed {
    /// In whose name, for the operator; a person's command carries their own.
    #[schemars(with = "Option<String>")]
    by: Option<CompactString>,
}

/// A remark.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Note {
    /// In whose name, for the operator; a person's command carries their own.
    #[schemars(with = "Option<String>")]
    by: Option<CompactString>,
    /// The remark.
    text: String,
}

/// A new severity.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Severity {
    /// In whose name, for the operator; a person's command carries their own.
    #[schemars(with = "Option<String>")]
    by: Option<CompactString>,
    /// `sev1` is the worst.
    #[schemars(with = "String")]
    severity: CompactString,
}

/// Where an incident goes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Merge {
    /// In whose name, for the operator; a person's command carries their own.
    #[schemars(with = "Option<String>")]
    by: Option<CompactString>,
    /// The number of the incident that speaks for both from now on.
    into: u64,
}

type Answer = Result<Json<IncidentView>, Problem>;
/// Who asks.
type Who = Extension<Actor>;

async fn ack(
    Shared(state): Shared<State>,
    Extension(actor): Who,
    Path(n): Path<String>,
    request: Request,
) -> Answer {
    let Signed { by } = read(&state, request).await?;
    Asked { state: &state, actor, by }.of(&n, ("ack", Command::Acknowledge)).await
}

async fn resolve(
    Shared(state): Shared<State>,
    Extension(actor): Who,
    Path(n): Path<String>,
    request: Request,
) -> Answer {
    let Signed { by } = read(&state, request).await?;
    Asked { state: &state, actor, by }.of(&n, ("resolve", Command::Resolve)).await
}

async fn note(
    Shared(state): Shared<State>,
    Extension(actor): Who,
    Path(n): Path<String>,
    request: Request,
) -> Answer {
    let Note { by, text } = read(&state, request).await?;
    if text.trim().is_empty() {
        return Err(Problem::invalid("the note is empty"));
    }
    Asked { state: &state, actor, by }
        .of(&n, ("note", Command::Note { text, is_heard: false }))
        .await
}

async fn severity(
    Shared(state): Shared<State>,
    Extension(actor): Who,
    Path(n): Path<String>,
    request: Request,
) -> Answer {
    let Severity { by, severity } = read(&state, request).await?;
    let is_word = severity.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if severity.is_empty() || severity.len() > limits::NAME_CHARS || !is_word {
        return Err(Problem::invalid(format!("{severity:?} is not a severity, such as sev1")));
    }
    Asked { state: &state, actor, by }.of(&n, ("sev", Command::SetSeverity { severity })).await
}

/// A merge silences one incident in favour of the other, so it needs the right for both.
async fn merge(
    Shared(state): Shared<State>,
    Extension(actor): Who,
    Path(n): Path<String>,
    request: Request,
) -> Answer {
    let Merge { by, into } = read(&state, request).await?;
    let case = state.engine.case_of(Number(into)).await?;
    let line = format!("merge {n} into {into}");
    check(&state, &actor, &Wish { verb: "merge", number: Number(into), line: &line }).await?;
    Asked { state: &state, actor, by }.of(&n, ("merge", Command::Merge { into: case })).await
}

/// Who asks, and in whose name.
struct Asked<'a> {
    state: &'a State,
    actor: Actor,
    by: Option<CompactString>,
}

impl Asked<'_> {
    async fn of(self, number: &str, (verb, command): (&str, Command)) -> Answer {
        let Self { state, actor, by } = self;
        let by = signer(&actor, by)?;
        let number = read_number(number)?;
        let line = line(verb, number, &command);
        let wish = Wish { verb, number, line: &line };
        let of = permit(state, &actor, &wish).await?;
        let asked = state.engine.ask(number, by, command).await;
        if let Err(why) = &asked {
            note_failed(state, &actor, (&wish, of), why).await;
        }
        Ok(Json(asked?))
    }
}

/// What is asked, in the words of the chat language; a remark is kept in the timeline, not here.
fn line(verb: &str, number: Number, command: &Command) -> String {
    match command {
        Command::SetSeverity { severity } => format!("{verb} #{number} {severity}"),
        Command::Merge { into } => format!("{verb} #{number} into case {into}"),
        _ => format!("{verb} #{number}"),
    }
}

/// Reads a command. The content type must be JSON, because a foreign web page cannot send that
/// without asking first.
pub(super) async fn read<T: DeserializeOwned>(
    state: &State,
    request: Request,
) -> Result<T, Problem> {
    let (head, body) = request.into_parts();
    let kind = head.headers.get(header::CONTENT_TYPE).map(|kind| kind.to_str().unwrap_or_default());
    if !kind.is_some_and(|kind| kind.trim_start().starts_with("application/json")) {
        let why = "a command is JSON: send `Content-Type: application/json`";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, why));
    }
    let most = limits::COMMAND_BYTES;
    let refused = |refused: body::Refused| {
        state.meters.reject(refused.reason());
        Problem::new(refused.status(), refused.to_string())
    };
    let held = body::read(state, &head.headers, body, &Reader::of(&head, most)).await;
    let held = held.map_err(refused)?.decoded(state, &head.headers, most).map_err(refused)?;
    serde_json::from_slice(&held.bytes)
        .map_err(|error| Problem::invalid(format!("cannot read the command: {error}")))
}
