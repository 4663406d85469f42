//! A running server, asked by a command.

use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use reqwest::header::HeaderMap;
use reqwest::{Client, RequestBuilder, StatusCode};

use crate::adapters::http;
use crate::config::Config;
use crate::domain::secret::Secret;

/// How long an answer may take: a little more than the server gives a command.
const ANSWER_MAX: Duration = Duration::from_secs(40);

/// A server, and what opens it.
#[derive(Debug)]
pub(super) struct Server {
    url: String,
    token: Option<Secret>,
    client: Client,
}

/// What it answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

impl Server {
    /// The one that is named, or the one of the configuration on this machine.
    pub(super) fn of(config: &Config, named: Option<&str>) -> anyhow::Result<Self> {
        let url = named.map_or_else(|| local(config), str::to_owned);
        let url = url.trim_end_matches('/').to_owned();
        Ok(Self { url, token: token(config)?, client: http::client()? })
    }

    pub(super) fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.url))
    }

    pub(super) fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.url))
    }

    /// Asks, and refuses every answer that is not 200.
    pub(super) async fn ask(&self, mut request: RequestBuilder) -> anyhow::Result<Answer> {
        let server = &self.url;
        if let Some(token) = &self.token {
            request = request.bearer_auth(token.reveal());
        }
        let answer =
            request.timeout(ANSWER_MAX).send().await.map_err(|error| away(server, &error))?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let text = answer.text().await.context("the server's answer broke off")?;
        match status {
            StatusCode::OK => Ok(Answer { headers, text }),
            StatusCode::UNAUTHORIZED => bail!(
                "{server} does not let you in: {}; set WARROOM_TOKEN to your token",
                problem(&text)
            ),
            status => bail!("{server} answered {status}: {}", problem(&text)),
        }
    }
}

/// The server of this machine.
pub(super) fn local(config: &Config) -> String {
    let mut listen = config.server.listen;
    if listen.ip().is_unspecified() {
        let ip = if listen.is_ipv4() {
            [127, 0, 0, 1].into()
        } else {
            std::net::Ipv6Addr::LOCALHOST.into()
        };
        listen.set_ip(ip);
    }
    format!("http://{listen}")
}

/// The token of whoever types, or the one of the configuration.
pub(super) fn token(config: &Config) -> anyhow::Result<Option<Secret>> {
    if let Ok(token) = std::env::var("WARROOM_TOKEN") {
        return Ok(Some(Secret::new(&token)));
    }
    config.server.token.as_ref().map(crate::config::Held::read).transpose().context("server.token")
}

pub(super) fn away(server: &str, error: &reqwest::Error) -> anyhow::Error {
    if error.is_timeout() {
        return anyhow!("{server} did not answer in time; whether it was done is not known");
    }
    anyhow!("no warroom answers on {server}, nothing was done; start one with: warroom serve")
}

/// The words of an error that the API gives.
pub(super) fn problem(text: &str) -> String {
    let problem: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    problem.get("detail").and_then(|it| it.as_str()).unwrap_or("no reason was given").to_owned()
}
