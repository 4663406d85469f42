//! The capsule: one file, looked at in a real browser.

use std::path::PathBuf;

use serde_json::json;

use crate::console::browser::{Browser, Screen};
use crate::rooms::house::{House, card};

const RULES: &str = r##"
[[rule]]
name = "slow"
match = 'alertname="Slow"'
group_by = ["service", "env"]
severity = "sev2"
title = "{{ labels.service }} is slow in {{ labels.env }}"
room = { name = "inc-{{ number }}" }
"##;

const HOSTILE: &str =
    "<script>window.hit=1</script><img src=http://127.0.0.1:1/x onerror=hit=1>\"'";

const SCREENS: [Screen; 3] = [
    Screen { name: "desktop", width: 1280, height: 800, scale: 1, theme: "light" },
    Screen { name: "phone", width: 390, height: 844, scale: 2, theme: "light" },
    Screen { name: "phone-dark", width: 360, height: 740, scale: 2, theme: "dark" },
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_capsule_is_one_file_that_runs_and_asks_for_nothing() {
    let house = House::start(RULES).await;
    house.fire(&[vec![("alertname", "Slow"), ("service", "cms"), ("env", HOSTILE)]]).await;
    house.room("1", |entries| card(entries).is_some()).await;
    for line in ["ack", &format!("note 1 {HOSTILE}"), "report noise 7d", "timeline"] {
        let said = house.post("/api/v1/commands", &json!({ "line": line, "room": "1" })).await.1;
        assert_eq!(said["outcome"], "done", "{said}");
    }
    let answer = house.send(reqwest::Method::GET, "/api/v1/incidents/1/capsule", None).await;
    let kept = answer.headers()["content-disposition"].to_str().unwrap().to_owned();
    assert_eq!(kept, "attachment; filename=\"incident-1.html\"");
    let html = answer.text().await.unwrap();
    assert!(!html.contains("<script") && !html.contains("<img src=http"), "{html}");
    for part in
        ["The numbers as JSON", "data:image/svg+xml;base64,", "took it", "rules/test.toml:2"]
    {
        assert!(html.contains(part), "{part}: {html}");
    }
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("capsule.html");
    std::fs::write(&path, html).unwrap();
    let Some(browser) = Browser::start().await else { return };
    for screen in SCREENS {
        browser.screen(screen).await;
        browser.open(&format!("file://{}", path.display())).await;
        browser
            .sees("[...document.images].every((it) => it.complete && it.naturalWidth > 0)")
            .await;
        let wide = browser.ask("document.documentElement.scrollWidth - innerWidth").await;
        assert!(wide.as_i64().unwrap() <= 0, "{} is {wide} px too wide", screen.name);
        browser.shot(&format!("capsule-{}", screen.name)).await;
    }
    browser.reads("window.hit=1").await;
    assert_eq!(
        browser.ask("[document.scripts.length, typeof window.hit]").await,
        json!([0, "undefined"])
    );
    let asked = browser.ask("performance.getEntriesByType('resource').map((it) => it.name).filter((it) => !it.startsWith('data:'))").await;
    assert_eq!(asked, json!([]));
    browser.must_not_complain().await;
}
