//! Answers as the API behind the pages does, with what a test says. The pages themselves and their
//! files come from the real router.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::map_request;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::stream::{self, Stream, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::broadcast;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::posts;

/// Opens the pages, which are the real ones.
const TOKEN: &str = "for pages";

type Params = BTreeMap<String, String>;

/// What it says; tests change it while it runs.
#[derive(Debug, Default)]
pub(crate) struct Said {
    /// The entries of each room, by its id.
    pub(crate) rooms: BTreeMap<String, Vec<Value>>,
    /// The incidents, the newest first.
    pub(crate) incidents: Vec<Value>,
    /// The alerts of every incident.
    pub(crate) alerts: Vec<Value>,
    /// How many events every timeline has.
    pub(crate) events: u64,
    /// What a command is refused with.
    pub(crate) refusal: Option<(u16, Value)>,
    /// Every line that came, with its key.
    pub(crate) lines: Vec<(String, Option<String>)>,
}

/// The server.
#[derive(Debug, Clone)]
pub(crate) struct StandIn {
    pub(crate) address: SocketAddr,
    said: Arc<Mutex<Said>>,
    news: broadcast::Sender<(String, Value)>,
    _stop: Arc<DropGuard>,
}

impl StandIn {
    /// Starts on a free port.
    #[expect(clippy::disallowed_methods, reason = "the server runs beside the test")]
    pub(crate) async fn start(said: Said) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stop = CancellationToken::new();
        let own = Self {
            address: listener.local_addr().unwrap(),
            said: Arc::new(Mutex::new(said)),
            news: broadcast::Sender::new(1024),
            _stop: Arc::new(stop.clone().drop_guard()),
        };
        let pages = crate::server::lab::router(TOKEN).await.layer(map_request(signed_in));
        let router = routes().with_state(own.clone()).fallback_service(pages);
        // The real server would also wait for the streams to end.
        let serving = axum::serve(listener, router).into_future();
        tokio::spawn(async move {
            tokio::select! { _ = serving => {}, () = stop.cancelled() => {} }
        });
        own
    }

    /// The address of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Looks at, or changes, what it says.
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut Said) -> T) -> T {
        act(&mut self.said.lock().unwrap())
    }

    /// Adds an entry to a room and tells those who watch; gives its number.
    pub(crate) fn enter(&self, room: &str, by: &Value, slot: Option<&str>, post: &Value) -> usize {
        let entry = self.with(|said| {
            let entries = said.rooms.entry(room.to_owned()).or_default();
            entries.push(posts::entry(entries.len() + 1, by, slot, post));
            entries.last().cloned().unwrap()
        });
        self.news.send((room.to_owned(), entry.clone())).ok();
        entry["n"].as_u64().unwrap() as usize
    }
}

/// Whoever asks for a page here is let in.
async fn signed_in(mut request: Request) -> Request {
    let value = HeaderValue::try_from(format!("Bearer {TOKEN}")).unwrap();
    request.headers_mut().insert(header::AUTHORIZATION, value);
    request
}

fn routes() -> Router<StandIn> {
    Router::new()
        .route("/api/v1/me", get(async || Json(json!({ "name": "Ana", "known": true, "teams": [], "via": "console", "csrf": "word" }))))
        .route("/api/v1/rooms", get(rooms))
        .route("/api/v1/rooms/{room}/entries", get(entries))
        .route("/api/v1/live", get(live))
        .route("/api/v1/commands", post(command))
        .route("/api/v1/incidents", get(incidents))
        .route("/api/v1/incidents/{n}", get(incident))
        .route("/api/v1/incidents/{n}/timeline", get(timeline))
        .route("/api/v1/incidents/{n}/alerts", get(alerts))
        .route("/api/v1/pictures/{id}", get(picture))
        .route("/api/v1/runs", get(async || Json(json!({ "runs": [posts::run()] }))))
        .route("/api/v1/runs/{n}", get(async || Json(posts::run())))
        .route("/api/v1/oncall", get(async || Json(posts::oncall())))
        .route("/api/v1/schedules/{name}/shifts", get(async || Json(posts::shifts())))
        .route("/api/v1/tickets", get(async || Json(json!({ "tickets": [posts::ticket()] }))))
        .route("/api/v1/tickets/{id}", get(async || Json(posts::ticket())))
        .route("/api/v2/silences", get(async || Json(json!([posts::silence()]))))
        .route("/api/v1/now", get(async || Json(posts::now())))
}

async fn rooms(State(own): State<StandIn>) -> Json<Value> {
    let rooms = own.with(|said| {
        let of = |incident: &Value| {
            let id = incident["number"].to_string();
            json!({
                "id": id, "title": incident["title"], "incident": incident["number"],
                "phase": incident["phase"], "severity": incident["severity"],
                "entries": said.rooms.get(&id).map_or(0, Vec::len), "last_at": posts::AT,
            })
        };
        said.incidents.iter().map(of).collect::<Vec<Value>>()
    });
    Json(json!({ "rooms": rooms }))
}

