//! Where people are let in: what must be known for it, and how a session begins and ends.

use axum::http::{HeaderMap, HeaderValue};
use compact_str::CompactString;
use url::Url;

use super::attempts::Attempts;
use super::cookie::{self, Cookie, SESSION};
use super::links::Links;
use super::oidc::Provider;
use super::roster::Roster;
use super::secret::{digest, fresh};
use crate::domain::access::{Directory, OPERATOR};
use crate::engine::sessions::{Ends, Session};
use crate::engine::views::Refusal;
use crate::server::access::is_loopback_host;
use crate::server::state::State;

/// How somebody signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server) enum Way {
    /// With a link that was printed on this machine.
    Link,
    /// With their own token.
    Token,
    /// Through the identity provider.
    Oidc,
}

impl Way {
    const ALL: [Self; 3] = [Self::Link, Self::Token, Self::Oidc];

    /// The stored word.
    pub(in crate::server) fn word(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Token => "token",
            Self::Oidc => "oidc",
        }
    }

    fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.word() == word)
    }
}

/// What signing in needs; lives as long as the server.
#[derive(Debug)]
pub(in crate::server) struct Desk {
    /// The tokens of the people.
    pub(in crate::server) roster: Roster,
    /// The printed links that still open something.
    pub(in crate::server) links: Links,
    /// How often anybody may try.
    pub(in crate::server) attempts: Attempts,
    /// When sessions end by themselves.
    pub(in crate::server) ends: Ends,
    /// Where people reach this server.
    pub(in crate::server) external_url: Option<Url>,
    /// The identity provider.
    pub(in crate::server) oidc: Option<Provider>,
}

impl Desk {
    /// What the configuration holds now to let this person in this way, as a digest. None: nothing.
    pub(super) fn proof(&self, directory: &Directory, name: &str, way: Way) -> Option<String> {
        if name == OPERATOR {
            return (way == Way::Link).then(String::new);
        }
        let person = directory.people.get(name)?;
        match way {
            Way::Link => Some(String::new()),
            Way::Token => self.roster.proof(name),
            Way::Oidc => Some(digest(&format!("{:?}/{:?}", person.oidc_subject, person.email))),
        }
    }

    /// What the identity provider is called, if there is one.
    pub(in crate::server) fn provider(&self) -> Option<&str> {
        self.oidc.as_ref().map(|provider| provider.options.name.as_str())
    }

    /// Whether cookies may travel over https only: always under an https address, except to a browser
    /// on this machine, which came without.
    pub(in crate::server) fn is_secure(&self, headers: &HeaderMap) -> bool {
        self.external_url.as_ref().is_some_and(|url| url.scheme() == "https")
            && !is_loopback_host(headers)
    }

    /// The line that gives a browser its session, or takes it away when there is no `id`.
    pub(in crate::server) fn cookie(
        &self,
        headers: &HeaderMap,
        id: Option<&str>,
    ) -> Option<HeaderValue> {
        let seconds = if id.is_some() { self.ends.age.num_seconds() } else { 0 };
        let (value, is_secure) = (id.unwrap_or_default(), self.is_secure(headers));
        Cookie { name: SESSION, value, path: "/", seconds, is_secure }.line()
    }
}

/// The key of the session that a request brings along, if it looks like one.
pub(super) fn brought(headers: &HeaderMap) -> Option<&str> {
    cookie::read(headers, SESSION)
}

/// Begins a session for somebody who has proved who they are, under a new id: one that a browser
/// brought along may be known to others, and ends. Gives the new id.
///
/// # Errors
/// When nothing lets this person in any more, or the session cannot be stored.
pub(in crate::server) async fn open(
    state: &State,
    headers: &HeaderMap,
    name: &str,
    way: Way,
) -> Result<String, Refusal> {
    let proof = state.desk.proof(&state.engine.directory(), name, way);
    let no_way = || Refusal::Invalid(format!("nothing in the configuration lets {name:?} in"));
    let proof = proof.ok_or_else(no_way)?;
    let id = fresh().ok_or_else(|| Refusal::Unavailable("no randomness".to_owned()))?;
    let now = state.clock.now();
    let session = Session {
        name: CompactString::from(name),
        way: way.word().into(),
        proof,
        began_at: now,
        seen_at: now,
    };
    state.engine.begin_session(&digest(&id), &session, state.desk.ends).await?;
    close(state, headers).await?;
    Ok(id)
}

/// Ends the session that a request brings along, if any.
///
/// # Errors
/// When the brain is away.
pub(in crate::server) async fn close(state: &State, headers: &HeaderMap) -> Result<usize, Refusal> {
    let Some(id) = brought(headers) else { return Ok(0) };
    let key = digest(id);
    state.engine.end_sessions(|known, _| known == key).await
}

/// Ends every session of somebody; gives their number.
///
/// # Errors
/// When the brain is away.
pub(in crate::server) async fn close_all(state: &State, name: &str) -> Result<usize, Refusal> {
    state.engine.end_sessions(|_, session| session.name == name).await
}

/// How a stored session was opened, if that is still a way to come in for its person.
pub(super) fn still_good(state: &State, session: &Session) -> bool {
    let Some(way) = Way::of(&session.way) else { return false };
    let proof = state.desk.proof(&state.engine.directory(), &session.name, way);
    proof.is_some_and(|proof| proof == session.proof)
}
