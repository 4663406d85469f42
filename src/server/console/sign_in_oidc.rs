//! `/sign-in/oidc`: to the identity provider and back.

use axum::extract::{RawQuery, Request, State as Shared};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;

use super::back::see_other;
use super::sign_in::{Fields, count, enter, fail, give, note_refused};
use crate::domain::messages::sign_in as messages;
use crate::server::access::Access;
use crate::server::routes::Route;
use crate::server::session::oidc::{self, Asked, Failed, Flow, Identity, Provider};
use crate::server::session::{Cookie, Way, read_cookie};
use crate::server::state::State;

/// The routes of this file.
pub(super) fn routes() -> Vec<Route> {
    [
        Route::get("/sign-in/oidc", "Sign in through the identity provider", begin)
            .query(&[("next", "Where to go afterwards: a path on this server")]),
        Route::get("/sign-in/oidc/callback", "The way back from the identity provider", end).query(
            &[
                ("code", "What the provider gives for a token, once"),
                ("state", "The word that this sign-in began with"),
                ("error", "What went wrong at the provider"),
                ("iss", "Who answers"),
            ],
        ),
    ]
    .map(|route| route.access(Access::Visitor))
    .into()
}

async fn begin(
    Shared(state): Shared<State>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Response {
    let (head, _) = request.into_parts();
    if let Err(slower) = count(&state, &head) {
        return slower;
    }
    let fields = Fields::read(query.unwrap_or_default().as_bytes());
    match go(&state, &head.headers, fields.next()).await {
        Ok(answer) => answer,
        Err(failed) => refuse(&state, &head, &failed),
    }
}

async fn go(state: &State, headers: &HeaderMap, next: Option<&str>) -> Result<Response, Failed> {
    let provider = provider(state)?;
    let no_luck = || Failed::Away("this machine has no randomness".to_owned());
    let flow = Flow::begin(next, state.clock.now()).ok_or_else(no_luck)?;
    let address = provider.address(&flow).await?;
    let sealed = provider.sealer.seal(&flow).ok_or_else(no_luck)?;
    let mut answer = see_other(address.as_str());
    give(&mut answer, cookie(state, headers, &sealed));
    Ok(answer)
}

async fn end(
    Shared(state): Shared<State>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Response {
    let (head, _) = request.into_parts();
    if let Err(slower) = count(&state, &head) {
        return slower;
    }
    let fields = Fields::read(query.unwrap_or_default().as_bytes());
    let mut answer = match identify(&state, &head.headers, &fields).await {
        Ok((identity, next)) => welcome(&state, &head, &identity, next.as_deref()).await,
        Err(failed) => refuse(&state, &head, &failed),
    };
    // One try for each way: whatever came of it.
    give(&mut answer, cookie(&state, &head.headers, ""));
    answer
}

/// Who comes back, and where they wanted to go. Nothing of the answer is looked at before it is
/// certain that this browser asked for it.
async fn identify(
    state: &State,
    headers: &HeaderMap,
    fields: &Fields,
) -> Result<(Identity, Option<String>), Failed> {
    let provider = provider(state)?;
    let now = state.clock.now();
    let sealed = read_cookie(headers, oidc::COOKIE).ok_or(Failed::Flow)?;
    let flow = provider.sealer.open(sealed, now).ok_or(Failed::Flow)?;
    if !fields.get("state").is_some_and(|state| flow.is_answered_by(state)) {
        return Err(Failed::Flow);
    }
    match fields.get("error") {
        Some("access_denied") => return Err(Failed::Cancelled),
        Some(_) => return Err(Failed::Provider),
        None => {}
    }
    let code = fields.get("code").ok_or(Failed::Provider)?;
    let asked = Asked { flow: &flow, code, issuer: fields.get("iss") };
    let identity = provider.redeem(asked, now).await?;
    Ok((identity, flow.next.clone()))
}

/// Lets somebody in whom the provider knows, if we know them as well.
async fn welcome(state: &State, head: &Parts, identity: &Identity, next: Option<&str>) -> Response {
    let Identity { subject, email } = identity;
    let directory = state.engine.directory();
    match directory.by_identity(subject, email.as_deref()) {
        Some(name) => enter(state, head, (name, Way::Oidc), next).await,
        None => {
            tracing::info!(?subject, ?email, "somebody signed in whom the configuration lacks");
            let message = messages::unknown_person(subject, email.as_deref());
            note_refused(state, head, Way::Oidc, &message).await;
            fail(state, head, StatusCode::FORBIDDEN, message)
        }
    }
}

fn refuse(state: &State, head: &Parts, failed: &Failed) -> Response {
    let status = match failed {
        Failed::Away(_) => StatusCode::BAD_GATEWAY,
        Failed::Cancelled | Failed::Provider | Failed::Flow | Failed::Invalid(_) => {
            StatusCode::FORBIDDEN
        }
    };
    if state.may_warn() {
        tracing::warn!(reason = %failed, "a sign-in through the identity provider failed");
    }
    fail(state, head, status, messages::provider_refused(&failed.to_string()))
}

fn provider(state: &State) -> Result<&Provider, Failed> {
    let missing = || Failed::Away("none is configured here".to_owned());
    state.desk.oidc.as_ref().ok_or_else(missing)
}

/// The cookie of a sign-in that is under way; an empty one goes.
fn cookie(state: &State, headers: &HeaderMap, value: &str) -> Option<HeaderValue> {
    let seconds = if value.is_empty() { 0 } else { oidc::VALID_S };
    let is_secure = state.desk.is_secure(headers);
    Cookie { name: oidc::COOKIE, value, path: oidc::PATH, seconds, is_secure }.line()
}
