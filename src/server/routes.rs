//! Every route in one list, which makes both the router and the `OpenAPI` document.
//!
//! A route that is not in the list does not exist, so the document cannot forget one.

use axum::Router;
use axum::extract::{OriginalUri, Request};
use axum::handler::Handler;
use axum::http::{Method, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, delete, get, post, put};
use schemars::{JsonSchema, Schema, SchemaGenerator};

use super::access::Access;
use super::observe::{Watched, observe, refuse};
use super::state::State;
use super::{alertmanager, chat, console, hooks, openapi, ops, pagers, rest};

/// What a body looks like.
pub(super) type Shape = fn(&mut SchemaGenerator) -> Schema;

/// One route: what it is for, who may ask, what goes in and out.
#[derive(Debug, Clone)]
pub(super) struct Route {
    /// `GET`, `POST`, `PUT` or `DELETE`.
    pub(super) method: &'static str,
    /// The path, with `{name}` for its parameters.
    pub(super) path: &'static str,
    /// One line for readers of the document.
    pub(super) summary: &'static str,
    /// Who may ask.
    pub(super) access: Access,
    /// The parameters of the query, with one line each.
    pub(super) query: &'static [(&'static str, &'static str)],
    /// The JSON that goes in.
    pub(super) takes: Option<Shape>,
    /// The JSON that comes out; none: an empty answer, or text.
    pub(super) gives: Option<Shape>,
    /// What answers.
    pub(super) handler: MethodRouter<State>,
}

impl Route {
    /// A question.
    pub(super) fn get<H, T>(path: &'static str, summary: &'static str, handler: H) -> Self
    where
        H: Handler<T, State>,
        T: 'static,
    {
        Self::new("GET", path, summary, get(handler))
    }

    /// A report or a command.
    pub(super) fn post<H, T>(path: &'static str, summary: &'static str, handler: H) -> Self
    where
        H: Handler<T, State>,
        T: 'static,
    {
        Self::new("POST", path, summary, post(handler))
    }

    /// A report that names itself, so that it may come again.
    pub(super) fn put<H, T>(path: &'static str, summary: &'static str, handler: H) -> Self
    where
        H: Handler<T, State>,
        T: 'static,
    {
        Self::new("PUT", path, summary, put(handler))
    }

    /// An end.
    pub(super) fn delete<H, T>(path: &'static str, summary: &'static str, handler: H) -> Self
    where
        H: Handler<T, State>,
        T: 'static,
    {
        Self::new("DELETE", path, summary, delete(handler))
    }

    fn new(
        method: &'static str,
        path: &'static str,
        summary: &'static str,
        handler: MethodRouter<State>,
    ) -> Self {
        let access = Access::Operator;
        Self { method, path, summary, access, query: &[], takes: None, gives: None, handler }
    }

    /// Another access than the operator's.
    pub(super) fn access(mut self, access: Access) -> Self {
        self.access = access;
        self
    }

    /// The parameters of its query.
    pub(super) fn query(mut self, query: &'static [(&'static str, &'static str)]) -> Self {
        self.query = query;
        self
    }

    /// The JSON that goes in.
    pub(super) fn takes<T: JsonSchema>(mut self) -> Self {
        self.takes = Some(|schemas| schemas.subschema_for::<T>());
        self
    }

    /// The JSON that comes out.
    pub(super) fn gives<T: JsonSchema>(mut self) -> Self {
        self.gives = Some(|schemas| schemas.subschema_for::<T>());
        self
    }
}

/// Every route.
pub(super) fn all() -> Vec<Route> {
    let mut routes = alertmanager::routes();
    routes.extend(hooks::routes());
    routes.extend(pagers::routes());
    routes.extend(chat::routes());
    routes.extend(rest::routes());
    routes.extend(ops::routes());
    routes.extend(console::routes());
    routes.push(openapi::route());
    routes
}

/// The server's router.
pub fn router(state: State) -> Router {
    let mut router = Router::new();
    for Route { method, path, access, handler, .. } in all() {
        let watched = Watched { state: state.clone(), route: path, method, access };
        let handler = handler.route_layer(from_fn_with_state(watched, observe));
        router = router.route(path, handler);
    }
    router.fallback(nowhere).method_not_allowed_fallback(no_such_method).with_state(state)
}

async fn nowhere(
    axum::extract::State(state): axum::extract::State<State>,
    OriginalUri(uri): OriginalUri,
) -> Response {
    state.meters.reject("no_such_path");
    refuse(uri.path(), StatusCode::NOT_FOUND, &format!("path {} was not found", uri.path()))
}

/// Alertmanager's words. The methods that are allowed stand in `Allow`, which axum adds.
async fn no_such_method(
    axum::extract::State(state): axum::extract::State<State>,
    method: Method,
    request: Request,
) -> Response {
    state.meters.reject("no_such_method");
    let path = request.uri().path();
    let mut allowed: Vec<&str> =
        all().iter().filter(|route| fits(route.path, path)).map(|route| route.method).collect();
    allowed.sort_unstable();
    allowed.dedup();
    let text = format!("method {method} is not allowed, but [{}] are", allowed.join(","));
    refuse(path, StatusCode::METHOD_NOT_ALLOWED, &text).into_response()
}

/// Whether a path is one of this route's.
fn fits(route: &str, path: &str) -> bool {
    let (mut parts, mut found) = (route.split('/'), path.split('/'));
    loop {
        match (parts.next(), found.next()) {
            (None, None) => return true,
            (Some(part), Some(found)) if part == found || part.starts_with('{') => {}
            _ => return false,
        }
    }
}
