//! Plants a key that nobody knows into every table, and reads from the messages what is known there.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use warroom::config::{Config, EXAMPLE};
use warroom::domain::dashboard::Library;
use warroom::domain::diagnostic::Diagnostics;
use warroom::domain::rules::Ruleset;
use warroom::domain::runbook::{Book, Kind};
use warroom::wiring;

use super::super::call::{said, warroom};

type Keys = BTreeSet<String>;

/// The configuration's example with every key in it, of two ways to give a secret the file.
pub(super) fn complete_example() -> String {
    let is_key = |line: &str| line.starts_with('#') && !line.starts_with("# ") && line.len() > 1;
    let lines = EXAMPLE.lines().filter(|line| !line.starts_with("#:"));
    let lines = lines.map(|line| if is_key(line) { line.trim_start_matches('#') } else { line });
    let kept = lines.filter(|line| !line.ends_with("= \"…\"")).map(|line| format!("{line}\n"));
    // The one table that the example never opens by itself.
    kept.chain(["[access]\n".to_owned()]).collect()
}

/// The text with `qqqq` in each of its tables.
pub(super) fn with_unknown_keys(text: &str) -> String {
    let plant = |line: &str| {
        if line.starts_with('[') {
            return format!("{line}\nqqqq = 1\n");
        }
        let is_code = !line.trim_start().starts_with('#');
        // Spaces: the braces of templates and queries have none, or another one beside them.
        let line = line.replace("{{ ", "\u{1}");
        let line = if is_code { line.replace("{ ", "{ qqqq = 1, ") } else { line };
        format!("{}\n", line.replace('\u{1}', "{{ "))
    };
    format!("qqqq = 1\n{}", text.lines().map(plant).collect::<String>())
}

/// What each table says that it knows.
fn known(out: &Diagnostics) -> Vec<Keys> {
    let helps = out.iter().filter_map(|fault| fault.help.as_deref()?.strip_prefix("known here: "));
    helps.map(|keys| keys.split(", ").map(str::to_owned).collect()).collect()
}

/// The tables of a schema whose keys are fixed, with what is said of each key.
pub(super) fn tables(schema: &Value) -> Vec<(String, &Map<String, Value>)> {
    fn walk<'a>(path: &str, schema: &'a Value, found: &mut Vec<(String, &'a Map<String, Value>)>) {
        match schema {
            Value::Object(map) => {
                if let Some(Value::Object(keys)) = map.get("properties") {
                    assert_eq!(map.get("additionalProperties"), Some(&false.into()), "{path}");
                    found.push((path.to_owned(), keys));
                }
                map.iter().for_each(|(key, it)| walk(&format!("{path}/{key}"), it, found));
            }
            Value::Array(items) => items.iter().for_each(|it| walk(path, it, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let mut found = Vec::new();
    walk("", schema, &mut found);
    found
}

/// The keys of every table of a schema. A key called `properties` would be taken for a table.
fn described(kind: &str) -> Vec<Keys> {
    let schema: Value = serde_json::from_str(&said(&warroom(&["schema", kind]))).unwrap();
    let tables = tables(&schema);
    tables.into_iter().map(|(_, keys)| keys.keys().cloned().collect()).collect()
}

#[track_caller]
fn are_the_same(kind: &str, out: &Diagnostics) {
    let (known, described): (BTreeSet<Keys>, BTreeSet<Keys>) =
        (known(out).into_iter().collect(), described(kind).into_iter().collect());
    assert!(known.len() > 3, "{out}");
    for keys in &known {
        assert!(described.contains(keys), "{kind}: read, and not in the schema: {keys:?}\n{out}");
    }
    for keys in &described {
        assert!(known.contains(keys), "{kind}: in the schema, and not read: {keys:?}\n{out}");
    }
}

#[test]
fn rules_schedules_and_policies_are_described_key_by_key() {
    let text = with_unknown_keys(include_str!("rules.toml"));
    let (_, _, out) = Ruleset::read(&[("rules/all.toml".to_owned(), text)]);
    are_the_same("rules", &out);
}

#[test]
fn runbooks_are_described_key_by_key() {
    // Actions are a list, so one that is new needs no line here.
    let action = |kind: &&Kind| format!("[[step]]\n{} = {{ qqqq = 1 }}\n", kind.name);
    let actions: String = wiring::KINDS.iter().map(action).collect();
    let text = with_unknown_keys(include_str!("runbook.toml")) + &actions;
    let (_, out) = Book::parse(&[("runbooks/all.toml".to_owned(), text)], wiring::KINDS);
    are_the_same("runbooks", &out);
}

#[test]
fn dashboards_are_described_key_by_key() {
    let text = with_unknown_keys(include_str!("dashboard.toml"));
    let (_, out) = Library::parse(&[("dashboards/all.toml".to_owned(), text)]);
    are_the_same("dashboards", &out);
}

/// A table of the configuration may know other keys for each `kind`: its schema has those of all.
#[test]
fn the_configuration_is_described_key_by_key() {
    let text = with_unknown_keys(&complete_example());
    let out = Config::parse(Some(("warroom.toml", &text)), [], &[]).unwrap_err();
    let (known, described) = (known(&out), described("config"));
    for keys in &known {
        let is_there = described.iter().any(|all| keys.is_subset(all));
        assert!(is_there, "read, and not in the schema: {keys:?}");
    }
    for all in &described {
        let read: Keys =
            known.iter().filter(|keys| keys.is_subset(all)).flatten().cloned().collect();
        assert_eq!(&read, all, "in the schema, and not read");
    }
}
