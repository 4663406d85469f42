//! The guides: every file in them passes the check, every command line is one, every line of chat is
//! understood by a running server that works with those files.
#![expect(clippy::disallowed_methods, reason = "the real program is started")]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::json;
use tempfile::TempDir;
use warroom::docs::{GUIDES, Guide};

use crate::world::warroom::{Setup, Warroom};

/// Commands that end by themselves, and need neither a server nor anything outside.
const OFFLINE: [&str; 4] = ["check", "oncall", "help", "slack"];

/// The fenced blocks of a guide: what stands behind the fence, and the block.
fn fences(guide: &Guide) -> Vec<(&'static str, &'static str)> {
    let mut parts = guide.text.split("```");
    let mut found = Vec::new();
    while let (Some(_), Some(block)) = (parts.next(), parts.next()) {
        found.push(block.split_once('\n').unwrap());
    }
    found
}

/// Writes the files of a guide into a folder: the first line of each says where it belongs. One that
/// comes again is another way to write it: `set` chooses.
fn write_files(guide: &Guide, set: usize, folder: &Path) {
    let mut seen = std::collections::BTreeMap::<&str, usize>::new();
    for (_, text) in fences(guide).into_iter().filter(|(kind, _)| *kind == "toml") {
        let name = text.lines().next().unwrap().strip_prefix("# ");
        let name =
            name.unwrap_or_else(|| panic!("{}: a file without a name:\n{text}", guide.topic));
        let count = seen.entry(name).or_default();
        if *count == set || (*count == 0 && set > 0) {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        *count += 1;
    }
    for folder in ["rules", "runbooks", "dashboards"].map(|name| folder.join(name)) {
        std::fs::create_dir_all(folder).unwrap();
    }
    for secret in text_between(guide.text, "\"secrets/", "\"") {
        std::fs::create_dir_all(folder.join("secrets")).unwrap();
        std::fs::write(folder.join("secrets").join(secret), "0123456789abcdef".repeat(4)).unwrap();
    }
}

fn text_between<'a>(text: &'a str, before: &str, after: &str) -> Vec<&'a str> {
    text.split(before).skip(1).filter_map(|rest| rest.split(after).next()).collect()
}

fn warroom(folder: &Path, words: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_warroom");
    Command::new(program).args(words).current_dir(folder).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned()
}

#[test]
fn the_files_of_every_guide_pass_the_check() {
    let mut checked = 0;
    for guide in &GUIDES {
        for set in 0..3 {
            let folder = TempDir::new().unwrap();
            write_files(guide, set, folder.path());
            let good = warroom(folder.path(), &["check", "--config", "warroom.toml"]);
            if folder.path().join("warroom.toml").exists() {
                assert!(good.status.success(), "{}: {}", guide.topic, said(&good));
                checked += 1;
            }
        }
    }
    assert!(checked >= 5, "only {checked} sets of files");
}

#[test]
fn every_command_line_in_the_guides_is_one() {
    let mut run = 0;
    for guide in &GUIDES {
        let folder = TempDir::new().unwrap();
        write_files(guide, 0, folder.path());
        let shell = fences(guide).into_iter().filter(|(kind, _)| *kind == "sh");
        for line in shell.flat_map(|(_, text)| text.lines()) {
            let line = line.split(" #").next().unwrap().split(" > ").next().unwrap();
            let line = line.trim_start_matches("target/release/");
            let Some(words) = line.strip_prefix("warroom ") else { continue };
            let mut words: Vec<&str> = words.split_whitespace().collect();
            if !OFFLINE.contains(&words[0]) {
                words.push("--help");
            }
            let output = warroom(folder.path(), &words);
            assert!(output.status.success(), "{}: {line}: {}", guide.topic, said(&output));
            run += 1;
        }
    }
    assert!(run >= 10, "only {run} command lines");
}

#[tokio::test]
async fn every_line_of_chat_in_the_guides_is_understood() {
    let author = GUIDES.iter().find(|guide| guide.topic == "author").unwrap();
    let folder = TempDir::new().unwrap();
    write_files(author, 0, folder.path());
    let mut setup = Setup::new(folder.path());
    setup.config = std::fs::read_to_string(folder.path().join("warroom.toml")).unwrap();
    for file in ["05-cms-oncall", "10-cms"] {
        let path = folder.path().join(format!("rules/{file}.toml"));
        setup.rules += &std::fs::read_to_string(&path).unwrap();
        std::fs::remove_file(path).unwrap();
    }
    let warroom = Warroom::start(setup).await;
    let alert =
        json!([{ "labels": { "alertname": "HighLatency", "service": "cms", "env": "prod" } }]);
    assert!(warroom.post("/api/v2/alerts", &alert).await.status.is_success());
    warroom
        .incident("it opens", std::time::Duration::from_secs(20), |one| one["number"] == 1)
        .await;
    let mut typed = 0;
    for guide in &GUIDES {
        let chat = fences(guide).into_iter().filter(|(kind, _)| *kind == "chat");
        for line in chat.flat_map(|(_, text)| text.lines()) {
            let asked = json!({ "line": line, "room": "1" });
            let answer = warroom.post("/api/v1/commands", &asked).await.json();
            let is_command =
                matches!(answer["outcome"].as_str(), Some("done" | "refused" | "failed"));
            assert!(is_command, "{}: {line}: {answer:#}", guide.topic);
            typed += 1;
        }
    }
    assert!(typed >= 30, "only {typed} lines");
}

#[test]
fn a_guide_is_named_and_a_slip_is_answered_with_the_nearest() {
    let here = Path::new(".");
    let all = said(&warroom(here, &["help"]));
    for guide in &GUIDES {
        assert!(all.contains(&format!("  {} ", guide.topic)), "{all}");
        assert!(said(&warroom(here, &["help", guide.topic])).starts_with("# "), "{}", guide.topic);
    }
    let slip = warroom(here, &["help", "auhtor"]);
    assert!(!slip.status.success());
    assert!(said(&slip).contains("did you mean \"author\"?"), "{}", said(&slip));
    assert!(said(&warroom(here, &["help", "check"])).contains("--format"));
}