async fn entries(
    State(own): State<StandIn>,
    Path(room): Path<String>,
    Query(asked): Query<Params>,
) -> Json<Value> {
    let all = own.with(|said| said.rooms.get(&room).cloned().unwrap_or_default());
    let max = number(&asked, "max").unwrap_or(100);
    let is_wanted = |entry: &&Value| {
        let n = entry["n"].as_u64().unwrap() as usize;
        number(&asked, "from").is_none_or(|from| n >= from)
            && number(&asked, "before").is_none_or(|before| n < before)
    };
    let mut found: Vec<Value> = all.iter().filter(is_wanted).cloned().collect();
    if asked.contains_key("from") {
        found.truncate(max);
    } else {
        found.drain(..found.len().saturating_sub(max));
    }
    Json(json!({ "entries": found, "last": all.len() }))
}

async fn live(
    State(own): State<StandIn>,
    Query(asked): Query<Params>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    // Listening begins before the past is read, so that nothing falls in between; what comes twice
    // is the page's business.
    let news = own.news.subscribe();
    let room = asked.get("room").cloned().unwrap_or_default();
    let from = number(&asked, "from").unwrap_or(1);
    let past = own.with(|said| said.rooms.get(&room).cloned().unwrap_or_default());
    let past = stream::iter(past.into_iter().skip(from - 1));
    let wanted = room.clone();
    let fresh = stream::unfold(news, async |mut news| Some((news.recv().await.ok()?, news)))
        .filter_map(move |(room, entry)| {
            let is_wanted = room == wanted;
            async move { is_wanted.then_some(entry) }
        });
    let told = |entry: Value| {
        Ok(Event::default().event("entry").id(format!("{}", entry["n"])).data(entry.to_string()))
    };
    Sse::new(past.chain(fresh).map(told))
}

async fn command(
    State(own): State<StandIn>,
    headers: HeaderMap,
    Json(asked): Json<Value>,
) -> Response {
    let line = asked["line"].as_str().unwrap().to_owned();
    let key = headers.get("idempotency-key").map(|key| key.to_str().unwrap().to_owned());
    assert_eq!(headers["x-warroom-csrf"], "word");
    own.with(|said| said.lines.push((line.clone(), key)));
    if let Some((status, problem)) = own.with(|said| said.refusal.clone()) {
        let kind = [("content-type", "application/problem+json")];
        let status = StatusCode::from_u16(status).unwrap();
        return (status, kind, problem.to_string()).into_response();
    }
    let answer = |post: Value, entry: Option<usize>| {
        Json(json!({ "ran": line, "outcome": "done", "post": post, "entry": entry }))
            .into_response()
    };
    let (Some(room), false) = (asked["room"].as_str(), line == "help") else {
        return answer(json!({ "text": format!("You may type this: {line}") }), None);
    };
    own.enter(room, &posts::ana(), None, &json!({ "text": line }));
    let post = posts::answer(&line);
    let n = own.enter(room, &posts::warroom(), None, &post);
    if line == "ack" {
        let card = posts::card("Ana has taken it", "◐");
        own.enter(room, &posts::warroom(), Some("card"), &card);
    }
    answer(post, Some(n))
}

async fn incidents(State(own): State<StandIn>) -> Json<Value> {
    Json(own.with(|said| json!({ "incidents": said.incidents, "next": null })))
}

async fn incident(State(own): State<StandIn>, Path(n): Path<u64>) -> Json<Value> {
    Json(own.with(|said| {
        said.incidents.iter().find(|incident| incident["number"] == n).cloned().unwrap_or_default()
    }))
}

async fn timeline(State(own): State<StandIn>, Query(asked): Query<Params>) -> Json<Value> {
    let (from, limit) = (number(&asked, "from").unwrap_or(1), number(&asked, "max").unwrap_or(100));
    let last = own.with(|said| said.events as usize).min(from + limit - 1);
    let event = |n| json!({ "n": n, "at": posts::AT, "event": "note_added", "text": format!("event {n} happened") });
    Json(json!({ "events": (from..=last).map(event).collect::<Vec<Value>>(), "next": null }))
}

async fn alerts(State(own): State<StandIn>) -> Json<Value> {
    Json(own.with(|said| json!({ "alerts": said.alerts })))
}

async fn picture(Query(asked): Query<Params>) -> Response {
    let (width, height) = (&asked["width"], &asked["height"]);
    let colour = if asked["theme"] == "dark" { "#191f28" } else { "#ffffff" };
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\">\
         <rect width=\"100%\" height=\"100%\" fill=\"{colour}\"/>\
         <path d=\"M20 200L200 190 260 60 620 50\" fill=\"none\" stroke=\"#4a90e2\"/></svg>"
    );
    ([("content-type", "image/svg+xml")], svg).into_response()
}

fn number(asked: &Params, name: &str) -> Option<usize> {
    asked.get(name).and_then(|text| text.parse().ok())
}
