//! What a real Prometheus remembers of its own alerts.

use std::time::Duration;

use super::{folder, json};
use crate::world::process::installed;
use crate::world::prometheus::Prometheus;
use crate::world::sink::{Behaviour, Sink};
use crate::world::wait::until;

/// Scrapes and evaluations of a second each, on a busy machine.
const SOON: Duration = Duration::from_secs(60);

const RULES: &str = r#"
[[rule]]
name = "down"
match = 'alertname="InstanceDown", service="shop"'
group_by = ["service"]
room = { name = "inc-{{ number }}" }
"#;

#[tokio::test(flavor = "multi_thread")]
async fn alerts_of_before_warroom_was_installed_are_replayed() {
    if !installed("prometheus") {
        return;
    }
    let dir = folder(RULES, "");
    let target = Sink::start().await;
    target.behave(Behaviour::Status(404));
    let prometheus = Prometheus::start(dir.path(), target.address(), &[]).await;
    let words = ["--from-prometheus", prometheus.address(), "--since", "10m", "--step", "1s"];
    let fires = json_when(&words, dir.path(), "it fires", 1).await;
    assert_eq!(fires["after"]["rules"]["down"]["incidents"], 1, "{fires:#}");
    target.behave(Behaviour::Status(200));
    let ended = json_when(&words, dir.path(), "it ended", 2).await;
    assert_eq!(ended["after"]["firings"], 1, "{ended:#}");

    let narrowed = [&words[..], &["--matching", "service=\"other\""]].concat();
    assert_eq!(json(dir.path(), &narrowed)["reports"], 0);
}

/// Asks until there are so many reports: a beginning is one, an end the next.
async fn json_when(
    words: &[&str],
    dir: &std::path::Path,
    what: &str,
    reports: u64,
) -> serde_json::Value {
    until(what, SOON, async || {
        let read = json(dir, words);
        (read["reports"].as_u64() == Some(reports)).then_some(read)
    })
    .await
}
