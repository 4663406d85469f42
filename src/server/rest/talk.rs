//! `/api/v1/commands`: one line of the chat language, typed in a room or nowhere.
//!
//! The console's input and buttons, `warroom do` and other programs all come here.

use axum::extract::{Request, State as Shared};
use axum::http::HeaderMap;
use axum::{Extension, Json};
use schemars::JsonSchema;
use serde::Deserialize;

use super::commands::read;
use crate::domain::access::Actor;
use crate::domain::commands::LINE_BYTES_MAX;
use crate::engine::talk::{Origin, Said, Spoken};
use crate::server::problem::Problem;
use crate::server::routes::Route;
use crate::server::state::State;

/// The header that names a request, so that it can be sent again:
/// <https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header>.
const KEY: &str = "idempotency-key";
/// The longest name of a request; a UUID has 36 characters.
const KEY_BYTES: usize = 64;
/// The longest name of a room.
const ROOM_BYTES: usize = 80;

/// The routes of this file.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/api/v1/commands", "Type a line, as in a room", say)
            .takes::<Typed>()
            .gives::<Said>(),
    ]
}

/// A line.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Typed {
    /// What was typed: `graph latency cms 1h`.
    line: String,
    /// Where: `12`, `ops`. Without it, nobody else hears of it.
    #[serde(default)]
    room: Option<String>,
}

async fn say(
    Shared(state): Shared<State>,
    Extension(actor): Extension<Actor>,
    request: Request,
) -> Result<Json<Said>, Problem> {
    let key = key(request.headers())?;
    let Typed { line, room } = read(&state, request).await?;
    if line.len() > LINE_BYTES_MAX {
        return Err(Problem::invalid(format!("a line has at most {LINE_BYTES_MAX} bytes")));
    }
    if let Some(room) = room.as_deref().filter(|room| !is_room(room)) {
        return Err(Problem::invalid(format!("{room:?} is not a room, such as 12 or ops")));
    }
    let spoken = Spoken {
        actor: &actor,
        room: room.as_deref(),
        line: &line,
        origin: Origin::Typed,
        key: key.as_deref(),
    };
    Ok(Json(state.engine.say(spoken).await))
}

fn is_room(name: &str) -> bool {
    let is_letter = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    (1..=ROOM_BYTES).contains(&name.len()) && name.chars().all(is_letter)
}

/// The client's name for this request.
fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(key) = headers.get(KEY) else { return Ok(None) };
    let key = key.to_str().unwrap_or_default().trim_matches('"');
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if (1..=KEY_BYTES).contains(&key.len()) && key.bytes().all(is_plain) {
        return Ok(Some(key.to_owned()));
    }
    Err(Problem::invalid(format!(
        "an idempotency key has 1 to {KEY_BYTES} letters, digits, - _ and ."
    )))
}
