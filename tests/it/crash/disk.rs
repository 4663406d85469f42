//! A disk that is full, and has room again.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::setup;
use crate::world::sink::Sink;
use crate::world::wait::until;
use crate::world::warroom::{Setup, Warroom};

/// Room for a new store; all but the rest is then filled.
const DISK: &str = "16m";

#[tokio::test(flavor = "multi_thread")]
async fn fault_08_a_full_disk_is_refused_and_recovered_from() {
    if !can_mount() {
        println!("skipped: fault 08, a full disk: `unshare -m` may not mount a tmpfs here");
        return;
    }
    let folder = TempDir::new().unwrap();
    let sink = Sink::start().await;
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    let setup = Setup { wrapper: wrapper(&data), ..setup(folder.path(), &sink) };
    let warroom = Warroom::start(setup).await;
    assert_eq!(post(&warroom, 0).await, StatusCode::OK);

    // Only the process and its namespace see that disk.
    let filler = PathBuf::from(format!("/proc/{}/root", warroom.process.pid()))
        .join(data.strip_prefix("/").unwrap())
        .join("filler");
    fill(&filler);
    let mut number = 0;
    let refused = until("a full disk is refused", Duration::from_secs(30), async || {
        number += 1;
        Some(post(&warroom, number).await).filter(|status| !status.is_success())
    })
    .await;
    assert_eq!(refused, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(warroom.get("/api/v1/incidents").await.status, StatusCode::OK, "reads go on");

    fs::remove_file(&filler).unwrap();
    until("it recovers alone", Duration::from_secs(30), async || {
        number += 1;
        post(&warroom, number).await.is_success().then_some(())
    })
    .await;
}

async fn post(warroom: &Warroom, number: usize) -> StatusCode {
    // Large enough that a few of them need new pages of the store.
    let text = "x".repeat(8000);
    let alerts: Value = (0..16)
        .map(|alert| {
            json!({
                "labels": {"alertname": "Load", "service": "full", "instance": format!("{number}-{alert}")},
                "annotations": {"description": text},
            })
        })
        .collect();
    warroom.post("/api/v2/alerts", &alerts).await.status
}

/// Mounts a small disk over the data folder, for the program alone.
fn wrapper(data: &Path) -> Vec<String> {
    let script = format!("mount -t tmpfs -o size={DISK} tmpfs '{}' && exec \"$@\"", data.display());
    ["unshare", "-m", "sh", "-c", &script, "sh"].map(str::to_owned).into()
}

fn can_mount() -> bool {
    let folder = TempDir::new().unwrap();
    let wrapper = wrapper(folder.path());
    let status = Command::new(&wrapper[0]).args(&wrapper[1..]).arg("true").output();
    status.is_ok_and(|output| output.status.success())
}

fn fill(path: &Path) {
    let mut file = fs::File::create(path).unwrap();
    let mut size = 1 << 20;
    while size > 0 {
        if file.write_all(&vec![0; size]).is_err() {
            size /= 2;
        }
    }
}
