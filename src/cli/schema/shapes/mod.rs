//! The shapes of rule, runbook and dashboard files: what stands where, and what it means.
//!
//! Nothing is ever read into them: files are walked by readers that know the place of every value.
//! Their doc comments are what an editor shows.

mod dashboard;
mod oncall;
mod rules;
mod runbook;

pub(super) use dashboard::Dashboard;
pub(super) use rules::{Rules, Tests};
pub(super) use runbook::schema as runbook;

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

/// A length of time.
struct Wait;

impl JsonSchema for Wait {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Wait".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^(0|([0-9]+(y|w|d|h|m|s|ms))+)$" })
    }
}

/// A word, or several.
#[derive(JsonSchema)]
#[schemars(untagged, inline)]
#[expect(dead_code, reason = "a shape: only its schema is used")]
enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}
