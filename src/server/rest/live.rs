//! `/api/v1/live`: what happens, as server-sent events; one stream for each tab.
//!
//! <https://html.spec.whatwg.org/multipage/server-sent-events.html>. Entries come from the room's
//! log by their numbers and hints only say when to look, so nothing is lost or doubled by a cut
//! connection. A stream makes its next event when the client has taken the last one.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::connect_info::ConnectInfo;
use axum::extract::{RawQuery, Request, State as Shared};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::future::BoxFuture;
use futures_util::stream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use super::query::Query;
use super::rooms::Shown;
use crate::domain::access::Actor;
use crate::engine::live::Hint;
use crate::server::access::stands;
use crate::server::io::Streaming;
use crate::server::problem::Problem;
use crate::server::routes::Route;
use crate::server::serve::{Peer, Stopping};
use crate::server::state::State;

/// How often a silent stream gives a sign of life; a room is looked at as often, should a hint have
/// been lost.
const PING: Duration = Duration::from_secs(15);
/// How soon a browser comes back after a cut.
const RETRY: Duration = Duration::from_secs(1);
/// Entries that one stream reads at once, and holds in memory at most.
const CHUNK: usize = 32;
/// How often it is asked whether a stream's person may still watch: who signed out, was removed or
/// lost a token sees nothing new after that.
const PROVE: Duration = Duration::from_secs(2);
/// After an error of the brain.
const PAUSE: Duration = Duration::from_secs(1);

/// Proxies must hand each event on at once, <https://nginx.org/en/docs/http/ngx_http_proxy_module.html>.
const UNBUFFERED: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));

/// The route of this file.
pub(super) fn routes() -> Vec<Route> {
    vec![Route::get("/api/v1/live", "What happens, as server-sent events", live).query(&[
        ("room", "Also the entries of this room"),
        ("from", "Of which the first has this number; without it only new ones"),
    ])]
}

/// One client that watches.
struct Viewer {
    state: State,
    room: Option<Followed>,
    hints: Receiver<Hint>,
    /// Made and not yet taken.
    ready: VecDeque<Event>,
    ping: BoxFuture<'static, ()>,
    prove: BoxFuture<'static, ()>,
    /// Who watches, and what they proved it with.
    proof: (Actor, HeaderMap),
    stop: CancellationToken,
    _streaming: Option<Streaming>,
    _place: OwnedSemaphorePermit,
}

/// The room that a client watches.
struct Followed {
    name: String,
    /// The number of the next entry to send.
    next: u64,
    /// There may be entries that were not sent.
    may_have: bool,
}

async fn live(
    Shared(state): Shared<State>,
    Extension(actor): Extension<Actor>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    let query = Query::read(query.as_deref(), &["room", "from"])?;
    let place = Arc::clone(&state.viewers).try_acquire_owned().map_err(|_| {
        let why = "too many streams at once: close some tabs, or try again later";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, why)
    })?;
    // Before anything is read: what is written from now on is hinted at.
    let hints = state.engine.watch();
    let room = match query.get::<String>("room")? {
        Some(name) => Some(followed(&state, name, query.get("from")?, request.headers()).await?),
        None => None,
    };
    let parts = request.extensions();
    let stop = parts.get::<Stopping>().map(|stopping| stopping.0.child_token()).unwrap_or_default();
    let peer = parts.get::<ConnectInfo<Peer>>();
    let hello = Event::default().comment("warroom").retry(RETRY);
    let viewer = Viewer {
        ping: state.clock.sleep(PING),
        prove: state.clock.sleep(PROVE),
        proof: (actor, proofs(request.headers())),
        room,
        hints,
        ready: VecDeque::from([hello]),
        stop,
        _streaming: peer.map(|ConnectInfo(peer)| Streaming::on(&peer.phase)),
        _place: place,
        state,
    };
    let events = stream::unfold(viewer, async |mut viewer: Viewer| {
        let event = viewer.next().await?;
        Some((Ok::<Event, Infallible>(event), viewer))
    });
    Ok(([UNBUFFERED], Sse::new(events)).into_response())
}

