//! A newcomer's walk: an empty folder, and in the end a room for an alert.

use std::fs;
use std::time::Duration;

use serde_json::json;

use super::call::{said, warroom};
use crate::world::wait::until;
use crate::world::warroom::{Setup, Warroom};

/// The promise for a changed file, with a debug build's time on a busy machine.
const TAKEN_WITHIN: Duration = Duration::from_secs(10);
/// What the newcomer gets wrong.
const TYPO: (&str, &str) = ("severity = \"sev2\"", "severty  = \"sev1\"");

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_comes_from_an_empty_folder_to_a_room() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("first");
    let shown = dir.to_str().unwrap().to_owned();
    let step = |words: &[&str]| {
        let output = warroom(words);
        (output.status.code(), said(&output))
    };

    let (code, text) =
        step(&["init", &shown, "--yes", "--people", "ana,ben", "--prometheus", "none"]);
    assert_eq!(code, Some(0), "{text}");
    let (code, text) = step(&["check", &shown, "--strict"]);
    assert_eq!(code, Some(0), "{text}");
    let (code, text) = step(&["test", &shown]);
    assert!(code == Some(0) && text.contains("1 passed"), "{text}");

    let config = fs::read_to_string(dir.join("warroom.toml")).unwrap();
    let rules = fs::read_to_string(dir.join("rules/10-service.toml")).unwrap();
    let setup = Setup { config, rules: rules.clone(), ..Setup::new(&dir) };
    // The server of the tests keeps its rules in one file beside those that are there.
    fs::remove_file(dir.join("rules/10-service.toml")).unwrap();
    let file = dir.join("rules/test.toml");
    let warroom = Warroom::start(setup).await;
    let told =
        async |line: &str| warroom.post("/api/v1/commands", &json!({ "line": line })).await.text;
    assert!(told("config diff").await.contains("nothing has changed since the start"));

    assert!(rules.contains(TYPO.0), "the typo has a place: {rules}");
    fs::write(&file, rules.replace(TYPO.0, TYPO.1)).unwrap();
    let (code, text) = step(&["check", &shown]);
    assert_eq!(code, Some(1), "{text}");
    assert!(
        text.contains("rules/test.toml:9") && text.contains("did you mean `severity`"),
        "{text}"
    );
    until("the fault is in the ops room", TAKEN_WITHIN, async || {
        let ops = warroom.get("/api/v1/rooms/ops/entries").await.text;
        (ops.contains("goes on with the last good ones") && ops.contains("severty")).then_some(())
    })
    .await;
    let diff = told("config diff").await;
    for part in ["do not run", "severty", "- 9: severity", "by "] {
        assert!(diff.contains(part), "{part} is not in {diff}");
    }

    fs::write(&file, rules.replace(TYPO.0, "severity = \"sev1\"")).unwrap();
    until("the mended rules run", TAKEN_WITHIN, async || {
        let ops = warroom.get("/api/v1/rooms/ops/entries").await.text;
        ops.contains("The rules are right again").then_some(())
    })
    .await;
    let diff = told("config diff").await;
    assert!(diff.contains("on disk run") && diff.contains("sev1"), "{diff}");

    let alert =
        json!([{ "labels": { "alertname": "HighLatency", "service": "shop", "env": "prod" } }]);
    assert!(warroom.post("/api/v2/alerts", &alert).await.status.is_success());
    let incident = warroom.incidents().await.swap_remove(0);
    assert_eq!(incident["severity"], "sev1", "{incident}");
    assert_eq!(incident["title"], "shop is slow in prod");
    let number = incident["number"].to_string();
    until("its room is open, and the runbook is offered there", TAKEN_WITHIN, async || {
        let text = warroom.get(&format!("/api/v1/rooms/{number}/entries")).await.text;
        (text.contains("shop is slow in prod") && text.contains("runbook restart")).then_some(())
    })
    .await;
}
