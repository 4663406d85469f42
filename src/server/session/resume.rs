//! The session that a request brings along.

use axum::http::HeaderMap;

use super::desk::{brought, still_good};
use super::secret::{digest, is_same};
use crate::domain::access::{Actor, OPERATOR, Via};
use crate::engine::sessions::Session;
use crate::server::state::State;

/// The header that a changing request must carry: another site cannot read what goes into it.
pub(in crate::server) const CSRF: &str = "x-warroom-csrf";

/// What a page must send with each request that changes something. It follows from the session's
/// id, so that nothing has to be stored, and does not give it away.
#[derive(Debug, Clone)]
pub(in crate::server) struct Csrf(pub(in crate::server) String);

impl Csrf {
    fn of(id: &str) -> Self {
        Self(digest(&format!("csrf/{id}")))
    }

    /// Whether a request carries it.
    pub(in crate::server) fn is_in(&self, headers: &HeaderMap) -> bool {
        let given = headers.get(CSRF).and_then(|given| given.to_str().ok());
        given.is_some_and(|given| is_same(given, &self.0))
    }
}

/// Somebody whose session goes on.
#[derive(Debug)]
pub(in crate::server) struct Resumed {
    /// Who it is.
    pub(in crate::server) actor: Actor,
    /// What their changing requests must carry.
    pub(in crate::server) csrf: Csrf,
}

/// What a request's cookie says.
#[derive(Debug)]
pub(in crate::server) enum Brought {
    /// There is none.
    Nothing,
    /// It opens a session.
    Session(Resumed),
    /// It opens nothing, now: the session is over, or never was.
    Stale,
}

/// Looks at a request's cookie.
pub(in crate::server) async fn resume(state: &State, headers: &HeaderMap) -> Brought {
    let Some(id) = brought(headers) else { return Brought::Nothing };
    // Whatever the browser sends, only a digest of it goes on.
    let Some(session) = state.engine.session(&digest(id), state.desk.ends).await else {
        return Brought::Stale;
    };
    match actor(state, &session) {
        Some(actor) => Brought::Session(Resumed { actor, csrf: Csrf::of(id) }),
        None => Brought::Stale,
    }
}

/// Whose session a request's cookie opens now, without counting that as use of it.
pub(in crate::server) async fn peek(state: &State, headers: &HeaderMap) -> Option<Actor> {
    let key = digest(brought(headers)?);
    actor(state, &state.engine.peek_session(&key, state.desk.ends).await?)
}

/// The person of a session, while what let them in still would.
fn actor(state: &State, session: &Session) -> Option<Actor> {
    if !still_good(state, session) {
        return None;
    }
    match session.name.as_str() {
        OPERATOR => Some(Actor::operator(Via::Console)),
        name => state.engine.directory().actor(name, Via::Console),
    }
}
