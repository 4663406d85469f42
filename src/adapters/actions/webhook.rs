//! Starts runs by a signed HTTP post to a runner of the team's own.

use chrono::{DateTime, Utc};
use compact_str::CompactString;
use futures_util::future::BoxFuture;
use reqwest::Client;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{Runner, Start};
use crate::adapters::failure::Failure;
use crate::adapters::{http, signature};
use crate::domain::alert::Labels;
use crate::domain::incident::Receipt;
use crate::domain::secret::Secret;

/// One address that starts runs.
#[derive(Debug)]
pub struct Webhook {
    client: Client,
    url: Url,
    secret: Option<Secret>,
    now: fn() -> DateTime<Utc>,
}

/// The body of an order.
#[derive(Debug, Serialize)]
struct Body<'a> {
    id: String,
    incident: u64,
    runbook: &'a str,
    labels: &'a Labels,
}

/// What the runner may answer; anything else is fine too.
#[derive(Debug, Default, Deserialize)]
struct Answer {
    #[serde(default)]
    run: Option<CompactString>,
}

impl Webhook {
    /// Posts to `url`; with a secret, every post is signed. `now` dates the signatures.
    #[must_use]
    pub fn new(
        client: Client,
        url: Url,
        secret: Option<Secret>,
        now: fn() -> DateTime<Utc>,
    ) -> Self {
        Self { client, url, secret, now }
    }
}

impl Runner for Webhook {
    fn start<'a>(&'a self, start: Start<'a>) -> BoxFuture<'a, Result<Receipt, Failure>> {
        Box::pin(async move {
            let id = start.id.to_string();
            let body = Body {
                id: id.clone(),
                incident: start.number.0,
                runbook: start.runbook,
                labels: start.labels,
            };
            let body = serde_json::to_vec(&body)
                .map_err(|error| Failure::Refused { why: error.to_string() })?;
            let request = signature::sign(
                self.client.post(self.url.clone()),
                self.secret.as_ref(),
                (&id, (self.now)(), &body),
            );
            let answer =
                http::send(request.header("content-type", "application/json").body(body)).await?;
            let answer: Answer = serde_json::from_str(&answer).unwrap_or_default();
            Ok(Receipt { id: answer.run.unwrap_or_else(|| id.into()), at: None })
        })
    }
}
