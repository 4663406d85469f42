//! What happens around every handler: a name, a span, a count, a cap, a net.
//!
//! It never logs bodies, queries or headers: secrets may be in them.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use tracing::Instrument;

use super::access::{self, Access, Admitted, Asked, Denied};
use super::alertmanager::Complaint;
use super::console;
use super::headers;
use super::meters::Answered;
use super::problem::Problem;
use super::serve::Peer;
use super::state::State;

/// The header that names a request.
const REQUEST_ID: &str = "x-request-id";
/// The longest name that a client may give its request.
const REQUEST_ID_BYTES: usize = 64;

/// A route, as the layer around it sees it.
#[derive(Debug, Clone)]
pub(super) struct Watched {
    pub(super) state: State,
    pub(super) route: &'static str,
    pub(super) method: &'static str,
    pub(super) access: Access,
}

/// Runs a handler.
pub(super) async fn observe(
    axum::extract::State(watched): axum::extract::State<Watched>,
    request: Request,
    next: Next,
) -> Response {
    let state = &watched.state;
    let began = state.clock.uptime();
    let id = given_id(request.headers()).unwrap_or_else(|| state.request_id());
    let span =
        tracing::info_span!("http", id = %id, method = watched.method, route = watched.route);
    let running = Running::begin(state);
    let mut answer = admit(&watched, request, next).instrument(span).await;
    drop(running);
    headers::dress(&mut answer);
    if let Ok(id) = HeaderValue::from_str(&id) {
        answer.headers_mut().insert(REQUEST_ID, id);
    }
    count(&watched, answer.status(), state.clock.uptime().saturating_sub(began));
    answer
}

/// Counts a request while it runs, also when its client goes away in the middle.
struct Running<'a>(&'a State);

impl<'a> Running<'a> {
    fn begin(state: &'a State) -> Self {
        state.meters.in_flight.inc();
        Self(state)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.meters.in_flight.dec();
    }
}

async fn admit(watched: &Watched, mut request: Request, next: Next) -> Response {
    let state = &watched.state;
    let peer =
        request.extensions().get::<ConnectInfo<Peer>>().map(|ConnectInfo(peer)| peer.clone());
    let peer = peer.as_ref();
    if let Some(peer) = peer {
        peer.phase.busy();
    }
    let _place = match (watched.access, state.in_flight.try_acquire()) {
        // Whoever watches the server must be answered above all when it is full.
        (Access::Anyone, place) => place.ok(),
        (_, Ok(place)) => Some(place),
        (_, Err(_)) => {
            state.meters.reject("too_many_requests");
            return refuse(
                watched.route,
                StatusCode::SERVICE_UNAVAILABLE,
                "too many requests at once",
            );
        }
    };
    if matches!(watched.access, Access::Operator | Access::Page) {
        let asked = Asked { peer, method: request.method(), headers: request.headers() };
        match access::admit(state, watched.access, asked).await {
            // Handlers that must know who asks take it from here.
            Ok(Admitted { actor, csrf }) => {
                request.extensions_mut().insert(actor);
                csrf.and_then(|csrf| request.extensions_mut().insert(csrf));
            }
            Err(denied) if watched.access == Access::Page && request.method().is_safe() => {
                return console::to_sign_in(request.uri(), denied);
            }
            Err(denied) => return deny(watched, peer, request.headers(), denied),
        }
    }
    // The handlers share only state that is valid between any two statements.
    match AssertUnwindSafe(next.run(request)).catch_unwind().await {
        Ok(answer) => answer,
        Err(_) => {
            state.meters.panics.inc();
            tracing::error!("a handler panicked: this is a bug");
            let text = "something is broken here; what was asked may or may not be done";
            refuse(watched.route, StatusCode::INTERNAL_SERVER_ERROR, text)
        }
    }
}

fn deny(watched: &Watched, peer: Option<&Peer>, headers: &HeaderMap, denied: Denied) -> Response {
    let state = &watched.state;
    state.meters.reject(denied.reason());
    if state.may_warn() {
        let from = peer.map(|peer| peer.address.to_string()).unwrap_or_default();
        tracing::warn!(from, reason = %denied, "a request to the API was refused");
    }
    let (status, text) = (denied.status(), denied.to_string());
    if watched.route.starts_with("/api/v2/") {
        return refuse(watched.route, status, &text);
    }
    let mut answer = Problem::new(status, text).next(denied.next()).into_response();
    if denied == Denied::Stale
        && let Some(gone) = state.desk.cookie(headers, None)
    {
        answer.headers_mut().insert(header::SET_COOKIE, gone);
    }
    answer
}

/// An error in the shape that the clients of this path read.
pub(super) fn refuse(path: &str, status: StatusCode, text: &str) -> Response {
    if path.starts_with("/api/v2/") {
        return Complaint::coded(status, text).into_response();
    }
    Problem::new(status, text).into_response()
}

/// The client's own name for its request, if it is one that is safe to log.
fn given_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(REQUEST_ID)?.to_str().ok()?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    ((1..=REQUEST_ID_BYTES).contains(&id.len()) && id.bytes().all(is_plain)).then(|| id.to_owned())
}

fn count(watched: &Watched, status: StatusCode, took: Duration) {
    let Watched { state, route, method, .. } = watched;
    let answered = Answered { route, method, status: status.as_u16() };
    state.meters.requests.get_or_create(&answered).inc();
    state.meters.seconds.observe(took.as_secs_f64());
    if status.is_server_error() && state.may_warn() {
        tracing::warn!(route, method, status = status.as_u16(), "a request could not be served");
    }
}
