//! The REST API: who asks, what, how often; then the operation itself.

use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, Method, Response, Uri};
use serde_json::{Map, Value, json};

use super::people::user_of;
use super::shapes::{self, Shape};
use super::{Stand, World, channels, people, posts};

/// Calls at once and a second, as a server limits that was told nothing else.
const BURST: usize = 100;
const WINDOW: Duration = Duration::from_secs(10);

/// Who asks what.
pub(crate) struct Ask<'a> {
    pub(crate) name: &'static str,
    pub(crate) user: &'static str,
    /// What stands in the places of the path.
    pub(crate) places: Vec<String>,
    pub(crate) query: Map<String, Value>,
    pub(crate) json: Value,
    pub(crate) bytes: &'a [u8],
    pub(crate) kind: String,
}

impl Ask<'_> {
    pub(crate) fn text(&self, key: &str) -> &str {
        self.json[key].as_str().unwrap_or_default()
    }

    pub(crate) fn asked(&self, key: &str) -> &str {
        self.query.get(key).and_then(Value::as_str).unwrap_or_default()
    }
}

/// What an operation gives: its status and JSON, or an error's status and id.
pub(crate) type Answer = Result<(u16, Value), (u16, &'static str)>;

pub(crate) const FORBIDDEN: (u16, &str) = (403, "api.context.permissions.app_error");

/// Serves on a port of its own, which is given back.
pub(crate) async fn serve(stand: Stand) -> std::net::SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().fallback(call).with_state(stand);
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

#[expect(clippy::too_many_arguments, reason = "they are what a handler is given")]
async fn call(
    State(stand): State<Stand>,
    method: Method,
    uri: Uri,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let path = uri.path().strip_prefix("/api/v4/").unwrap_or_default();
    let known = shapes::of(method.as_str(), path);
    let (answer, hangs) = {
        let mut world = stand.world();
        let Some((shape, places)) = known else {
            world.complain(format!("{method} {path} is no operation that is known here"));
            return error(404, "api.context.404.app_error");
        };
        let query = query.unwrap_or_default();
        match admit(&mut world, shape, &headers, (&query, &body)) {
            Err(response) => return response,
            Ok(ask) => {
                let answer = perform(&mut world, &Ask { places, ..ask });
                (answer, world.faults.hangs_after.take_if(|it| *it == shape.name).is_some())
            }
        }
    };
    if hangs {
        return std::future::pending().await;
    }
    match answer {
        Ok((status, json)) => reply(status, &json),
        Err((status, id)) => error(status, id),
    }
}

fn reply(status: u16, json: &Value) -> Response<Body> {
    let response = Response::builder().status(status).header("content-type", "application/json");
    let response = response.header("x-ratelimit-limit", "100").header("x-version-id", "11.0.0");
    response.body(Body::from(json.to_string())).unwrap()
}

/// <https://developers.mattermost.com/api-documentation/#/#error-handling>
fn error(status: u16, id: &str) -> Response<Body> {
    let json = json!({ "id": id, "message": "It cannot be done.", "request_id": "r", "status_code": status });
    reply(status, &json)
}

/// `server/channels/app/ratelimit.go` answers in plain words.
fn wait() -> Response<Body> {
    let response = Response::builder().status(429).header("retry-after", "1");
    response.header("x-ratelimit-remaining", "0").body(Body::from("limit exceeded\n")).unwrap()
}

fn admit<'a>(
    world: &mut World,
    shape: &'static Shape,
    headers: &HeaderMap,
    (query, body): (&str, &'a [u8]),
) -> Result<Ask<'a>, Response<Body>> {
    let header = |name: &str| headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let token = header("authorization").strip_prefix("Bearer ").unwrap_or_default();
    let user = user_of(token).filter(|user| !(world.faults.is_revoked && *user == super::BOT));
    let Some(user) = user else {
        return Err(error(401, "api.context.session_expired.app_error"));
    };
    if world.faults.busy > 0 {
        world.faults.busy -= 1;
        world.refused += 1;
        return Err(wait());
    }
    let all = world.calls.values().flatten().filter(|at| at.elapsed() < WINDOW).count();
    if all >= BURST * 2 {
        world.refused += 1;
        return Err(wait());
    }
    world.calls.entry(shape.name).or_default().push(Instant::now());
    let query: Map<String, Value> = url::form_urlencoded::parse(query.as_bytes())
        .map(|(key, value)| (key.into_owned(), Value::String(value.into_owned())))
        .collect();
    let kind = header("content-type").to_owned();
    let is_json = kind.starts_with("application/json") && !body.is_empty();
    let json: Value = match is_json {
        true => serde_json::from_slice(body)
            .map_err(|_| error(400, "api.context.invalid_body_param"))?,
        false => Value::Null,
    };
    let known = |key: &String| {
        shape.required.contains(&key.as_str()) || shape.optional.contains(&key.as_str())
    };
    let odd = json.as_object().into_iter().flatten().map(|(key, _)| key).find(|key| !known(key));
    let missing = shape.required.iter().find(|key| json.get(**key).is_none_or(Value::is_null));
    let asked = query.keys().find(|key| !shape.query.contains(&key.as_str()));
    let faults = [odd.map(String::as_str), missing.copied(), asked.map(String::as_str)];
    if let Some(fault) = faults.into_iter().flatten().next() {
        world.complain(format!("{}: {fault} is missing, or not known: {json}", shape.name));
        return Err(error(400, "api.context.invalid_body_param.app_error"));
    }
    Ok(Ask { name: shape.name, user, places: Vec::new(), query, json, bytes: body, kind })
}

fn perform(world: &mut World, ask: &Ask<'_>) -> Answer {
    match ask.name {
        "GetPing" => Ok((200, json!({ "status": "OK" }))),
        "CreatePost" | "GetPost" | "DeletePost" | "PatchPost" | "PinPost" | "SaveReaction"
        | "UploadFile" | "GetPostsForChannel" => posts::perform(world, ask),
        name if name.contains("Channel") => channels::perform(world, ask),
        _ => people::perform(ask),
    }
}
