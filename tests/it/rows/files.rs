//! Files, ports and folders that cannot be had.

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;

use crate::world::process::free_port;
use crate::world::wait::{pass, until};
use crate::world::warroom::{Setup, Warroom};

/// More than the connections that a process with 64 files allows.
const IDLE: usize = 40;

fn rules() -> String {
    "[[rule]]\nname = \"any\"\nmatch = 'alertname=~\".+\"'\n".to_owned()
}

fn with_files(files: &str) -> Vec<String> {
    ["prlimit".to_owned(), format!("--nofile={files}")].into()
}

async fn takes_an_alert(warroom: &Warroom, within: Duration) {
    let alert = json!([{ "labels": { "alertname": "Ill" } }]);
    until("an alert is taken", within, async || {
        let answer = warroom.try_post("/api/v2/alerts", &alert).await?;
        answer.status.is_success().then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_90_with_few_files_idle_connections_give_way() {
    let folder = TempDir::new().unwrap();
    let wrapper = with_files("64");
    let setup = Setup { wrapper, rules: rules(), ..Setup::new(folder.path()) };
    let mut warroom = Warroom::start(setup).await;
    let log = warroom.process.log();
    assert!(log.contains("few files may be open: raise ulimit -n"), "{log}");
    let idle: Vec<TcpStream> =
        (0..IDLE).map(|_| TcpStream::connect(warroom.address()).unwrap()).collect();
    takes_an_alert(&warroom, Duration::from_secs(60)).await;
    drop(idle);
    takes_an_alert(&warroom, Duration::from_secs(10)).await;
    warroom.process.must_run();
    assert!(!warroom.process.log().contains("cannot accept"), "{}", warroom.process.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_90_without_any_file_left_it_waits_and_recovers() {
    let folder = TempDir::new().unwrap();
    let wrapper = with_files("1024:1024");
    let setup = Setup { wrapper, rules: rules(), ..Setup::new(folder.path()) };
    let mut warroom = Warroom::start(setup).await;
    let limit = |files: &str| {
        let pid = warroom.process.pid().to_string();
        let status = Command::new("prlimit")
            .args(["--pid", &pid, &format!("--nofile={files}:1024")])
            .status();
        assert!(status.unwrap().success());
    };
    limit("4");
    let waiting = TcpStream::connect(warroom.address()).unwrap();
    until("it says so", Duration::from_secs(10), async || {
        warroom.process.log().contains("cannot accept connections: trying again").then_some(())
    })
    .await;
    // Ten tries a second, one line: the log must not fill a disk.
    pass(Duration::from_secs(1)).await;
    assert_eq!(warroom.process.log().matches("cannot accept connections").count(), 1);
    limit("1024");
    drop(waiting);
    takes_an_alert(&warroom, Duration::from_secs(5)).await;
    warroom.process.must_run();
}

/// Runs `warroom serve`, which must end by itself.
fn serve(folder: &Path, brain: &str, address: &str) -> Output {
    std::fs::create_dir_all(folder.join("rules")).unwrap();
    Command::new("timeout")
        .args(["20", env!("CARGO_BIN_EXE_warroom"), "serve", "--listen", address])
        .args(["--brain", brain, "--rules", "rules"])
        .current_dir(folder)
        .output()
        .unwrap()
}

fn refusal(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn fault_90_a_port_that_is_taken_is_named() {
    let folder = TempDir::new().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let error = refusal(&serve(folder.path(), "file:data", &address));
    let wanted = format!("cannot listen on {address}: is another warroom running there?");
    assert!(error.contains(&wanted), "{error}");
}

#[test]
fn fault_90_a_folder_that_cannot_be_written_is_named() {
    let folder = TempDir::new().unwrap();
    let address = format!("127.0.0.1:{}", free_port());
    // Nobody may write there, not even root.
    let error = refusal(&serve(folder.path(), "file:/proc/1/warroom", &address));
    assert!(error.contains("cannot open the brain in /proc/1/warroom"), "{error}");
    std::fs::write(folder.path().join("file"), "").unwrap();
    let error = refusal(&serve(folder.path(), "file:file/data", &address));
    assert!(error.contains("cannot open the brain in file/data"), "{error}");
}
