//! `/sign-in` and `/sign-out`: a printed link, a person's token, and the way out.

use axum::extract::{ConnectInfo, RawQuery, Request, State as Shared};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use compact_str::format_compact;
use url::form_urlencoded;

use super::back::{local, see_other};
use super::form::Form;
use crate::domain::access::{OPERATOR, Via};
use crate::domain::messages::sign_in as messages;
use crate::domain::trail::{Record, Verdict};
use crate::server::access::{Access, is_local, is_ours};
use crate::server::body::{self, Reader};
use crate::server::limits;
use crate::server::routes::Route;
use crate::server::serve::Peer;
use crate::server::session::{self, Brought, Way};
use crate::server::state::State;

/// The routes of this file.
pub(super) fn routes() -> Vec<Route> {
    [
        Route::get("/sign-in", "The page to sign in", show).query(&ASKED),
        Route::post("/sign-in", "Sign in with a code or a token, as a form", sign_in),
        Route::post("/sign-out", "End the session", sign_out)
            .query(&[("everywhere", "`yes` ends every session of the same person")]),
    ]
    .map(|route| route.access(Access::Visitor))
    .into()
}

/// What the page may be asked with.
const ASKED: [(&str, &str); 3] = [
    ("code", "The code of a printed link; the page's button redeems it"),
    ("next", "Where to go afterwards: a path on this server"),
    ("why", "`over` or `out`: what has happened"),
];

/// Pairs of a query or a form.
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads them; whatever cannot be read is not there.
    pub(super) fn read(text: &[u8]) -> Self {
        Self(form_urlencoded::parse(text).into_owned().collect())
    }

    /// The first of this name that is not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let mut all = self.0.iter().filter(|(known, value)| known == name && !value.is_empty());
        all.next().map(|(_, value)| value.as_str())
    }

    /// Where to go afterwards.
    pub(super) fn next(&self) -> Option<&str> {
        self.get("next").and_then(local)
    }
}

/// Shows the form. A code is redeemed by the form's POST only: programs that look at links in
/// messages send GETs, and must not use it up.
async fn show(Shared(state): Shared<State>, RawQuery(query): RawQuery) -> Response {
    let fields = Fields::read(query.unwrap_or_default().as_bytes());
    let message = match fields.get("why") {
        Some("over") => Some(messages::session_is_over()),
        Some("out") => Some(messages::signed_out()),
        _ => None,
    };
    let (code, next) = (fields.get("code"), fields.next());
    Form { message, code, next, provider: state.desk.provider() }.answer(StatusCode::OK)
}

async fn sign_in(Shared(state): Shared<State>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    if !is_ours(&state, &head.headers) {
        return fail(&state, &head, StatusCode::FORBIDDEN, messages::from_elsewhere());
    }
    if let Err(slower) = count(&state, &head) {
        return slower;
    }
    let kind = head.headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    let is_form = kind.is_some_and(|kind| kind.starts_with(b"application/x-www-form-urlencoded"));
    let reader = Reader::of(&head, limits::FORM_BYTES);
    let (true, Ok(held)) = (is_form, body::read(&state, &head.headers, body, &reader).await) else {
        return fail(&state, &head, StatusCode::BAD_REQUEST, messages::unreadable());
    };
    let fields = Fields::read(&held.bytes);
    let found = match (fields.get("code"), fields.get("token")) {
        (Some(code), _) => by_code(&state, &head, code).map(|name| (name, Way::Link)),
        (None, Some(token)) => by_token(&state, token).map(|name| (name, Way::Token)),
        (None, None) => Err(messages::unreadable()),
    };
    match found {
        Ok((name, way)) => enter(&state, &head, (&name, way), fields.next()).await,
        Err(message) => {
            let way = if fields.get("code").is_some() { Way::Link } else { Way::Token };
            note_refused(&state, &head, way, &message).await;
            fail(&state, &head, StatusCode::UNAUTHORIZED, message)
        }
    }
}

/// Writes down that somebody was not let in. Tries are counted before, so that nobody fills the log.
pub(super) async fn note_refused(state: &State, head: &Parts, way: Way, why: &str) {
    let record = Record { by: why.to_owned(), ..of_sign_in(head, "", way) };
    state.engine.trail().write_or_hold(record).await;
}

fn of_sign_in(head: &Parts, name: &str, way: Way) -> Record {
    Record {
        who: name.into(),
        known: !name.is_empty() && name != OPERATOR,
        via: format_compact!("{}/{}", Via::Console.word(), way.word()),
        place: from(head).into(),
        ..Record::by_itself(Via::Console.word(), "sign-in")
    }
}

