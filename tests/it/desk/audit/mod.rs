//! The audit log: what is written, by whom, and what its chain proves.

mod command;
mod records;
mod replicas;

use reqwest::Method;
use serde_json::Value;
use warroom::domain::trail::{Chain, Link};

use crate::rooms::house::House;

/// One incident a service.
const RULES: &str = r#"
[[rule]]
name = "any"
match = 'alertname=~".+"'
group_by = ["service"]
severity = "sev2"
title = "{{ labels.service }} is ill"
room = { name = "inc-{{ number }}" }
"#;

/// The bytes of the log, line by line.
async fn lines(house: &House) -> Vec<String> {
    let answer = house.send(Method::GET, "/api/v1/audit?max=500", None).await;
    assert_eq!(answer.status(), 200);
    answer.text().await.unwrap().lines().map(str::to_owned).collect()
}

/// The log, every link of which follows the one before.
async fn links(house: &House) -> Vec<Link> {
    let mut chain = Chain::default();
    let lines = lines(house).await;
    lines.iter().map(|line| chain.follow(line.as_bytes()).unwrap()).collect()
}

/// Types a line.
async fn say(house: &House, line: &str) -> Value {
    house.post("/api/v1/commands", &serde_json::json!({ "line": line })).await.1
}
