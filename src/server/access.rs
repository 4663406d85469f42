//! Who may ask what, and who it is that asks.
//!
//! Programs on this machine may do everything, and so may whoever holds the API token. A person is
//! known by a token of their own or by a session, and may do what the grants say. A request that a
//! proxy or a foreign web page sends from this machine is not one of this machine's.

use std::net::IpAddr;

use axum::http::{HeaderMap, Method, StatusCode, header};
use base64::Engine as _;

use super::serve::Peer;
use super::session::{Brought, Csrf, is_same, peek, resume};
use super::state::State;
use crate::domain::access::{Actor, Via};

/// What a route asks of its callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Nothing: probes and meters.
    Anyone,
    /// Nothing, but it takes its place among the requests: what people see before they sign in.
    Visitor,
    /// What the configuration of the source says; the handler looks at it.
    Source,
    /// Somebody who is known: a program on this machine, a token, a session.
    Operator,
    /// Somebody who is known, in a browser: whoever is not goes to the sign-in.
    Page,
}

/// Headers that only a proxy adds.
const FORWARDED: [&str; 4] = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];

/// Why a request may not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Denied {
    /// It comes from elsewhere, and nothing else is configured.
    #[error("this may be asked from this machine only, because no API token is configured")]
    NotLocal,
    /// It comes from elsewhere without a token, or with a wrong one.
    #[error("the API token is missing or wrong")]
    NoToken,
    /// A browser on this machine wants to change something without a session: the page that it
    /// shows may be anybody's.
    #[error("a browser must sign in before it changes anything; nothing was changed")]
    NoSession,
    /// The session is over.
    #[error("the session has ended; nothing was changed")]
    Stale,
    /// The page that asks is not ours.
    #[error("the request comes from another site's page; nothing was changed")]
    Foreign,
    /// The page that asks does not prove that it is ours.
    #[error("the header X-Warroom-CSRF is missing or wrong; nothing was changed")]
    NoCsrf,
    /// A form can be sent by any site's page, JSON cannot.
    #[error("a session changes things with JSON only; nothing was changed")]
    NotJson,
}

impl Denied {
    /// The word for the meter.
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::NotLocal => "api_not_local",
            Self::NoToken => "api_token",
            Self::NoSession => "api_no_session",
            Self::Stale => "session_over",
            Self::Foreign => "cross_site",
            Self::NoCsrf => "csrf",
            Self::NotJson => "session_not_json",
        }
    }

    /// The HTTP status that says it.
    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::NotLocal | Self::NoToken | Self::NoSession | Self::Stale => {
                StatusCode::UNAUTHORIZED
            }
            Self::Foreign | Self::NoCsrf => StatusCode::FORBIDDEN,
            Self::NotJson => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        }
    }

    /// What to do next.
    pub(super) fn next(self) -> &'static str {
        match self {
            Self::NotLocal | Self::NoToken => {
                "ask from this machine, sign in, or send a token as `Authorization: Bearer …`"
            }
            Self::NoSession | Self::Stale => "sign in at /sign-in",
            Self::Foreign => "open warroom itself, and do it there",
            Self::NoCsrf => "load the page again: /api/v1/me gives the word for the header",
            Self::NotJson => "send `Content-Type: application/json`",
        }
    }
}

/// The head of a request, as far as it says who asks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    /// Who is at the other end of the connection.
    pub(super) peer: Option<&'a Peer>,
    /// Whether it may change something.
    pub(super) method: &'a Method,
    /// The rest of it.
    pub(super) headers: &'a HeaderMap,
}

/// Somebody who may ask.
#[derive(Debug)]
pub(super) struct Admitted {
    /// Who it is.
    pub(super) actor: Actor,
    /// What the changing requests of their session must carry.
    pub(super) csrf: Option<Csrf>,
}

/// Lets somebody in and says who it is, or why not. A page is for browsers, where being on this
/// machine says nothing about the person.
pub(super) async fn admit(
    state: &State,
    access: Access,
    asked: Asked<'_>,
) -> Result<Admitted, Denied> {
    let changes = !asked.method.is_safe();
    if let Some(actor) = by_token(state, asked.headers) {
        // Browsers send the password of basic authentication along for any site's page.
        if changes && !is_ours(state, asked.headers) {
            return Err(Denied::Foreign);
        }
        return Ok(Admitted { actor, csrf: None });
    }
    match resume(state, asked.headers).await {
        Brought::Session(session) => {
            if changes {
                may_change(state, asked.headers, &session.csrf)?;
            }
            return Ok(Admitted { actor: session.actor, csrf: Some(session.csrf) });
        }
        Brought::Stale => return Err(Denied::Stale),
        Brought::Nothing => {}
    }
    if access != Access::Page && is_local(asked.peer, asked.headers) {
        if changes && is_browser(asked.headers) {
            return Err(Denied::NoSession);
        }
        return Ok(Admitted { actor: Actor::operator(Via::Local), csrf: None });
    }
    let is_open = state.options.token.is_some() || !state.desk.roster.is_empty();
    Err(if is_open { Denied::NoToken } else { Denied::NotLocal })
}

/// Whether whoever was let in with these headers would still be. It does not count as use: an open
/// page must not keep a session alive.
pub(super) async fn stands(state: &State, actor: &Actor, headers: &HeaderMap) -> bool {
    let now = match actor.via {
        // Being on this machine is no session, and cannot end.
        Via::Local | Via::Chat => return true,
        // A link in a page is for one request: nothing stays open with it.
        Via::Pager => return false,
        Via::Token => by_token(state, headers),
        Via::Console => peek(state, headers).await,
    };
    now.is_some_and(|now| now.name == actor.name)
}