/// What says who asks; the rest of a request's head need not be kept.
fn proofs(headers: &HeaderMap) -> HeaderMap {
    let kept = [header::AUTHORIZATION, header::COOKIE];
    headers
        .iter()
        .filter(|(name, _)| kept.contains(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// Where a client goes on: behind the last event that it has, or where it says.
async fn followed(
    state: &State,
    name: String,
    from: Option<u64>,
    headers: &HeaderMap,
) -> Result<Followed, Problem> {
    state.engine.check_room(&name).await?;
    let seen = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let seen = seen.and_then(|id| id.rsplit_once(':')).filter(|(room, _)| *room == name);
    let resumed = seen.and_then(|(_, n)| n.parse::<u64>().ok()).map(|n| n.saturating_add(1));
    let next = match resumed.or(from) {
        Some(next) => next.max(1),
        None => state.engine.last_entry(&name).await?.saturating_add(1),
    };
    Ok(Followed { name, next, may_have: true })
}

impl Viewer {
    /// The next event; none: the server stops.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if self.stop.is_cancelled() {
                return None;
            }
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            if self.read().await {
                continue;
            }
            tokio::select! {
                biased;
                () = self.stop.cancelled() => return None,
                () = &mut self.prove => self.prove().await,
                hint = self.hints.recv() => self.take(hint),
                () = &mut self.ping => self.look(),
            }
        }
    }

    /// Reads entries that were not sent; says whether there may be more to do at once.
    async fn read(&mut self) -> bool {
        let Some(room) = self.room.as_mut().filter(|room| room.may_have) else { return false };
        match self.state.engine.entries(&room.name, room.next, CHUNK).await {
            Ok(entries) => {
                room.may_have = !entries.is_empty();
                for (n, entry) in entries {
                    room.next = n + 1;
                    let event = Event::default().event("entry").id(format!("{}:{n}", room.name));
                    self.ready.extend(event.json_data(Shown { n, entry }).ok());
                }
            }
            Err(error) => {
                tracing::debug!(%error, "a stream waits for the brain");
                tokio::select! {
                    () = self.stop.cancelled() => {}
                    () = self.state.clock.sleep(PAUSE) => {}
                }
            }
        }
        true
    }

    fn take(&mut self, hint: Result<Hint, RecvError>) {
        match hint {
            Ok(Hint::Room(name)) => {
                if let Some(room) = self.room.as_mut().filter(|room| room.name == *name) {
                    room.may_have = true;
                }
            }
            Ok(Hint::Incident { number, version }) => {
                let data = serde_json::json!({ "number": number, "version": version });
                self.ready.extend(Event::default().event("incidents").json_data(data).ok());
            }
            Ok(Hint::Lagged) | Err(RecvError::Lagged(_)) => {
                self.ready.push_back(Event::default().event("lagged").data("{}"));
                self.look_again();
            }
            Err(RecvError::Closed) => self.stop.cancel(),
        }
    }

    /// Ends the stream of somebody who would not be let in any more; their browser comes back, and
    /// is sent to the sign-in.
    async fn prove(&mut self) {
        self.prove = self.state.clock.sleep(PROVE);
        let (actor, headers) = &self.proof;
        if !stands(&self.state, actor, headers).await {
            tracing::info!(who = ?actor.name, "a stream ends: its viewer may not watch any more");
            self.stop.cancel();
        }
    }

    fn look(&mut self) {
        self.ping = self.state.clock.sleep(PING);
        self.ready.push_back(Event::default().event("ping").data("{}"));
        self.look_again();
    }

    fn look_again(&mut self) {
        if let Some(room) = &mut self.room {
            room.may_have = true;
        }
    }
}
