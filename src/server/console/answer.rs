//! `/a/{token}`: the page behind the link of a page, made for a telephone in the dark.
//!
//! The link is the proof, so nobody has to sign in. A GET only shows: programs that look at links in
//! mails send them. The POST acts, once, however often it comes.

use std::fmt;

use axum::extract::{Path, State as Shared};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use super::assets;
use super::form::Escaped;
use crate::domain::access::{Actor, Via};
use crate::domain::incident::Phase;
use crate::domain::messages::link as messages;
use crate::engine::links::{BadLink, Link};
use crate::engine::talk::{Origin, Outcome, Spoken};
use crate::engine::views::{IncidentView, Refusal};
use crate::server::access::Access;
use crate::server::routes::Route;
use crate::server::session::{self, Brought};
use crate::server::state::State;

/// The routes of this file.
pub(super) fn routes() -> Vec<Route> {
    [
        Route::get("/a/{token}", "What the link of a page is about, with one button", show),
        Route::post("/a/{token}", "Take the incident that the link is about", take),
    ]
    .map(|route| route.access(Access::Visitor))
    .into()
}

/// What the page shows.
#[derive(Debug)]
struct Sheet {
    status: StatusCode,
    title: String,
    text: String,
    has_button: bool,
    incident: Option<u64>,
}

/// Why there is nothing to press.
type Nothing = Sheet;

/// A link that can be used now.
struct Good {
    link: Link,
    actor: Actor,
    view: IncidentView,
}

async fn show(
    Shared(state): Shared<State>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Response {
    match look(&state, &token, &headers).await {
        Ok(Good { link, view, .. }) => Sheet {
            status: StatusCode::OK,
            title: messages::question(link.number, &view.title),
            text: messages::about(&view.severity, &link.person),
            has_button: true,
            incident: Some(view.number),
        },
        Err(nothing) => nothing,
    }
    .into_response()
}

async fn take(
    Shared(state): Shared<State>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Response {
    let Good { link, actor, view } = match look(&state, &token, &headers).await {
        Ok(good) => good,
        Err(nothing) => return nothing.into_response(),
    };
    let room = link.number.to_string();
    // The same link pressed twice at once is one request.
    let key = format!("link-{}", hex::encode(Sha256::digest(&token)).get(..32).unwrap_or("-"));
    let line = format!("ack {}", link.number);
    let spoken = Spoken {
        actor: &actor,
        room: Some(&room),
        line: &line,
        origin: Origin::Typed,
        key: Some(&key),
    };
    let said = state.engine.say(spoken).await;
    let (status, text) = match said.outcome {
        Outcome::Done => (StatusCode::OK, messages::taken(link.number, &link.person)),
        Outcome::Refused | Outcome::Misunderstood => (StatusCode::FORBIDDEN, said.post.text),
        Outcome::Failed => (StatusCode::SERVICE_UNAVAILABLE, said.post.text),
    };
    let title = messages::question(link.number, &view.title);
    Sheet { status, title, text, has_button: false, incident: Some(view.number) }.into_response()
}

/// The link, if there is something to do with it.
async fn look(state: &State, token: &str, headers: &HeaderMap) -> Result<Good, Nothing> {
    let link = state.engine.links().read(token).await.map_err(|bad| {
        state.meters.reject("link");
        unusable(&bad)
    })?;
    let view = state.engine.incident(link.number).await.map_err(|refusal| match refusal {
        Refusal::NotFound(_) => plain(StatusCode::NOT_FOUND, messages::not_ours()),
        other => plain(StatusCode::SERVICE_UNAVAILABLE, messages::not_now(&other.to_string())),
    })?;
    let nothing = |status, text| Sheet {
        status,
        title: messages::question(link.number, &view.title),
        text,
        has_button: false,
        incident: Some(view.number),
    };
    if let Brought::Session(resumed) = session::resume(state, headers).await
        && resumed.actor.is_known
        && resumed.actor.name != link.person
    {
        let text = messages::not_yours(&link.person, &resumed.actor.name);
        return Err(nothing(StatusCode::FORBIDDEN, text));
    }
    let Some(actor) = state.engine.directory().actor(&link.person, Via::Pager) else {
        return Err(nothing(StatusCode::FORBIDDEN, messages::nobody(&link.person)));
    };
    match done_already(&link, &view) {
        Some(text) => Err(nothing(StatusCode::OK, text)),
        None => Ok(Good { link, actor, view }),
    }
}

/// What to say where nothing is left to do.
fn done_already(link: &Link, view: &IncidentView) -> Option<String> {
    match (view.phase, &view.acknowledged_by) {
        (Phase::Triggered, _) | (Phase::Acknowledged, None) => None,
        (Phase::Acknowledged, Some(by)) if by.as_str() == link.person => {
            Some(messages::taken_already(link.number, &link.person))
        }
        (Phase::Acknowledged, Some(by)) => Some(messages::taken_by_another(link.number, by)),
        (Phase::Quiet | Phase::Resolved | Phase::Closed | Phase::Merged, _) => {
            Some(messages::over(link.number))
        }
    }
}

fn unusable(bad: &BadLink) -> Sheet {
    match bad {
        BadLink::Forged => plain(StatusCode::NOT_FOUND, messages::not_ours()),
        BadLink::Over => plain(StatusCode::GONE, messages::too_old()),
        BadLink::Away(error) => {
            plain(StatusCode::SERVICE_UNAVAILABLE, messages::not_now(&error.to_string()))
        }
    }
}

fn plain(status: StatusCode, text: String) -> Sheet {
    Sheet { status, title: "warroom".to_owned(), text, has_button: false, incident: None }
}

impl IntoResponse for Sheet {
    fn into_response(self) -> Response {
        let mut answer = (self.status, self.to_string()).into_response();
        let kind = HeaderValue::from_static("text/html; charset=utf-8");
        answer.headers_mut().insert(header::CONTENT_TYPE, kind);
        // The address is the proof: it goes to nobody else, our own pages included.
        let silent = HeaderValue::from_static("no-referrer");
        answer.headers_mut().insert(header::REFERRER_POLICY, silent);
        answer
    }
}

impl fmt::Display for Sheet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <meta name=\"robots\" content=\"noindex\">\
             <meta name=\"color-scheme\" content=\"light dark\"><title>{title} · warroom</title>\
             <link rel=\"icon\" href=\"{base}/icon.svg\" type=\"image/svg+xml\">\
             <link rel=\"stylesheet\" href=\"{base}/console.css\"></head><body class=\"door\"><main>\
             <h1>{title}</h1><p role=\"status\">{text}</p>",
            title = Escaped(&self.title),
            text = Escaped(&self.text),
            base = assets::base()
        )?;
        if self.has_button {
            // Without an action the form goes to its own address, token and all.
            write!(
                f,
                "<form method=\"post\"><button type=\"submit\">{}</button></form>",
                messages::TAKE
            )?;
        }
        if let Some(number) = self.incident {
            write!(
                f,
                "<p class=\"or\"><a class=\"button\" href=\"/incidents/{number}\">{}</a></p>",
                messages::LOOK
            )?;
        }
        f.write_str("</main></body></html>\n")
    }
}
