//! The Web API: who asks, what, how often; then the method itself.

use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, Response, StatusCode};
use axum::routing::{any, post};
use serde_json::{Map, Value, json};

use super::shapes::{self, Shape};
use super::{APP_TOKEN, BOT_TOKEN, Stand, Workspace, channels, files, messages, people};

/// Everything that the manifest asks for.
const SCOPES: &str = "app_mentions:read,channels:history,channels:manage,channels:read,chat:write,\
commands,files:write,groups:history,groups:read,groups:write,im:history,im:write,pins:write,users:read,\
users:read.email";

/// The arguments of a call.
pub(crate) type Args = Map<String, Value>;
/// What a method gives: fields beside `ok`, or Slack's word for the error.
pub(crate) type Answer = Result<Value, String>;

pub(crate) fn serve(stand: Stand, listener: tokio::net::TcpListener) {
    let router = Router::new()
        .route("/api/{method}", any(call))
        .route("/upload/{file}", post(upload))
        .with_state(stand);
    tokio::spawn(async move { axum::serve(listener, router).await });
}

async fn upload(State(stand): State<Stand>, Path(file): Path<String>, body: Bytes) -> StatusCode {
    let mut work = stand.work();
    let Some(file) = work.files.get_mut(&file) else { return StatusCode::NOT_FOUND };
    if file.length != body.len() {
        return StatusCode::BAD_REQUEST;
    }
    file.bytes = body.to_vec();
    StatusCode::OK
}

async fn call(
    State(stand): State<Stand>,
    Path(method): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    if stand.work().faults.is_away {
        return std::future::pending().await;
    }
    let shape = shapes::of(&method);
    let (answer, hangs) = {
        let mut work = stand.work();
        match admit(&mut work, &method, shape, &headers, (query.as_deref(), &body)) {
            Err(refusal) => return refusal.response(),
            Ok(args) => {
                let answer = perform(&stand, &mut work, &method, &args);
                let hangs = work.faults.hangs_after.take_if(|it| *it == method).is_some();
                (answer, hangs)
            }
        }
    };
    if hangs {
        return std::future::pending().await;
    }
    let body = match answer {
        Ok(mut fields) => {
            fields["ok"] = true.into();
            fields
        }
        Err(word) => json!({ "ok": false, "error": word }),
    };
    reply(StatusCode::OK, &body, &[("x-oauth-scopes", SCOPES.to_owned())])
}

fn reply(status: StatusCode, body: &Value, headers: &[(&str, String)]) -> Response<Body> {
    let mut response =
        Response::builder().status(status).header("content-type", "application/json");
    for (name, value) in headers {
        response = response.header(*name, value);
    }
    response.body(Body::from(body.to_string())).unwrap()
}

/// Why a call is not let in.
enum Refusal {
    Word(&'static str),
    Wait(u64),
}

impl Refusal {
    fn response(self) -> Response<Body> {
        match self {
            Self::Word(word) => reply(StatusCode::OK, &json!({ "ok": false, "error": word }), &[]),
            Self::Wait(seconds) => reply(
                StatusCode::TOO_MANY_REQUESTS,
                &json!({ "ok": false, "error": "ratelimited" }),
                &[("retry-after", seconds.to_string())],
            ),
        }
    }
}

fn admit(
    work: &mut Workspace,
    method: &str,
    shape: Option<&Shape>,
    headers: &HeaderMap,
    (query, body): (Option<&str>, &[u8]),
) -> Result<Args, Refusal> {
    let complain = |work: &mut Workspace, what: String| work.complaints.push(what);
    let Some(shape) = shape else {
        complain(work, format!("{method} is no method that is known here"));
        return Err(Refusal::Word("unknown_method"));
    };
    let args = args(shape, headers, query, body).map_err(|word| {
        complain(work, format!("{method}: {word}"));
        Refusal::Word(word)
    })?;
    let header = headers.get("authorization").and_then(|value| value.to_str().ok());
    let token = header.and_then(|it| it.strip_prefix("Bearer ")).unwrap_or_default();
    let wanted = if method == "apps.connections.open" { APP_TOKEN } else { BOT_TOKEN };
    match token {
        "" => return Err(Refusal::Word("not_authed")),
        token if token != wanted => return Err(Refusal::Word("invalid_auth")),
        _ if work.faults.is_revoked => return Err(Refusal::Word("token_revoked")),
        _ => {}
    }
    if work.faults.busy > 0 {
        work.faults.busy -= 1;
        work.refused += 1;
        return Err(Refusal::Wait(1));
    }
    let times = work.calls.entry(method.to_owned()).or_default();
    if Workspace::is_over(times, shape.a_minute, Duration::from_secs(60)) {
        work.refused += 1;
        return Err(Refusal::Wait(5));
    }
    times.push(Instant::now());
    Ok(args)
}

fn args(
    shape: &Shape,
    headers: &HeaderMap,
    query: Option<&str>,
    body: &[u8],
) -> Result<Args, &'static str> {
    let form = |bytes: &[u8]| -> Args {
        url::form_urlencoded::parse(bytes)
            .map(|(key, value)| (key.into_owned(), Value::String(value.into_owned())))
            .collect()
    };
    let mut args = form(query.unwrap_or_default().as_bytes());
    let kind =
        headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    if kind.starts_with("application/json") {
        if !shape.takes_json {
            return Err("invalid_arguments");
        }
        // Slack's own SDK says JSON and sends nothing, where a method takes no arguments.
        if !body.is_empty() {
            let body: Args = serde_json::from_slice(body).map_err(|_| "invalid_json")?;
            args.extend(body);
        }
    } else {
        args.extend(form(body));
    }
    args.remove("token");
    // A form carries structures as JSON.
    for key in ["blocks", "metadata", "files"] {
        if let Some(Value::String(text)) = args.get(key) {
            let value = serde_json::from_str(text).map_err(|_| "invalid_arguments")?;
            args.insert(key.to_owned(), value);
        }
    }
    let known = |key: &str| shape.required.contains(&key) || shape.optional.contains(&key);
    let is_empty = |value: &Value| value.as_str().is_some_and(str::is_empty);
    if args.keys().any(|key| !known(key)) {
        return Err("superfluous_argument");
    }
    if shape.required.iter().any(|key| args.get(*key).is_none_or(is_empty)) {
        return Err("invalid_arguments");
    }
    Ok(args)
}

fn perform(stand: &Stand, work: &mut Workspace, method: &str, args: &Args) -> Answer {
    match method {
        "auth.test" | "users.info" | "users.lookupByEmail" => people::perform(stand, method, args),
        "apps.connections.open" => {
            Ok(json!({ "url": format!("ws://{}/link/?ticket=1", stand.socket_address) }))
        }
        "api.test" => Ok(json!({})),
        "chat.postMessage" | "chat.update" | "conversations.history" | "pins.add" => {
            messages::perform(work, method, args)
        }
        "files.getUploadURLExternal" | "files.completeUploadExternal" => {
            files::perform(stand, work, method, args)
        }
        _ => channels::perform(stand, work, method, args),
    }
}

/// The text of an argument.
pub(crate) fn text<'a>(args: &'a Args, key: &str) -> &'a str {
    args.get(key).and_then(Value::as_str).unwrap_or_default()
}
