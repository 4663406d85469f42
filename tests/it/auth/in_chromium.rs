//! People who sign in with a real browser at the built program: each way in, and what those who may
//! nothing are told.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::people::{ANA, BEN};
use super::provider::{Key, Provider};
use crate::console::browser::{Browser, key};
use crate::world::process::free_port;
use crate::world::warroom::{Setup, Warroom};

const RULES: &str = r#"
[[rule]]
name = "latency"
match = 'alertname="HighLatency"'
group_by = ["service"]
severity = "sev2"
title = "{{ labels.service }} is slow"
room = { name = "inc-{{ number }}" }
"#;
/// Ana may everything, Ben nothing.
const PEOPLE: &str = r#"
[people.ana]
email = "ana@example.org"
token_file = "ana.token"
[people.ben]
token_file = "ben.token"
[[access.grant]]
to = "person:ana"
may = ["*"]
"#;

async fn start(folder: &Path, more: &str) -> Warroom {
    let listen = format!("127.0.0.1:{}", free_port());
    std::fs::write(folder.join("ana.token"), ANA).unwrap();
    std::fs::write(folder.join("ben.token"), BEN).unwrap();
    let config = format!("[server]\nexternal_url = \"http://{listen}\"\n{PEOPLE}{more}");
    let setup = Setup { config, rules: RULES.to_owned(), ..Setup::new(folder) };
    Warroom::start_at(setup, &listen).await
}

async fn is(browser: &Browser, name: &str) {
    browser.sees(&format!("document.getElementById('who')?.textContent === {}", json!(name))).await;
}

#[tokio::test]
async fn a_person_signs_in_through_the_provider_in_the_browser() {
    let Some(browser) = Browser::start().await else { return };
    let provider = Provider::start(Key::ec("one")).await;
    let folder = TempDir::new().unwrap();
    let more = format!(
        "[oidc]\nissuer = \"{}\"\nclient_id = \"warroom\"\nclient_secret = \"client secret\"\nname = \"Example\"\n",
        provider.issuer()
    );
    let warroom = start(folder.path(), &more).await;
    browser.open(&warroom.url("/silences")).await;
    browser.reads("Sign in with Example").await;
    browser.click("a[href^='/sign-in/oidc']").await;
    browser.reads("Example asks").await;
    browser.click("#yes").await;
    is(&browser, "ana").await;
    browser.sees("location.pathname === '/silences'").await;
    browser.must_not_complain().await;
}

#[tokio::test]
async fn a_person_without_grants_sees_all_changes_nothing_and_is_told_who_may() {
    let Some(browser) = Browser::start().await else { return };
    let folder = TempDir::new().unwrap();
    let warroom = start(folder.path(), "").await;
    browser.open(&warroom.url("/sign-in")).await;
    browser.click("input[name=token]").await;
    browser.press(&format!("{BEN}{}", key::ENTER)).await;
    is(&browser, "ben").await;
    let alert = json!({ "labels": { "alertname": "HighLatency", "service": "cms" } });
    assert!(warroom.post("/api/v2/alerts", &json!([alert])).await.status.is_success());
    browser.click("a.row").await;
    browser.types("status").await;
    browser.reads("cms is slow").await;
    browser.click(".card button[data-command^='ack']").await;
    browser.reads("no grant allows ben to ack").await;
    browser.reads("@ana").await;
    browser.shot("without-grants").await;
    let incident = warroom.incidents().await.swap_remove(0);
    assert_eq!(incident["acknowledged_by"], Value::Null);
}

#[tokio::test]
async fn the_command_prints_a_link_that_signs_in_once() {
    let folder = TempDir::new().unwrap();
    let warroom = start(folder.path(), "").await;
    let program = |name: &str| {
        #[expect(clippy::disallowed_methods, reason = "a test may start programs")]
        let mut command = Command::new(env!("CARGO_BIN_EXE_warroom"));
        command.args(["sign-in", "--as", name, "--listen", warroom.address(), "--config"]);
        command.arg(folder.path().join("warroom.toml")).current_dir(folder.path());
        command.output().unwrap()
    };
    let eve = program("eve");
    let why = String::from_utf8_lossy(&eve.stderr).into_owned();
    assert!(!eve.status.success() && why.contains("not a person of the configuration"), "{why}");
    let output = program("ana");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}");
    let link = text.lines().next().unwrap();
    assert!(link.starts_with(&warroom.url("/sign-in?code=")), "{link}");
    let Some(browser) = Browser::start().await else { return };
    browser.open(link).await;
    browser.click("main button").await;
    is(&browser, "ana").await;
    browser.open(link).await;
    browser.click("main button").await;
    browser.reads("This link has been used").await;
}
