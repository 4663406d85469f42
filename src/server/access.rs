//! Who may ask what.
//!
//! Whoever asks from this machine may do everything; others need the API token. A request that a
//! proxy or a foreign web page sends from this machine is not one of this machine's.

use std::collections::BTreeSet;
use std::net::IpAddr;

use axum::http::{HeaderMap, header};
use base64::Engine as _;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::serve::Peer;
use super::state::Shared;
use crate::domain::access::{Actor, Via};

/// What a route asks of its callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Nothing: probes and meters.
    Anyone,
    /// What the configuration of the source says; the handler looks at it.
    Source,
    /// This machine, or the API token.
    Operator,
}

/// Headers that only a proxy adds.
const FORWARDED: [&str; 4] = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];

/// Why a request may not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Denied {
    /// It comes from elsewhere, and no token is configured.
    #[error("this may be asked from this machine only, because no API token is configured")]
    NotLocal,
    /// It comes from elsewhere without the token, or with a wrong one.
    #[error("the API token is missing or wrong")]
    NoToken,
}

impl Denied {
    /// The word for the meter.
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::NotLocal => "api_not_local",
            Self::NoToken => "api_token",
        }
    }
}

/// Lets an operator in and says who it is, or why not.
pub(super) fn operator(
    state: &Shared,
    peer: Option<&Peer>,
    headers: &HeaderMap,
) -> Result<Actor, Denied> {
    if is_local(peer, headers) {
        return Ok(nameless(Via::Local));
    }
    let Some(token) = &state.options.token else { return Err(Denied::NotLocal) };
    let right = Sha256::digest(token.reveal().as_bytes());
    let given = presented(headers).ok_or(Denied::NoToken)?;
    // Hashes are compared, so that the time tells neither content nor length.
    if bool::from(right.ct_eq(&Sha256::digest(given))) {
        Ok(nameless(Via::Token))
    } else {
        Err(Denied::NoToken)
    }
}

/// An operator without a name of its own.
fn nameless(via: Via) -> Actor {
    Actor { name: "operator".into(), is_known: false, teams: BTreeSet::new(), via }
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
        && headers.get(header::HOST).is_none_or(|host| host.to_str().is_ok_and(is_local_host))
        && is_same_site(headers)
}

/// A name that resolves to this machine everywhere. Any other may be a foreign page's name that was
/// pointed at this machine (DNS rebinding).
fn is_local_host(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback())
}

/// Browsers say where a request comes from; programs say nothing.
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
