//! Runbook files. What a step may do is the executors' to say: their list gives keys and texts.
#![expect(dead_code, reason = "shapes: only their schemas are used")]

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::super::plain;
use super::{OneOrMany, Wait};
use crate::domain::runbook::{Field, Kind, Shape};
use crate::wiring::KINDS;

/// A file of `runbooks/`.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Runbook {
    /// Its own name, which rules and people say.
    name: String,
    /// One sentence on what it does.
    summary: String,
    /// What it works on: one run at a time on a target. Parameters as `{{ service }}`.
    target: String,
    /// Its parameters, by name.
    params: Option<BTreeMap<String, Param>>,
    /// Parameters in the order in which people type them.
    args: Option<Vec<String>>,
    /// Lists of things, by name: `inventory.web = ["web1", "web2"]`.
    inventory: Option<BTreeMap<String, Vec<String>>>,
    /// What it changes, for the ledger of deploys.
    change: Option<Change>,
    /// How often and how widely it may run.
    limits: Option<Limits>,
    /// Who must agree, where a rule says `approve`.
    approve: Option<Approve>,
    /// Whether what it does is critical: then whoever agrees needs a second factor. Default: false.
    critical: Option<bool>,
    /// What it does, in this order; 1 to 50 steps.
    step: Option<Vec<Step>>,
    /// What takes it back when a check fails, or `irreversible`.
    undo: Option<Undo>,
    /// How long a run may be taken back. Default: 1h.
    undo_within: Option<Wait>,
    /// The runbook that is offered when this one did not help.
    #[schemars(rename = "else")]
    next: Option<String>,
}

/// A parameter.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Param {
    /// Where its value is from: `labels.service`, `inventory.web` or `arguments`.
    from: Option<String>,
    /// Its value where nobody says.
    default: Option<String>,
    /// The list that it must be in.
    inventory: Option<String>,
    /// Whether its value may begin with `-`. Default: false.
    may_be_option: Option<bool>,
    /// What its value must match as a whole.
    pattern: String,
}

/// What a runbook changes.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Change {
    /// Whether it brings a version out or back.
    verb: Verb,
    /// The service.
    service: String,
    /// What people call it.
    title: Option<String>,
    /// Where it may be done, in the order of promotion.
    environments: Vec<String>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum Verb {
    Deploy,
    Rollback,
}

/// How often and how widely a runbook may run.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Limits {
    /// Runs: `2 per 1h`.
    runs: Option<String>,
    /// The shortest time between two runs on one target.
    cooldown: Option<Wait>,
    /// How much of its inventory may be under way: `20%`.
    max_share: Option<String>,
    /// What must hold of the fleet before it starts.
    fleet_healthy: Option<Healthy>,
}

/// What must hold before a run starts.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Healthy {
    /// A query that gives one number.
    query: String,
    /// What the number must be: `> 0.8`.
    is: String,
}

/// Who must agree.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Approve {
    /// Who may: `team:cms`, `@ana`.
    by: Vec<String>,
    /// How many must. Default: 1.
    #[schemars(range(min = 1, max = 10))]
    quorum: Option<u8>,
    /// Whether whoever asked may not. Default: true.
    not_requester: Option<bool>,
    /// How long the question stands. Default: 15m.
    expires: Option<Wait>,
    /// Whether whoever agrees needs a second factor. Default: false.
    second_factor: Option<bool>,
}

/// What takes a runbook back.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Undo {
    /// Nothing does.
    Word(Irreversible),
    /// Steps that do.
    Steps(Vec<Step>),
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum Irreversible {
    Irreversible,
}

/// One step: exactly one of its keys says what it does.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Step {
    /// Its name in the run's timeline.
    name: Option<String>,
    /// How long it may take. Default: 1m.
    timeout: Option<Wait>,
    /// How often it is tried again; only what is repeatable. Default: 0.
    #[schemars(range(max = 10))]
    retries: Option<u8>,
    /// Whether doing it twice does no harm. Default: as its kind says.
    repeatable: Option<bool>,
    /// It is left out unless this holds.
    when: Option<When>,
    /// Once for each of these: `inventory.web`, or the things themselves.
    for_each: Option<OneOrMany<String>>,
    /// The executor that does it. Default: this machine's.
    executor: Option<String>,
    /// What later steps may use of it: a name, and a pattern whose first group is the value.
    outputs: Option<BTreeMap<String, String>>,
    /// Only waits.
    wait: Option<Wait>,
    /// Looks whether it helped.
    check: Option<Check>,
    /// Asks people, and goes on when one of them says so.
    ask: Option<String>,
    /// Says something in the room.
    note: Option<String>,
    /// Wakes whoever is named.
    page: Option<String>,
}

/// When a step is left out.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct When {
    /// A value: `{{ environment }}`.
    value: String,
    /// What it must be, or one of several.
    is: OneOrMany<String>,
}

/// Looks whether it helped.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Check {
    /// A query that gives one number.
    query: String,
    /// What the number must be: `< 0.5`.
    is: String,
    /// For how long it must hold. Default: once.
    #[schemars(rename = "for")]
    hold: Option<Wait>,
    /// When it has failed. Default: 10m.
    within: Option<Wait>,
}

/// The schema, with a key for every kind of action.
pub(in super::super) fn schema() -> Value {
    let mut schema = plain::of::<Runbook>();
    let step = schema.pointer_mut("/definitions/Step/properties");
    if let Some(Value::Object(step)) = step {
        for kind in KINDS {
            step.insert(kind.name.to_owned(), action(kind));
        }
    }
    schema
}

fn action(kind: &Kind) -> Value {
    let fields: Map<String, Value> =
        kind.fields.iter().map(|field| (field.name.to_owned(), of(field))).collect();
    let required: Vec<&str> =
        kind.fields.iter().filter(|field| field.is_required).map(|field| field.name).collect();
    let table = json!({
        "type": "object",
        "additionalProperties": false,
        "properties": fields,
        "required": required,
    });
    let plain = kind.fields.iter().find(|field| Some(field.name) == kind.plain).map(of);
    let forms: Vec<Value> = plain.into_iter().chain([table]).collect();
    json!({ "description": kind.help, "anyOf": forms })
}

fn of(field: &Field) -> Value {
    let mut schema = match field.shape {
        Shape::Flag => json!({ "type": "boolean" }),
        Shape::Number(least, most) => {
            json!({ "type": "integer", "minimum": least, "maximum": most })
        }
        Shape::Text => json!({ "type": "string" }),
        Shape::OneOf(words) => json!({ "enum": words }),
        Shape::Argv => json!({ "type": "array", "items": { "type": "string" }, "minItems": 1 }),
        Shape::List => json!({ "type": "array", "items": { "type": "string" } }),
        Shape::Map => json!({ "type": "object", "additionalProperties": { "type": "string" } }),
    };
    if let Value::Object(map) = &mut schema {
        map.insert("description".to_owned(), json!(field.help));
    }
    schema
}
