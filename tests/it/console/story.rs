//! The whole of it: the built program and a real browser.

use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::browser::{Browser, Screen};
use crate::world::wait::until;
use crate::world::warroom::{Setup, Warroom};

const RULES: &str = r#"
[[rule]]
name = "latency"
match = 'alertname="HighLatency"'
group_by = ["service"]
severity = "sev2"
title = "{{ labels.service }} is slow"
room = { name = "inc-{{ number }}" }
ticket = { tracker = "local" }
"#;

const DESKTOP: Screen =
    Screen { name: "desktop", width: 1280, height: 800, scale: 1, theme: "light" };

async fn report(warroom: &Warroom) {
    let alert = json!({ "labels": { "alertname": "HighLatency", "service": "cms" } });
    let answer = warroom.post("/api/v2/alerts", &json!([alert])).await;
    assert!(answer.status.is_success(), "{answer:?}");
}

/// Signs in with the link that the start prints.
pub(super) async fn sign_in(browser: &Browser, warroom: &Warroom) {
    let link = until("the start prints a link", Duration::from_secs(20), async || {
        let log = warroom.process.log();
        let (_, code) = log.rsplit_once("/sign-in?code=")?;
        Some(
            code.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_')
                .next()?
                .to_owned(),
        )
    })
    .await;
    browser.open(&warroom.url(&format!("/sign-in?code={link}"))).await;
    browser.shot("sign-in").await;
    browser.click("main button").await;
    browser.reads("Nothing is burning").await;
}

#[tokio::test]
async fn an_incident_lives_and_ends_in_the_browser() {
    let Some(browser) = Browser::start().await else { return };
    let folder = TempDir::new().unwrap();
    let mut setup = Setup::new(folder.path());
    setup.rules = RULES.to_owned();
    let warroom = Warroom::start(setup).await;
    browser.screen(DESKTOP).await;
    sign_in(&browser, &warroom).await;

    report(&warroom).await;
    browser.reads("cms is slow").await;
    browser.click("a.row").await;
    browser.sees("!document.querySelector('.card').hidden").await;
    browser.click(".card button[data-command^='ack']").await;
    browser
        .sees("document.querySelector('.card').innerText.includes('operator has taken it')")
        .await;

    browser.types("note looks like the deploy").await;
    browser.reads("note looks like the deploy").await;
    browser.shot("story").await;

    browser.types("resolve").await;
    browser.sees("document.querySelector('.card').innerText.includes('Resolved')").await;
    let incident = warroom
        .incident("it is over", Duration::from_secs(20), |one| one["resolved_at"] != Value::Null);
    incident.await;
    for tab in ["Timeline", "Alerts", "Ticket"] {
        browser.click(&format!("#tab-{tab}")).await;
        browser.sees(&format!("document.querySelector('#panel-{tab}').innerText.trim()")).await;
        browser.shot(&format!("story-{}", tab.to_lowercase())).await;
    }
    browser.must_not_complain().await;
}
