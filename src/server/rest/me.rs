//! `/api/v1/me`: who asks; and links that sign somebody in.

use axum::extract::{Request, State as Shared};
use axum::http::StatusCode;
use axum::{Extension, Json};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::commands::read;
use super::may::not_permitted;
use crate::domain::access::{Action, Actor, OPERATOR};
use crate::engine::trail::Attempt;
use crate::server::problem::Problem;
use crate::server::routes::Route;
use crate::server::session::{Csrf, VALID_FOR};
use crate::server::state::State;

/// The routes of this file.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/me", "Who asks, as far as warroom knows", me).gives::<Me>(),
        Route::post("/api/v1/sign-in-links", "A link that signs in once; the operator's", link)
            .takes::<Wanted>()
            .gives::<Link>(),
    ]
}

/// Who asks.
#[derive(Debug, Serialize, JsonSchema)]
struct Me {
    /// The name in the configuration, or `operator`.
    name: String,
    /// Whether it is a person of the configuration.
    known: bool,
    /// Their teams.
    teams: Vec<String>,
    /// How they came in: `local`, `token`, `console` or `chat`.
    via: &'static str,
    /// What the requests of this session that change something carry in `X-Warroom-CSRF`; none
    /// without a session.
    csrf: Option<String>,
}

async fn me(Extension(actor): Extension<Actor>, csrf: Option<Extension<Csrf>>) -> Json<Me> {
    Json(Me {
        name: actor.name.into(),
        known: actor.is_known,
        teams: actor.teams.into_iter().map(Into::into).collect(),
        via: actor.via.word(),
        csrf: csrf.map(|Extension(Csrf(word))| word),
    })
}

/// Whom a link is for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// A person of the configuration; none: the operator.
    #[serde(rename = "as")]
    name: Option<String>,
}

/// A link.
#[derive(Debug, Serialize, JsonSchema)]
struct Link {
    /// What comes behind the address of this server; it holds the secret.
    path: String,
    /// Whom it signs in.
    #[serde(rename = "as")]
    name: String,
    /// When it opens nothing any more.
    until: DateTime<Utc>,
}

async fn link(
    Shared(state): Shared<State>,
    Extension(actor): Extension<Actor>,
    request: Request,
) -> Result<Json<Link>, Problem> {
    if !actor.is_operator() {
        let why = "only the operator, on the machine of the server, can sign others in";
        return Err(Problem::new(StatusCode::FORBIDDEN, why).next("run `warroom sign-in` there"));
    }
    let Wanted { name } = read(&state, request).await?;
    let name = name.unwrap_or_else(|| OPERATOR.to_owned());
    if name != OPERATOR && !state.engine.directory().people.contains_key(name.as_str()) {
        let why = format!("{name:?} is not a person of the configuration");
        return Err(Problem::new(StatusCode::NOT_FOUND, why).next("add [people.NAME] to it"));
    }
    let action = Action { verb: "sign-in-link", resource: "", environment: "", changes: true };
    let line = format!("sign-in-link {name}");
    let attempt = Attempt { actor: &actor, action, line: &line, place: "api", incident: None };
    let permit = state.engine.permit(&attempt).await;
    permit.map_err(|refused| not_permitted(&state, &refused))?;
    let until = state.clock.now() + VALID_FOR;
    let path = state.sign_in_path(&name).ok_or_else(|| {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "the machine has no randomness now")
    })?;
    tracing::info!(who = ?name, by = ?actor.name, via = actor.via.word(), "made a link to sign in");
    Ok(Json(Link { path, name, until }))
}
