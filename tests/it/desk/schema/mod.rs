//! The schemas know exactly the keys that the readers know, and the real `jsonschema` finds the
//! shipped files right by them.

mod planted;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::call::{said, warroom};
use crate::world::python::python_with;

/// Says which TOML files a schema refuses, and why.
const JUDGE: &str = "
import json, sys, tomllib, jsonschema
schema = json.load(open(sys.argv[1]))
jsonschema.Draft7Validator.check_schema(schema)
judge, wrong = jsonschema.Draft7Validator(schema), 0
for name in sys.argv[2:]:
    text = json.loads(json.dumps(tomllib.load(open(name, 'rb')), default=str))
    for error in judge.iter_errors(text):
        wrong += 1
        print(name, error.json_path, error.message[:200])
sys.exit(wrong > 0)
";
/// The kinds, the files that are shipped, and one file with everything.
const KINDS: [(&str, &str, &str); 4] = [
    ("config", "config.example.toml", ""),
    ("rules", "rules", include_str!("rules.toml")),
    ("runbooks", "runbooks", include_str!("runbook.toml")),
    ("dashboards", "dashboards", include_str!("dashboard.toml")),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The TOML files of a folder, or the one file.
fn shipped(name: &str) -> Vec<PathBuf> {
    let path = root().join(name);
    if path.is_file() {
        return vec![path];
    }
    let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|ending| ending == "toml")).collect();
    files.sort();
    files
}

#[expect(clippy::disallowed_methods, reason = "a test may start programs")]
fn judged(python: &Path, schema: &Path, files: &[PathBuf]) -> Result<(), String> {
    let judge = ["-c", JUDGE];
    let output = Command::new(python).args(judge).arg(schema).args(files).output().unwrap();
    if output.status.success() { Ok(()) } else { Err(said(&output)) }
}

#[test]
fn every_shipped_file_and_one_with_every_key_is_right_by_its_schema() {
    let Some(python) = python_with("jsonschema") else { return };
    let folder = tempfile::tempdir().unwrap();
    let schemas = folder.path().join("schemas");
    let output = warroom(&["schema", "--write", schemas.to_str().unwrap()]);
    assert!(output.status.success(), "{}", said(&output));
    let init = folder.path().join("init");
    let output = warroom(&["init", init.to_str().unwrap(), "--yes", "--wake", "ntfy"]);
    assert!(output.status.success(), "{}", said(&output));
    for (kind, place, complete) in KINDS {
        let whole = folder.path().join(format!("{kind}.toml"));
        let text = if kind == "config" { planted::complete_example() } else { complete.to_owned() };
        fs::write(&whole, &text).unwrap();
        let mut files = shipped(place);
        files.push(whole.clone());
        files.extend(shipped(
            init.join(if kind == "config" { "warroom.toml" } else { kind }).to_str().unwrap(),
        ));
        let schema = schemas.join(format!("{kind}.json"));
        judged(&python, &schema, &files).unwrap_or_else(|why| panic!("{kind}: {why}"));
        fs::write(&whole, planted::with_unknown_keys(&text)).unwrap();
        let why = judged(&python, &schema, &[whole]).unwrap_err();
        assert!(why.lines().count() > 3 && why.contains("qqqq"), "{kind}: {why}");
    }
}

#[test]
fn the_committed_schemas_are_fresh_and_every_shipped_file_names_its_own() {
    for (kind, place, _) in KINDS {
        let fresh = said(&warroom(&["schema", kind]));
        let committed = fs::read_to_string(root().join(format!(".schemas/{kind}.json")));
        let committed = committed.unwrap_or_default().replace("\r\n", "\n");
        assert!(fresh == committed, "{kind} is stale: run `warroom schema --write .schemas`");
        for file in shipped(place) {
            let text = fs::read_to_string(&file).unwrap();
            let named = text.lines().next().and_then(|line| line.strip_prefix("#:schema "));
            let schema = file.parent().unwrap().join(named.unwrap_or("nothing"));
            assert!(schema.ends_with(format!(".schemas/{kind}.json")), "{}", file.display());
            assert!(schema.is_file(), "{} names {}", file.display(), schema.display());
        }
    }
}

#[test]
fn every_key_has_a_hover_text() {
    for (kind, ..) in KINDS {
        let schema: serde_json::Value =
            serde_json::from_str(&said(&warroom(&["schema", kind]))).unwrap();
        for (path, keys) in planted::tables(&schema) {
            // A section of the configuration says what it is by its keys.
            let is_section = |it: &serde_json::Value| kind == "config" && it["type"] == "object";
            for (key, it) in keys.iter().filter(|(_, it)| !is_section(it)) {
                assert!(it.get("description").is_some(), "{kind}: `{key}` of {path} says nothing");
            }
        }
    }
}
