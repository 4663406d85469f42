//! Pushes through ntfy, as JSON (<https://docs.ntfy.sh/publish/#publish-as-json>).
//!
//! Buttons carry signed links: a press answers from the lock screen, without signing in. It refuses
//! to put anything into a button that the link does not already allow.

use std::time::Duration;

use compact_str::format_compact;
use futures_util::future::BoxFuture;
use reqwest::{Client, RequestBuilder};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{Call, Page, Pager};
use crate::adapters::failure::Failure;
use crate::adapters::http;
use crate::domain::incident::Receipt;
use crate::domain::line::cut;
use crate::domain::secret::Secret;

/// Characters of a message: the server takes 4,096 bytes and makes a file of what is longer,
/// <https://docs.ntfy.sh/publish/#limitations>.
const MESSAGE_MAX: usize = 1000;
/// Characters of a title: more is not seen on a lock screen.
const TITLE_MAX: usize = 120;
/// How long `about` waits: somebody sits in front of it.
const ASK_MAX: Duration = Duration::from_secs(5);

/// A topic's server, and who we are to it.
#[derive(Debug)]
pub struct Ntfy {
    client: Client,
    url: Url,
    topic: Option<String>,
    token: Option<Secret>,
}

/// The body of a push.
#[derive(Debug, Serialize)]
struct Push<'a> {
    topic: &'a str,
    title: String,
    message: String,
    priority: u8,
    tags: [&'static str; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    click: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    actions: Vec<Action<'a>>,
}

/// A button; at most three, <https://docs.ntfy.sh/publish/#action-buttons>.
#[derive(Debug, Serialize)]
struct Action<'a> {
    action: &'static str,
    label: &'static str,
    url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<&'static str>,
    clear: bool,
}

/// What the server says.
#[derive(Debug, Deserialize)]
struct Answer {
    id: String,
}

/// What the server says of itself.
#[derive(Debug, Deserialize)]
struct Health {
    healthy: bool,
}

impl Ntfy {
    /// Pushes through the server at `url`; to `topic` what is for nobody in particular.
    #[must_use]
    pub fn new(client: Client, url: Url, topic: Option<String>, token: Option<Secret>) -> Self {
        Self { client, url, topic, token }
    }

    fn signed(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.token {
            Some(token) => request.bearer_auth(token.reveal()),
            None => request,
        }
    }

    async fn push(&self, page: &Page<'_>) -> Result<Receipt, Failure> {
        let topic = page.to.map(|to| to.address).or(self.topic.as_deref());
        let topic = topic.ok_or_else(|| Failure::Broken {
            why: "this page is for nobody in particular, and the ntfy pager has no topic".into(),
        })?;
        let request = self.signed(self.client.post(self.url.clone()).json(&body(page, topic)));
        let answer = http::send(request).await?;
        // Whoever answers 200 without an id is no ntfy: nobody was woken.
        let answer: Answer = serde_json::from_str(&answer).map_err(|_| Failure::Unknown {
            why: "the answer is not ntfy's: is the address right?".into(),
        })?;
        Ok(Receipt { id: format_compact!("ntfy:{}", cut(&answer.id, 64)), at: None })
    }

    async fn health(&self) -> Result<String, Failure> {
        let path = if self.token.is_some() { "/v1/account" } else { "/v1/health" };
        let url = self.url.join(path).map_err(|_| Failure::missing("the address has no paths"))?;
        let answer = http::send(self.signed(self.client.get(url).timeout(ASK_MAX))).await?;
        let is_well = self.token.is_some()
            || serde_json::from_str::<Health>(&answer).is_ok_and(|health| health.healthy);
        let why = "it answers, but not as ntfy does".to_owned();
        let host = self.url.host_str().unwrap_or_default();
        if !is_well {
            return Err(Failure::Broken { why });
        }
        Ok(match self.token {
            Some(_) => format!("{host} takes our token"),
            None => format!("{host} is healthy"),
        })
    }
}

fn body<'a>(page: &Page<'a>, topic: &'a str) -> Push<'a> {
    let (first, rest) = page.text.split_once('\n').unwrap_or((page.text, ""));
    let message = if rest.is_empty() { first } else { rest };
    let actions = match (page.call, page.links) {
        (Call::Page, Some(links)) => {
            let ack = links.acknowledge.as_ref().map(|url| Action {
                action: "http",
                label: "Acknowledge",
                url: url.as_str(),
                method: Some("POST"),
                clear: true,
            });
            let look = Action {
                action: "view",
                label: "Open",
                url: links.incident.as_str(),
                method: None,
                clear: false,
            };
            ack.into_iter().chain([look]).collect()
        }
        (Call::Page | Call::Taken | Call::Stop, _) => Vec::new(),
    };
    Push {
        topic,
        title: cut(&format!("#{} {first}", page.number), TITLE_MAX),
        message: cut(message, MESSAGE_MAX),
        priority: priority(page),
        tags: [match page.call {
            Call::Page => "rotating_light",
            Call::Taken | Call::Stop => "white_check_mark",
        }],
        click: page.links.map(|links| links.incident.as_str()),
        actions,
    }
}

/// 5 rings through "do not disturb", 4 makes a sound, 2 makes none:
/// <https://docs.ntfy.sh/publish/#message-priority>.
fn priority(page: &Page<'_>) -> u8 {
    match (page.call, page.severity) {
        (Call::Taken | Call::Stop, _) => 2,
        (Call::Page, "sev3" | "sev4" | "sev5" | "warning" | "info") => 4,
        (Call::Page, _) => 5,
    }
}

impl Pager for Ntfy {
    fn page<'a>(&'a self, page: Page<'a>) -> BoxFuture<'a, Result<Receipt, Failure>> {
        Box::pin(async move { self.push(&page).await })
    }

    fn about(&self) -> BoxFuture<'_, Result<String, Failure>> {
        Box::pin(self.health())
    }
}
