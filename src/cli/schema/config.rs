//! The schema of the configuration, read out of its example.
//!
//! The example holds every key, those without a default behind a `#`, each below its explanation.
//! Tables whose keys are names that people choose are listed here: what stands below one of the
//! example's names is true of every name.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::config::EXAMPLE;
use crate::domain::diagnostic::Diagnostics;
use crate::domain::files::{self, Node, Value as Written};

/// Tables whose keys are names: `*` stands for one.
const NAMED: [&str; 25] = [
    "sources",
    "sources.*.labels",
    "sources.*.json.labels",
    "sources.*.json.annotations",
    "heartbeats",
    "heartbeats.*.labels",
    "pagers",
    "trackers",
    "trackers.*.values",
    "executors",
    "executor.services",
    "executor.hosts",
    "executor.clusters",
    "executor.sites",
    "executor.cage.environment",
    "inventory",
    "inventory.*",
    "metrics",
    "logs",
    "logs.*.terms",
    "chat",
    "chat.*.rooms",
    "people",
    "people.*.chat",
    "teams",
];
/// Keys that the example shows in one place and that another place takes, too.
const LIKE: [(&str, &str, &[&str]); 4] = [
    ("heartbeats.*.auth", "sources.*.auth", &[]),
    ("metrics.*", "logs.*", &["api_key", "api_key_file"]),
    ("executor.services.*", "metrics.*", &API),
    ("logs.*", "metrics.*", &API),
];
/// How back ends are told who we are.
const API: [&str; 11] = [
    "url",
    "token",
    "token_file",
    "api_key",
    "api_key_file",
    "user",
    "password",
    "password_file",
    "ca_file",
    "tenant",
    "timeout",
];
/// A number of replicas, or `auto`.
const NUMBER_TOO: &str = "brain.replicas";

/// The schema.
pub(super) fn schema() -> Value {
    let text = complete();
    let lines: Vec<&str> = text.lines().collect();
    let tree = files::parse("config.example.toml", &text, &mut Diagnostics::default());
    let mut found = of(&tree, "", &lines);
    for (to, from, keys) in LIKE {
        let known = properties(&found, from);
        let known =
            known.into_iter().filter(|(key, _)| keys.is_empty() || keys.contains(&key.as_str()));
        let known: Map<String, Value> = known.collect();
        if let Some(Value::Object(own)) = at(&mut found, to).and_then(|it| it.get_mut("properties"))
        {
            known.into_iter().for_each(|(key, value)| {
                own.entry(key).or_insert(value);
            });
        }
    }
    found
}

/// The example with every key in it.
fn complete() -> String {
    let is_key = |line: &str| line.starts_with('#') && !line.starts_with("# ") && line.len() > 1;
    // `#:schema` in the first line is for editors.
    let lines = EXAMPLE.lines().filter(|line| !line.starts_with("#:"));
    let plain = lines.map(|line| if is_key(line) { line.trim_start_matches('#') } else { line });
    plain.map(|line| format!("{line}\n")).collect()
}

fn of(node: &Node, path: &str, lines: &[&str]) -> Value {
    match &node.value {
        Written::Table(table) => {
            let children = table.0.iter().map(|(key, entry)| {
                let below = below(path, key);
                let about = explanation(lines, entry.key.line());
                (key.clone(), described(of(&entry.node, &below, lines), about))
            });
            let children: BTreeMap<String, Value> = children.collect();
            if NAMED.contains(&path) {
                let all = children.into_values().reduce(merged).unwrap_or_else(|| json!({}));
                json!({ "type": "object", "additionalProperties": all })
            } else {
                json!({ "type": "object", "additionalProperties": false, "properties": children })
            }
        }
        Written::List(items) => {
            let items = items.iter().map(|item| of(item, path, lines)).reduce(merged);
            json!({ "type": "array", "items": items.unwrap_or_else(|| json!({})) })
        }
        Written::Integer(_) => json!({ "type": "integer" }),
        Written::Float(_) => json!({ "type": "number" }),
        Written::Boolean(_) => json!({ "type": "boolean" }),
        Written::Text(_) if path == NUMBER_TOO => json!({ "type": ["string", "integer"] }),
        Written::Text(_) | Written::Bare(_) | Written::Time(_) => json!({ "type": "string" }),
        Written::Broken => json!({}),
    }
}

fn below(path: &str, key: &str) -> String {
    let key = if NAMED.contains(&path) { "*" } else { key };
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// The comment right above a key, or above the keys that stand right above it.
fn explanation(lines: &[&str], line: u32) -> String {
    let above = usize::try_from(line).unwrap_or(1).saturating_sub(1);
    let before = lines.iter().take(above).rev();
    let comment = before.skip_while(|line| !line.starts_with('#') && !line.trim().is_empty());
    let mut words: Vec<&str> = comment
        .take_while(|line| line.starts_with('#'))
        .map(|line| line.trim_start_matches('#').trim())
        .collect();
    words.reverse();
    words.join(" ")
}

fn described(mut schema: Value, about: String) -> Value {
    if let (Value::Object(map), false) = (&mut schema, about.is_empty()) {
        map.insert("description".to_owned(), Value::from(about));
    }
    schema
}

/// Both of two schemas of the same place: tables have the keys of both.
fn merged(one: Value, other: Value) -> Value {
    if one.get("type") != other.get("type") {
        return either(one, other);
    }
    let (Value::Object(mut one), Value::Object(other)) = (one, other) else { return json!({}) };
    for (key, theirs) in other {
        match (key.as_str(), one.remove(&key)) {
            ("properties", Some(ours)) => {
                let both = merged_properties(ours, theirs);
                one.insert(key, both);
            }
            ("items" | "additionalProperties", Some(ours)) if ours.is_object() => {
                one.insert(key, merged(ours, theirs));
            }
            (_, Some(ours)) => {
                one.insert(key, ours);
            }
            (_, None) => {
                one.insert(key, theirs);
            }
        }
    }
    Value::Object(one)
}

/// A key that is a word under one name and a table under another.
fn either(mut one: Value, mut other: Value) -> Value {
    let about = [&mut one, &mut other].map(|it| it.as_object_mut()?.remove("description"));
    let about = about.into_iter().flatten().next().unwrap_or_default();
    json!({ "description": about, "anyOf": [one, other] })
}

fn merged_properties(ours: Value, theirs: Value) -> Value {
    let (Value::Object(mut ours), Value::Object(theirs)) = (ours, theirs) else { return json!({}) };
    for (key, value) in theirs {
        let both = match ours.remove(&key) {
            Some(known) => merged(known, value),
            None => value,
        };
        ours.insert(key, both);
    }
    Value::Object(ours)
}

/// The schema at a path.
fn at<'a>(schema: &'a mut Value, path: &str) -> Option<&'a mut Value> {
    path.split('.').try_fold(schema, |schema, key| match key {
        "*" => schema.get_mut("additionalProperties"),
        key => schema.get_mut("properties")?.get_mut(key),
    })
}

fn properties(schema: &Value, path: &str) -> Map<String, Value> {
    let mut whole = schema.clone();
    let found = at(&mut whole, path).and_then(|it| it.get_mut("properties")).map(Value::take);
    if let Some(Value::Object(map)) = found { map } else { Map::new() }
}
