//! `warroom doctor` asks every source, and names what to do.

use std::fs;
use std::process::Command;

use tempfile::tempdir;

use crate::world::process::free_port;
use crate::world::stand_in::StandIn;

#[tokio::test(flavor = "multi_thread")]
async fn doctor_asks_every_source() {
    let folder = tempdir().unwrap();
    let build = r#"{"status":"success","data":{"version":"3.1.0"}}"#;
    let stand_in = StandIn::saying(build).await;
    let config = folder.path().join("warroom.toml");
    let text = format!(
        r#"
        [server]
        listen = "127.0.0.1:{}"
        [brain]
        url = "file:{}"
        [metrics.main]
        kind = "prometheus"
        url = "{}"
        token = "hunter2"
        [metrics.old]
        kind = "graphite"
        url = "http://127.0.0.1:{}"
        [logs.journal]
        kind = "command"
        command = ["sh", "-c", "true", "{{service}}"]
        "#,
        free_port(),
        folder.path().join("data").display(),
        stand_in.url(),
        free_port(),
    );
    fs::write(&config, text).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_warroom"))
        .args(["doctor", "--config", &config.display().to_string()])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    for line in [
        "ok    metrics: main: Prometheus 3.1.0",
        "BAD   metrics: old: old cannot be reached: no connection",
        "ok    logs: journal (default): the program sh is there",
        "warn  metrics: 2 sources and no default",
    ] {
        assert!(said.contains(line), "{line}\n{said}");
    }
    assert!(!said.contains("hunter2"), "{said}");
    assert_eq!(output.status.code(), Some(1));
}
