//! `warroom demo --once`: what the README's first command shows, to its end.
#![expect(clippy::disallowed_methods, reason = "the real program is started")]

use std::process::{Command, Stdio};

/// What the story tells: line by line in this order.
const TOLD: [&str; 6] = [
    "Open this in a browser",
    "Somebody turns a promotion on",
    "#1 opened as sev2 by rule shop-latency (rules/40-shop.toml:5)",
    "The runbook started as run",
    "restart-service has helped",
    "The room was closed.",
];

/// What happens beside the rest, so that its lines come before or after others: phones hear over HTTP,
/// and a graph is drawn while the runbook starts.
const BESIDE: [&str; 3] =
    ["phone of shop-on-call rings: #1", "phone of shop-on-call is told: #1", "A graph was posted."];

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_ends_well_with_nothing_but_the_program() {
    let ended = tokio::task::spawn_blocking(|| {
        Command::new(env!("CARGO_BIN_EXE_warroom"))
            .args(["demo", "--once"])
            .current_dir(std::env::temp_dir())
            .stdin(Stdio::null())
            .output()
            .unwrap()
    });
    let ended = ended.await.unwrap();
    let told = String::from_utf8_lossy(&ended.stdout);
    let wrong = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{told}\n{wrong}");
    let mut rest = &*told;
    for line in TOLD {
        let (_, behind) =
            rest.split_once(line).unwrap_or_else(|| panic!("no {line:?} in:\n{told}"));
        rest = behind;
    }
    for line in BESIDE {
        assert!(told.contains(line), "no {line:?} in:\n{told}");
    }
    assert_eq!(wrong, "");
}
