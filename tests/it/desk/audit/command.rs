//! `warroom audit`: checks a log that it does not trust.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{RULES, say};
use crate::rooms::house::House;

/// Runs `warroom audit …`: whether it was content, and what it said.
#[expect(clippy::disallowed_methods, reason = "the program itself is what is tested")]
fn audit(words: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_warroom"))
        .arg("audit")
        .args(words)
        .env_remove("WARROOM_TOKEN")
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

/// Verifies a file against its checkpoints in another.
fn verify(file: &Path, marks: &Path) -> (bool, String) {
    audit(&["verify", file.to_str().unwrap(), "--checkpoint", marks.to_str().unwrap()])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_is_verified_and_every_change_of_it_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (log, marks) = (folder.path().join("audit.jsonl"), folder.path().join("marks.jsonl"));
    let config = format!("audit.checkpoint_file = {marks:?}\n");
    let house = House::with(RULES, &config, None).await;
    for name in ["a", "b", "c", "d"] {
        assert_eq!(say(&house, &format!("alias {name} = status")).await["outcome"], "done");
    }
    let server = format!("http://{}", house.running.address);
    let (is_good, text) = audit(&["verify", "--server", &server]);
    assert!(is_good && text.contains("The chain is whole: 5 records, 1 to 5"), "{text}");
    let path = log.to_str().unwrap();
    let exported = audit(&["export", "--since", "1h", "--server", &server, "-o", path]);
    assert!(exported.0, "{}", exported.1);
    let (_, table) = audit(&["export", "--format", "csv", "--server", &server]);
    assert!(
        table.starts_with("seq,at,who") && table.contains(",alias,a,alias a = status,"),
        "{table}"
    );
    // A checkpoint is written at the end, too: it saw one record more than the export.
    let House { running, stop, .. } = house;
    running.stop(stop).await;
    let (is_good, text) = verify(&log, &marks);
    assert!(
        !is_good && text.contains("record 7 is missing") || text.contains("records 7 to 7"),
        "{text}"
    );

    let whole = fs::read_to_string(&log).unwrap();
    fs::write(&log, whole.replacen("alias b = status", "alias b = health", 1)).unwrap();
    let (is_good, text) = audit(&["verify", path]);
    assert!(!is_good && text.contains("record 2 was changed"), "{text}");
    let without: Vec<&str> =
        whole.lines().enumerate().filter(|(at, _)| *at != 2).map(|it| it.1).collect();
    fs::write(&log, without.join("\n")).unwrap();
    let (is_good, text) = audit(&["verify", path]);
    assert!(
        !is_good && text.contains("record 3 is missing: record 4 stands in its place"),
        "{text}"
    );
}