/// Who presents a token: its person, or for the API token the operator.
fn by_token(state: &State, headers: &HeaderMap) -> Option<Actor> {
    let given = presented(headers)?;
    if let Some(person) = state.desk.roster.holder(&given) {
        return state.engine.directory().actor(&person, Via::Token);
    }
    let (token, given) = (state.options.token.as_ref()?, String::from_utf8(given).ok()?);
    is_same(token.reveal(), &given).then(|| Actor::operator(Via::Token))
}

/// Whether a session's request may change something.
fn may_change(state: &State, headers: &HeaderMap, csrf: &Csrf) -> Result<(), Denied> {
    if !is_ours(state, headers) {
        return Err(Denied::Foreign);
    }
    if !csrf.is_in(headers) {
        return Err(Denied::NoCsrf);
    }
    let kind = headers.get(header::CONTENT_TYPE).map(|kind| kind.to_str().unwrap_or_default());
    match kind {
        Some(kind) if !kind.trim_start().starts_with("application/json") => Err(Denied::NotJson),
        Some(_) | None => Ok(()),
    }
}

/// The token of a request: a bearer token, or the password of basic authentication, because karma
/// and browsers have nothing else.
fn presented(headers: &HeaderMap) -> Option<Vec<u8>> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = value.trim().split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(rest.trim().as_bytes().to_vec());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = base64::engine::general_purpose::STANDARD.decode(rest.trim()).ok()?;
    let colon = pair.iter().position(|byte| *byte == b':')?;
    pair.get(colon + 1..).map(<[u8]>::to_vec)
}

/// Whether a program on this machine asks for itself.
pub(super) fn is_local(peer: Option<&Peer>, headers: &HeaderMap) -> bool {
    let is_loopback = peer.is_some_and(|peer| peer.address.ip().to_canonical().is_loopback());
    is_loopback
        && !FORWARDED.iter().any(|name| headers.contains_key(*name))
        && (!headers.contains_key(header::HOST) || is_loopback_host(headers))
        && is_same_site(headers)
}

/// Whether the request was sent to a name that means this machine everywhere. Any other may be a
/// foreign page's name that was pointed at this machine (DNS rebinding).
pub(super) fn is_loopback_host(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(header::HOST).and_then(|host| host.to_str().ok()) else {
        return false;
    };
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback())
}

/// Browsers say where a request comes from; programs say nothing.
fn is_browser(headers: &HeaderMap) -> bool {
    ["sec-fetch-site", "sec-fetch-mode", "origin"].iter().any(|name| headers.contains_key(*name))
}

/// Whether a page of ours asks, or no page at all.
pub(super) fn is_ours(state: &State, headers: &HeaderMap) -> bool {
    if is_same_site(headers) {
        return true;
    }
    // A proxy may have put another name into `Host`. Then the browser must say that page and address
    // are one site, and the page's address must be the configured one.
    let site = headers.get("sec-fetch-site").map(axum::http::HeaderValue::as_bytes);
    let origin = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    let ours = state.desk.external_url.as_ref().map(|url| url.origin().ascii_serialization());
    matches!(site, None | Some(b"same-origin"))
        && origin.zip(ours).is_some_and(|(origin, ours)| origin == ours)
}

fn is_same_site(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").map(axum::http::HeaderValue::as_bytes);
    let is_site_ours = matches!(site, None | Some(b"same-origin" | b"none"));
    let is_origin_ours = match (headers.get(header::ORIGIN), headers.get(header::HOST)) {
        (None, _) => true,
        (Some(origin), Some(host)) => origin
            .to_str()
            .ok()
            .and_then(|origin| origin.split_once("://"))
            .is_some_and(|(_, rest)| rest.as_bytes() == host.as_bytes()),
        (Some(_), None) => false,
    };
    is_site_ours && is_origin_ours
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn asks(address: &str, pairs: &[(&'static str, &str)]) -> bool {
        let peer = Peer { address: address.parse().unwrap(), phase: Arc::default() };
        let headers = pairs
            .iter()
            .map(|(name, value)| {
                (axum::http::HeaderName::from_static(name), value.parse().unwrap())
            })
            .collect();
        is_local(Some(&peer), &headers)
    }

    #[test]
    fn a_program_on_this_machine_is_local() {
        assert!(asks("127.0.0.1:5", &[]));
        assert!(asks("127.0.0.1:5", &[("host", "localhost:9095")]));
        assert!(asks("[::1]:5", &[("host", "[::1]:9095")]));
        assert!(asks("[::ffff:127.0.0.1]:5", &[("host", "127.0.0.1:9095")]));
    }

    #[test]
    fn what_only_passes_through_is_not_local() {
        assert!(!asks("192.0.2.1:5", &[("host", "localhost")]));
        assert!(!asks("127.0.0.1:5", &[("x-forwarded-for", "192.0.2.1")]));
        assert!(!asks("127.0.0.1:5", &[("host", "evil.example:9095")]));
        assert!(!asks("127.0.0.1:5", &[("sec-fetch-site", "cross-site")]));
        assert!(!asks(
            "127.0.0.1:5",
            &[("host", "localhost:9095"), ("origin", "http://evil.example")]
        ));
        assert!(asks(
            "127.0.0.1:5",
            &[("host", "localhost:9095"), ("origin", "http://localhost:9095")]
        ));
    }
}
