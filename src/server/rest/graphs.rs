//! `/api/v1/graph` and `/api/v1/pictures`: graphs drawn now, and graphs that were posted.

use axum::extract::{Path, RawQuery, State as Shared};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::incidents::read_number;
use super::query::Query;
use crate::domain::chart::{Look, Theme};
use crate::domain::dashboard::{Context, Request, Wish};
use crate::domain::messages::graphs as say;
use crate::engine::graphs::{Charted, Format, Graphs, Miss, Painted};
use crate::server::problem::Problem;
use crate::server::routes::Route;
use crate::server::state::State;

/// How a picture should look.
const LOOK: [(&str, &str); 5] = [
    ("theme", "light or dark"),
    ("width", "CSS pixels across, 800 unless it says otherwise"),
    ("height", "CSS pixels down, 400 unless it says otherwise"),
    ("scale", "Picture pixels for one CSS pixel, 2 unless it says otherwise"),
    ("format", "png, svg or csv"),
];
/// A picture's numbers never change: its name is their hash.
const FOR_EVER: &str = "private, max-age=31536000, immutable";
/// Nothing may run in a picture, wherever it is opened.
const NO_SCRIPT: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/// The routes of this file.
pub(super) fn routes() -> Vec<Route> {
    const GRAPH: &[(&str, &str)] = &[
        ("q", "What is typed behind `graph`: latency cms 1h"),
        ("room", "The number of the incident whose room it is asked in"),
        LOOK[0],
        LOOK[1],
        LOOK[2],
        LOOK[3],
        LOOK[4],
    ];
    vec![
        Route::get("/api/v1/graph", "A graph, drawn now", graph).query(GRAPH),
        Route::get("/api/v1/pictures/{id}", "A graph that was posted", picture).query(&LOOK),
    ]
}

async fn graph(
    Shared(state): Shared<State>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let known = ["q", "room", "theme", "width", "height", "scale", "format"];
    let query = Query::read(query.as_deref(), &known)?;
    let line = query.get::<String>("q")?;
    let line = line.ok_or_else(|| Problem::invalid("say which graph: ?q=latency cms 1h"))?;
    let (wish, scale, format) = look(&query)?;
    let graphs = graphs(&state)?;
    let context = match query.get::<String>("room")? {
        Some(room) => state.engine.graph_context(read_number(&room)?).await?,
        None => Context::default(),
    };
    let request = Request::read(&line).map_err(|bad| problem(&bad.into()))?;
    let charted = graphs.chart(&request, &context).await.map_err(|miss| problem(&miss))?;
    let Charted { chart, wish: said, .. } = charted;
    let look = looking(wish, said, scale);
    let painted = graphs.paint(chart, look, format).await.map_err(|miss| problem(&miss))?;
    Ok(answer(painted.format, painted.bytes, "no-store"))
}

async fn picture(
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let query = Query::read(query.as_deref(), &["theme", "width", "height", "scale", "format"])?;
    let (wish, scale, format) = look(&query)?;
    let look = looking(wish, Wish::default(), scale);
    let tag = tag(&id, look, format);
    // The name of a picture says what is in it: who has it needs no second look.
    let is_held = headers.get(header::IF_NONE_MATCH).is_some_and(|held| *held == tag);
    if is_held {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    let painted = graphs_of_pictures(&state).paint_kept(&id, look, format).await;
    let painted = painted.map_err(|miss| problem(&miss))?;
    let Painted { format, bytes } = painted.as_ref();
    let mut answer = answer(*format, bytes.clone(), FOR_EVER);
    answer.headers_mut().insert(header::ETAG, tag);
    Ok(answer)
}

/// Pictures are shown also where no source is configured any more.
fn graphs_of_pictures(state: &State) -> &Graphs {
    state.engine.pictures()
}

fn graphs(state: &State) -> Result<&Graphs, Problem> {
    state.engine.graphs().ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, say::no_source()))
}

/// What the query says about the look.
fn look(query: &Query) -> Result<(Wish, Option<f32>, Format), Problem> {
    let theme = match query.get::<String>("theme")?.as_deref() {
        None => None,
        Some("light") => Some(Theme::Light),
        Some("dark") => Some(Theme::Dark),
        Some(other) => {
            return Err(Problem::invalid(format!("there is no theme {other:?}: light or dark")));
        }
    };
    let wish = Wish { theme, width: query.get("width")?, height: query.get("height")? };
    Ok((wish, query.get("scale")?, query.get("format")?.unwrap_or_default()))
}

/// What the address says counts before what the line says.
fn looking(wish: Wish, said: Wish, scale: Option<f32>) -> Look {
    let usual = Look::default();
    Look {
        theme: wish.theme.or(said.theme).unwrap_or(usual.theme),
        width: wish.width.or(said.width).unwrap_or(usual.width),
        height: wish.height.or(said.height).unwrap_or(usual.height),
        scale: scale.unwrap_or(usual.scale),
    }
}

fn tag(id: &str, look: Look, format: Format) -> HeaderValue {
    let Look { theme, width, height, scale } = look;
    let known: String = id.chars().filter(char::is_ascii_alphanumeric).collect();
    let text = format!("\"{known}-{theme:?}-{width}x{height}-{scale}-{format:?}\"");
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("\"\""))
}

fn answer(format: Format, bytes: Vec<u8>, cache: &'static str) -> Response {
    let mut answer = bytes.into_response();
    let headers = answer.headers_mut();
    let mut set = |name, value| drop(headers.insert(name, HeaderValue::from_static(value)));
    set(header::CONTENT_TYPE, format.media_type());
    set(header::CACHE_CONTROL, cache);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    match format {
        Format::Csv => set(header::CONTENT_DISPOSITION, "attachment; filename=\"graph.csv\""),
        Format::Svg => set(header::CONTENT_SECURITY_POLICY, NO_SCRIPT),
        Format::Png => {}
    }
    answer
}

fn problem(miss: &Miss) -> Problem {
    let (status, next) = match miss {
        Miss::Unclear(_) => (StatusCode::BAD_REQUEST, "correct the line; the detail says how"),
        Miss::NoSource(_) => (StatusCode::NOT_FOUND, "look at [metrics] in the configuration"),
        Miss::NoData(_) => (StatusCode::NOT_FOUND, "look at a longer time, or check the names"),
        Miss::Unknown(_) => (StatusCode::NOT_FOUND, "draw it anew: /api/v1/graph?q=…"),
        Miss::Away(_) | Miss::Unkept(_) => {
            (StatusCode::SERVICE_UNAVAILABLE, "ask again in some seconds")
        }
        Miss::Slow(_) => (StatusCode::GATEWAY_TIMEOUT, "ask again, or for a shorter time"),
        Miss::Refused(_) | Miss::TooMuch(_) => {
            (StatusCode::UNPROCESSABLE_ENTITY, "narrow or correct the query")
        }
        Miss::Undrawn(_) => (StatusCode::BAD_REQUEST, "ask for another size"),
    };
    Problem::new(status, miss.to_string()).next(next)
}
