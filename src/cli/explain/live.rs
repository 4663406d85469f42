//! What a running server knows: alerts and incidents that were, by what held and whom it paged.

use std::time::Duration;

use anyhow::{Context as _, bail};
use reqwest::{RequestBuilder, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::offline::plain;
use super::run::{Arguments, Format};
use crate::adapters::http;
use crate::cli::remote;
use crate::config::Config;
use crate::domain::ids::Fingerprint;
use crate::domain::messages;

/// How long an answer may take.
const ANSWER_MAX: Duration = Duration::from_secs(40);
/// So many alerts of one incident are explained: their reasons repeat.
const ALERTS_MAX: usize = 5;

/// What the server says of one alert, as far as it is printed.
#[derive(Debug, Deserialize)]
struct Why {
    answer: String,
    #[serde(default)]
    verdicts: Vec<String>,
    #[serde(default)]
    rules: Vec<String>,
    #[serde(default)]
    timeline: Vec<String>,
    files: Option<String>,
    #[serde(default)]
    files_today: String,
}

/// Explains one alert.
pub(super) async fn alert(arguments: &Arguments, print: Fingerprint) -> anyhow::Result<String> {
    let server = Server::of(arguments)?;
    let why = server.get(&format!("/api/v1/why?fingerprint={print}")).await?;
    written(arguments.format, &why, &text(&why)?)
}

/// Explains an incident: whom it paged, and each of its alerts.
pub(super) async fn incident(arguments: &Arguments, number: u64) -> anyhow::Result<String> {
    let server = Server::of(arguments)?;
    let said = server.ask(&format!("why {number}")).await?;
    let alerts = server.get(&format!("/api/v1/incidents/{number}/alerts")).await?;
    let prints: Vec<String> = alerts
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|alert| Some(alert.get("fingerprint")?.as_str()?.to_owned()))
        .collect();
    let answer = said.pointer("/post/text").and_then(Value::as_str).unwrap_or_default().to_owned();
    let (mut whys, mut texts) = (Vec::new(), vec![answer]);
    for print in prints.iter().take(ALERTS_MAX) {
        let why = server.get(&format!("/api/v1/why?fingerprint={print}")).await?;
        texts.push(format!("alert {print}\n{}", text(&why)?));
        whys.push(why);
    }
    if prints.len() > ALERTS_MAX {
        texts.push(format!("and {} more alerts", prints.len() - ALERTS_MAX));
    }
    let whole = json!({ "incident": number, "answer": texts.first(), "alerts": whys });
    written(arguments.format, &whole, &texts.join("\n\n"))
}

fn written(format: Format, value: &Value, text: &str) -> anyhow::Result<String> {
    Ok(match format {
        Format::Text => plain(text),
        Format::Json => serde_json::to_string_pretty(value)?,
    })
}

fn text(why: &Value) -> anyhow::Result<String> {
    let why = Why::deserialize(why).context("this is no answer of a warroom")?;
    let mut lines =
        vec![why.answer, messages::explain::versions(why.files.as_deref(), &why.files_today)];
    for (title, all) in [
        ("verdicts", why.verdicts),
        ("rules, as they stand today", why.rules),
        ("timeline", why.timeline),
    ] {
        if !all.is_empty() {
            lines.push(title.to_owned());
            lines.extend(all.iter().map(|line| format!("  {line}")));
        }
    }
    Ok(lines.join("\n"))
}

/// The server, and who asks it.
struct Server {
    address: String,
    config: Config,
}

impl Server {
    fn of(arguments: &Arguments) -> anyhow::Result<Self> {
        let config = arguments.files.inside(arguments.dir.as_deref()).config()?;
        let address = arguments.server.clone().unwrap_or_else(|| remote::local(&config));
        Ok(Self { address: address.trim_end_matches('/').to_owned(), config })
    }

    async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.send(http::client()?.get(format!("{}{path}", self.address))).await
    }

    async fn ask(&self, line: &str) -> anyhow::Result<Value> {
        let url = format!("{}/api/v1/commands", self.address);
        self.send(http::client()?.post(url).json(&json!({ "line": line }))).await
    }

    async fn send(&self, mut request: RequestBuilder) -> anyhow::Result<Value> {
        if let Some(token) = remote::token(&self.config)? {
            request = request.bearer_auth(token.reveal());
        }
        let answer = request.timeout(ANSWER_MAX).send().await;
        let answer = answer.map_err(|error| remote::away(&self.address, &error))?;
        let status = answer.status();
        let text = answer.text().await.context("the server's answer broke off")?;
        match status {
            StatusCode::OK => serde_json::from_str(&text).context("this is no answer of a warroom"),
            StatusCode::UNAUTHORIZED => bail!(
                "{} does not let you in: {}; set WARROOM_TOKEN to your token",
                self.address,
                remote::problem(&text)
            ),
            status => bail!("{} answers {status}: {}", self.address, remote::problem(&text)),
        }
    }
}
