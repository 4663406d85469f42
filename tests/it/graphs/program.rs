//! The built program with a real Prometheus: over HTTP and from a cold start.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use crate::world::process::installed;
use crate::world::prometheus::Prometheus;
use crate::world::sink::Sink;
use crate::world::wait::until;
use crate::world::warroom::{Setup, Warroom};

/// Two scrapes of a second each, on a busy machine.
const SOON: Duration = Duration::from_secs(30);

const DASHBOARD: &str = r#"
[[graph]]
name = "up"
title = "{{ job }} targets"
args = ["job"]
series = [{ legend = "{{ instance }}", query = 'up{job="{{ job }}"}' }]

[[graph]]
name = "broken"
series = [{ query = 'rate(up' }]
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_graph_is_a_picture_a_drawing_and_a_table() {
    let Some((folder, _prometheus)) = lab().await else { return };
    let warroom = warroom(&folder).await;
    let get = async |query: &str| {
        let answer = reqwest::get(warroom.url(&format!("/api/v1/graph?{query}"))).await.unwrap();
        let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
        (answer.status().as_u16(), kind, answer.bytes().await.unwrap())
    };
    until("Prometheus has scraped", SOON, async || {
        (get("q=up+shop+5m").await.0 == 200).then_some(())
    })
    .await;
    let (_, kind, png) = get("q=up+shop+5m&theme=dark&width=600&height=300&scale=1").await;
    assert_eq!((kind.as_str(), &png[1..4]), ("image/png", &b"PNG"[..]));
    let (_, kind, svg) = get("q=up+shop+5m&format=svg").await;
    assert_eq!(kind, "image/svg+xml");
    assert!(String::from_utf8_lossy(&svg).contains("shop targets"));
    let (_, kind, csv) = get("q=up+shop+5m&format=csv").await;
    assert_eq!(kind, "text/csv; charset=utf-8");
    assert!(csv.starts_with(b"time,"), "{csv:?}");
    for (query, status, words) in [
        ("", 400, "say which graph"),
        ("q=upp+shop", 400, "graph up <job>"),
        ("q=up+shop+3y", 400, "the longest range is a year"),
        ("q=up+shop+0s", 400, "the shortest range is 1s"),
        ("q=up+gone", 404, "No data for this query"),
        ("q=up+%22x%5C%22%7D+or+up%22", 404, "No data for this query"),
        ("q=broken", 422, "parse error"),
        ("q=up+shop&width=1", 400, "give a size from 200x120"),
        ("q=up+shop&format=gif", 400, "there is png, svg and csv"),
        ("q=up+shop+source=far", 404, "no source of metrics is called `far`"),
    ] {
        let (found, kind, body) = get(query).await;
        let text = String::from_utf8_lossy(&body).to_lowercase();
        assert_eq!((found, kind.as_str()), (status, "application/problem+json"), "{query}: {text}");
        assert!(text.contains(&words.to_lowercase()), "{query}: {text}");
    }
    let none = warroom.get("/api/v1/pictures/00000000000000000000000000000000").await;
    assert_eq!(none.status.as_u16(), 404);
    // Dashboards are read again when they change; a broken one changes nothing.
    let file = folder.path().join("dashboards/x.toml");
    fs::write(&file, DASHBOARD.replace("name = \"up\"", "name = \"alive\"")).unwrap();
    until("the new name is known", SOON, async || {
        (get("q=alive+shop+5m").await.0 == 200).then_some(())
    })
    .await;
    fs::write(&file, "[[graph]]\nname = 3").unwrap();
    until("the fault is in the log", SOON, async || {
        warroom.process.log().contains("the changed dashboards are broken").then_some(())
    })
    .await;
    assert_eq!(get("q=alive+shop+5m").await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_graph_is_drawn_from_a_cold_start() {
    let Some((folder, prometheus)) = lab().await else { return };
    let file = folder.path().join("up.png");
    let text = until("Prometheus has scraped", SOON, async || {
        let (is_done, text) = graph(folder.path(), &["up", "shop", "5m"]);
        is_done.then_some(text)
    })
    .await;
    assert!(text.contains("shop targets:") && text.contains("graph up shop 5m"), "{text}");
    let (is_done, text) = graph(
        folder.path(),
        &["up", "shop", "5m", "--theme", "dark", "-o", file.to_str().unwrap()],
    );
    assert!(is_done, "{text}");
    assert!(fs::read(&file).unwrap().starts_with(b"\x89PNG"));
    let (is_done, text) = graph(folder.path(), &["q=up{job=\"shop\"}", "5m"]);
    assert!(is_done && text.contains("up{job="), "{text}");
    for (words, wanted) in [
        (&["upp", "shop"][..], "There is no graph upp"),
        (&["up", "shop", "-o", "x.gif"], "there is png, svg and csv"),
        (&["up"], "needs to know the job"),
    ] {
        let (is_done, text) = graph(folder.path(), words);
        assert!(!is_done && text.contains(wanted), "{text}");
    }
    drop(prometheus);
    let (is_done, text) = graph(folder.path(), &["up", "shop", "5m"]);
    assert!(!is_done && text.contains("cannot be reached"), "{text}");
}

/// A Prometheus, and a folder with a configuration that names it.
async fn lab() -> Option<(TempDir, Prometheus)> {
    if !installed("prometheus") {
        return None;
    }
    let folder = TempDir::new().unwrap();
    let target = Sink::start().await;
    let prometheus = Prometheus::start(folder.path(), target.address(), &[]).await;
    fs::create_dir(folder.path().join("dashboards")).unwrap();
    fs::write(folder.path().join("dashboards/x.toml"), DASHBOARD).unwrap();
    let config =
        format!("[metrics.prom]\nkind = \"prometheus\"\nurl = \"{}\"\n", prometheus.address());
    fs::write(folder.path().join("warroom.toml"), config).unwrap();
    Some((folder, prometheus))
}

async fn warroom(folder: &TempDir) -> Warroom {
    let config = fs::read_to_string(folder.path().join("warroom.toml")).unwrap();
    // Without rules it takes no alerts, and draws all the same.
    Warroom::start_unready(Setup { config, ..Setup::new(folder.path()) }).await
}

/// Runs `warroom graph`: whether it ended well, and what it said.
#[expect(clippy::disallowed_methods, reason = "the test runs the program")]
fn graph(folder: &Path, words: &[&str]) -> (bool, String) {
    let ended = Command::new(env!("CARGO_BIN_EXE_warroom"))
        .current_dir(folder)
        .args(["graph", "--config", "warroom.toml"])
        .args(words)
        .output()
        .unwrap();
    let text = [ended.stdout, ended.stderr].concat();
    (ended.status.success(), String::from_utf8_lossy(&text).into_owned())
}
