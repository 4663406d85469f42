//! The `OpenAPI` 3.1 document, made from the list of routes and the types that they carry.
//!
//! <https://spec.openapis.org/oas/v3.1.1.html>. Its schemas are JSON Schema 2020-12, which is what
//! schemars writes.

use std::sync::LazyLock;

use axum::body::Bytes;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::access::Access;
use super::problem::Problem;
use super::routes::{self, Route};

/// Made once: it depends on nothing but the code.
static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| document().to_string().into());

/// The route of the document itself.
pub(super) fn route() -> Route {
    let summary = "This document";
    Route::get("/api/v1/openapi.json", summary, show).access(Access::Anyone).gives::<Value>()
}

async fn show() -> Response {
    let kind = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, kind)], DOCUMENT.clone()).into_response()
}

/// The whole document.
pub(super) fn document() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut schemas = settings.into_generator();
    let problem = schemas.subschema_for::<Problem>();
    let mut paths: Map<String, Value> = Map::new();
    for route in routes::all() {
        let operation = operation(&route, &mut schemas, problem.as_value());
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        if let Some(path) = path.as_object_mut() {
            path.insert(route.method.to_lowercase(), operation);
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "warroom",
            "version": env!("CARGO_PKG_VERSION"),
            "description": env!("CARGO_PKG_DESCRIPTION"),
        },
        "paths": paths,
        "components": {
            "schemas": schemas.take_definitions(true),
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer", "description": "The API token, or a person's own. Requests from programs on this machine need none." },
                "session": { "type": "apiKey", "in": "cookie", "name": "warroom_session", "description": "A session of the console. Requests that change something carry the `csrf` of /api/v1/me in `X-Warroom-CSRF`." },
                "source": { "type": "http", "scheme": "bearer", "description": "What the configuration of the source says: nothing from this machine, a bearer token, basic authentication, or a signature." },
            },
        },
    })
}

fn operation(route: &Route, schemas: &mut SchemaGenerator, problem: &Value) -> Value {
    let mut operation = json!({
        "operationId": operation_id(route),
        "summary": route.summary,
        "tags": [tag(route.path)],
        "parameters": parameters(route),
        "responses": responses(route, schemas, problem),
        "security": security(route.access),
    });
    if let (Some(takes), Some(operation)) = (route.takes, operation.as_object_mut()) {
        let schema = takes(schemas);
        let body =
            json!({ "required": true, "content": { "application/json": { "schema": schema } } });
        operation.insert("requestBody".to_owned(), body);
    }
    operation
}

fn responses(route: &Route, schemas: &mut SchemaGenerator, problem: &Value) -> Value {
    let mut good = json!({ "description": "Done" });
    if let (Some(gives), Some(good)) = (route.gives, good.as_object_mut()) {
        let schema = gives(schemas);
        good.insert("content".to_owned(), json!({ "application/json": { "schema": schema } }));
    }
    let bad = if route.path.starts_with("/api/v2/") {
        json!({ "description": "An error, as Alertmanager says it", "content": { "application/json": { "schema": {} } } })
    } else {
        json!({ "description": "A problem", "content": { "application/problem+json": { "schema": problem } } })
    };
    json!({ "200": good, "default": bad })
}

fn security(access: Access) -> Value {
    match access {
        Access::Anyone | Access::Visitor => json!([]),
        Access::Page => json!([{ "session": [] }]),
        // The empty one is for this machine.
        Access::Operator => json!([{}, { "token": [] }, { "session": [] }]),
        Access::Source => json!([{}, { "source": [] }]),
    }
}

fn parameters(route: &Route) -> Vec<Value> {
    let in_path = names(route.path).map(|name| {
        let kind = if name == "n" { "integer" } else { "string" };
        json!({ "name": name, "in": "path", "required": true, "schema": { "type": kind } })
    });
    let in_query = route.query.iter().map(|(name, about)| {
        let schema = if *name == "filter" {
            json!({ "type": "array", "items": { "type": "string" } })
        } else {
            json!({ "type": "string" })
        };
        json!({ "name": name, "in": "query", "description": about, "schema": schema })
    });
    in_path.chain(in_query).collect()
}

fn names(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

fn operation_id(route: &Route) -> String {
    let mut id = route.method.to_lowercase();
    let parts = route.path.split(|c: char| !c.is_ascii_alphanumeric());
    for part in parts.filter(|part| !part.is_empty()) {
        id.push('_');
        id.push_str(part);
    }
    id
}

fn tag(path: &str) -> &'static str {
    match path {
        _ if path.starts_with("/api/v2/") => "alertmanager",
        _ if path.starts_with("/api/") => "warroom",
        _ if path.starts_with("/hooks/") || path.starts_with("/_matrix/") => "sources",
        _ if path.starts_with("/-/") || path == "/metrics" => "operation",
        _ => "console",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_route_is_in_the_document_and_nothing_else() {
        let document = document();
        let routes: BTreeSet<(String, String)> = routes::all()
            .iter()
            .map(|route| (route.path.to_owned(), route.method.to_lowercase()))
            .collect();
        let documented: BTreeSet<(String, String)> = document["paths"]
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(path, methods)| {
                methods.as_object().unwrap().keys().map(|method| (path.clone(), method.clone()))
            })
            .collect();
        assert_eq!(routes, documented);
        assert_eq!(routes.len(), routes::all().len(), "a route is listed twice");
    }

    #[test]
    fn the_document_has_the_shape_of_openapi() {
        let document = document();
        let mut ids = BTreeSet::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            for operation in methods.as_object().unwrap().values() {
                let id = operation["operationId"].as_str().unwrap().to_owned();
                assert!(ids.insert(id.clone()), "{id} twice");
                assert!(operation["responses"]["200"]["description"].is_string(), "{id}");
                let known: BTreeSet<&str> = operation["parameters"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .filter(|parameter| parameter["in"] == "path" && parameter["required"] == true)
                    .map(|parameter| parameter["name"].as_str().unwrap())
                    .collect();
                assert_eq!(known, names(path).collect(), "{path}");
            }
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document = document();
        let mut open = vec![&document];
        while let Some(value) = open.pop() {
            if let Some(to) = value.get("$ref").and_then(Value::as_str) {
                assert!(document.pointer(to.trim_start_matches('#')).is_some(), "{to}");
            }
            open.extend(value.as_object().into_iter().flat_map(Map::values));
            open.extend(value.as_array().into_iter().flatten());
        }
    }
}