/// Counts a try; too many are answered at once.
pub(super) fn count(state: &State, head: &Parts) -> Result<(), Response> {
    let Some(peer) = peer_of(head) else { return Ok(()) };
    state.desk.attempts.count(peer.address.ip()).map_err(|slower| {
        let seconds = slower.after.as_secs() + 1;
        let mut answer =
            fail(state, head, StatusCode::TOO_MANY_REQUESTS, messages::slower(seconds));
        answer.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        answer
    })
}

/// Whom a printed link signs in. The operator's opens on this machine only, because such a link
/// stands in the log of the server.
fn by_code(state: &State, head: &Parts, code: &str) -> Result<String, String> {
    let name = state.desk.links.redeem(code, state.clock.now());
    let name = name.ok_or_else(messages::link_is_spent)?;
    if name == OPERATOR && !is_local(peer_of(head), &head.headers) {
        return Err(messages::link_is_local());
    }
    Ok(name.into())
}

fn by_token(state: &State, token: &str) -> Result<String, String> {
    let holder = state.desk.roster.holder(token.as_bytes());
    holder.map(Into::into).ok_or_else(messages::token_is_wrong)
}

/// Begins a session and sends the browser on.
pub(super) async fn enter(
    state: &State,
    head: &Parts,
    (name, way): (&str, Way),
    next: Option<&str>,
) -> Response {
    let by = format!("a {} of theirs", way.word());
    let record = Record { verdict: Verdict::Allowed, by, ..of_sign_in(head, name, way) };
    if let Err(error) = state.engine.trail().write(record).await {
        let message = messages::not_stored(&error.to_string());
        return fail(state, head, StatusCode::SERVICE_UNAVAILABLE, message);
    }
    match session::open(state, &head.headers, name, way).await {
        Ok(id) => {
            let from = from(head);
            tracing::info!(who = ?name, way = way.word(), from, "signed in");
            let mut answer = see_other(next.unwrap_or("/"));
            give(&mut answer, state.desk.cookie(&head.headers, Some(&id)));
            answer
        }
        Err(refusal) => {
            let message = messages::not_stored(&refusal.to_string());
            fail(state, head, StatusCode::SERVICE_UNAVAILABLE, message)
        }
    }
}

/// The form again, with what went wrong.
pub(super) fn fail(state: &State, head: &Parts, status: StatusCode, message: String) -> Response {
    state.meters.reject("sign_in");
    if state.may_warn() {
        tracing::warn!(from = from(head), status = status.as_u16(), "a sign-in failed");
    }
    Form { message: Some(message), provider: state.desk.provider(), ..Form::default() }
        .answer(status)
}

async fn sign_out(
    Shared(state): Shared<State>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Response {
    let (head, _) = request.into_parts();
    if !is_ours(&state, &head.headers) {
        return fail(&state, &head, StatusCode::FORBIDDEN, messages::from_elsewhere());
    }
    let is_everywhere =
        Fields::read(query.unwrap_or_default().as_bytes()).get("everywhere") == Some("yes");
    let ended = end(&state, &head.headers, is_everywhere).await;
    let mut answer = match ended {
        Ok(()) => see_other("/sign-in?why=out"),
        Err(why) => {
            let message = format!("You are signed out in this browser only: {why}.");
            fail(&state, &head, StatusCode::SERVICE_UNAVAILABLE, message)
        }
    };
    give(&mut answer, state.desk.cookie(&head.headers, None));
    answer
}

async fn end(state: &State, headers: &HeaderMap, is_everywhere: bool) -> Result<(), String> {
    let Brought::Session(found) = session::resume(state, headers).await else { return Ok(()) };
    let line = if is_everywhere { "sign-out everywhere" } else { "sign-out" };
    let verdict = Verdict::Allowed;
    let by = "their own session".to_owned();
    let record = Record::of(&found.actor, "sign-out");
    let record = Record { line: line.to_owned(), verdict, by, ..record };
    // Who wants out gets out: the record follows.
    state.engine.trail().write_or_hold(record).await;
    let who = found.actor.name;
    let ended = if is_everywhere {
        session::close_all(state, &who).await
    } else {
        session::close(state, headers).await
    };
    let ended = ended.map_err(|refusal| refusal.to_string())?;
    tracing::info!(?who, via = Via::Console.word(), sessions = ended, "signed out");
    Ok(())
}

/// Puts a cookie into an answer.
pub(super) fn give(answer: &mut Response, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        answer.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

fn peer_of(head: &Parts) -> Option<&Peer> {
    head.extensions.get::<ConnectInfo<Peer>>().map(|ConnectInfo(peer)| peer)
}

fn from(head: &Parts) -> String {
    peer_of(head).map(|peer| peer.address.ip().to_string()).unwrap_or_default()
}
