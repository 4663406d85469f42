//! `/hooks/pagers/{name}`: what people answer by telephone or in another program.
//!
//! The pager's adapter proves who sent it and reads it; the person behind the number is looked up
//! here, and what they ask goes the same way as a line that they type: the same rights, the same log,
//! once for each answer. Whoever is not known changes nothing and is logged.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{OriginalUri, Path, Request, State as Shared};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use compact_str::CompactString;

use super::access::Access;
use super::body::{self, Reader};
use super::limits;
use super::problem::Problem;
use super::routes::Route;
use super::state::State;
use crate::adapters::pagers::{Ask, Deaf, Heard, Pager, Reply, Verb};
use crate::domain::access::Via;
use crate::domain::messages::link as messages;
use crate::engine::talk::{Origin, Outcome, Spoken};

/// The pagers of the configuration, and whose numbers are whose.
#[derive(Debug, Clone, Default)]
pub struct Pagers {
    /// By the name in the configuration.
    pub named: BTreeMap<CompactString, Arc<dyn Pager>>,
    /// The person behind an address, by the pager's name and the address.
    pub people: BTreeMap<(CompactString, CompactString), CompactString>,
}

/// The routes of this file.
pub(super) fn routes() -> Vec<Route> {
    let summary = "Answer a page: the pager's own form, with its own signature";
    vec![Route::post("/hooks/pagers/{name}", summary, hear).access(Access::Source)]
}

async fn hear(
    Shared(state): Shared<State>,
    Path(name): Path<String>,
    OriginalUri(uri): OriginalUri,
    request: Request,
) -> Response {
    let (head, body) = request.into_parts();
    let Some(pager) = state.options.pagers.named.get(name.as_str()) else {
        state.meters.reject("no_such_pager");
        let why = format!("no pager is called {name:?}");
        return Problem::new(StatusCode::NOT_FOUND, why).into_response();
    };
    let reader = Reader::of(&head, limits::COMMAND_BYTES);
    let held = match body::read(&state, &head.headers, body, &reader).await {
        Ok(held) => held,
        Err(refused) => {
            state.meters.reject(refused.reason());
            return Problem::new(refused.status(), refused.to_string()).into_response();
        }
    };
    let path = uri.path_and_query().map_or("", |path| path.as_str());
    let url = address(&state, &head.headers, path);
    match read(pager.as_ref(), &url, &head.headers, (&held.bytes, state.clock.now())) {
        Ok(replies) => obey(&state, (&name, pager.as_ref()), &replies).await,
        Err(deaf) => refuse(&state, &name, &deaf),
    }
}

fn read(
    pager: &dyn Pager,
    url: &str,
    headers: &HeaderMap,
    (body, now): (&[u8], DateTime<Utc>),
) -> Result<Vec<Reply>, Deaf> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    pager.hear(&Heard { url, header: &header, body, now })
}

/// The address as the sender knows it: some sign it, so a proxy in between must not change it.
fn address(state: &State, headers: &HeaderMap, path: &str) -> String {
    match &state.options.external_url {
        Some(url) => format!("{}{path}", url.as_str().trim_end_matches('/')),
        None => {
            let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
            format!("http://{}{path}", host.unwrap_or_default())
        }
    }
}

fn refuse(state: &State, name: &str, deaf: &Deaf) -> Response {
    let (status, reason) = match deaf {
        Deaf::Mute(_) => (StatusCode::NOT_FOUND, "pager_mute"),
        Deaf::Forged(_) => (StatusCode::UNAUTHORIZED, "pager_forged"),
        Deaf::Unreadable(_) => (StatusCode::BAD_REQUEST, "pager_unreadable"),
    };
    state.meters.reject(reason);
    if state.may_warn() {
        tracing::warn!(pager = name, why = %deaf, "an answer to a page was refused");
    }
    Problem::new(status, deaf.to_string()).into_response()
}

/// Does what was asked, and tells the sender in its own form. Only where trying again helps, the
/// status says so: senders repeat what is not answered 2xx.
async fn obey(state: &State, (name, pager): (&str, &dyn Pager), replies: &[Reply]) -> Response {
    let mut told = Vec::new();
    let mut status = StatusCode::OK;
    for reply in replies {
        let (is_done, text) = one(state, name, reply).await;
        if !is_done {
            status = StatusCode::SERVICE_UNAVAILABLE;
        }
        told.push(text);
    }
    if told.is_empty() {
        return StatusCode::NO_CONTENT.into_response();
    }
    let (kind, body) = pager.answer(&told.join(" "));
    (status, [(header::CONTENT_TYPE, kind)], body).into_response()
}

/// One answer; false where it should be sent again.
async fn one(state: &State, pager: &str, reply: &Reply) -> (bool, String) {
    let Reply { from, key, ask } = reply;
    let people = &state.options.pagers.people;
    let person = people.get(&(pager.into(), from.clone()));
    let actor = person.and_then(|name| state.engine.directory().actor(name, Via::Pager));
    let Some(actor) = actor else {
        state.meters.reject("pager_stranger");
        if state.may_warn() {
            tracing::warn!(pager, from = ?from, "an answer to a page came from nobody's number");
        }
        return (true, messages::stranger());
    };
    let Some(ask) = ask else {
        tracing::info!(pager, who = ?actor.name, "an answer to a page was not understood");
        return (true, messages::not_understood());
    };
    let Ask { verb, number } = ask;
    let (room, line) = (number.to_string(), format!("{} {number}", word(*verb)));
    let key = format!("{pager}.{key}");
    let spoken = Spoken {
        actor: &actor,
        room: Some(&room),
        line: &line,
        origin: Origin::Typed,
        key: Some(&key),
    };
    let said = state.engine.say(spoken).await;
    (said.outcome != Outcome::Failed, said.post.text)
}

/// The command that a verb stands for.
fn word(verb: Verb) -> &'static str {
    match verb {
        Verb::Acknowledge => "ack",
        Verb::Resolve => "resolve",
        Verb::Escalate => "escalate",
    }
}
