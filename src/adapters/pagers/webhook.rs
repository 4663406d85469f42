//! Pages as signed HTTP posts, in the form of Standard Webhooks
//! (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>).

use chrono::{DateTime, Utc};
use compact_str::format_compact;
use futures_util::future::BoxFuture;
use reqwest::Client;
use serde::Serialize;
use url::Url;

use super::{Call, Page, Pager};
use crate::adapters::failure::Failure;
use crate::adapters::{http, signature};
use crate::domain::incident::Receipt;
use crate::domain::secret::Secret;

/// One address that takes pages.
#[derive(Debug)]
pub struct Webhook {
    client: Client,
    url: Url,
    secret: Option<Secret>,
    now: fn() -> DateTime<Utc>,
}

/// The body of a page.
#[derive(Debug, Serialize)]
struct Body<'a> {
    id: String,
    call: Call,
    incident: u64,
    policy: &'a str,
    step: u16,
    severity: &'a str,
    text: &'a str,
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

impl Pager for Webhook {
    fn page<'a>(&'a self, page: Page<'a>) -> BoxFuture<'a, Result<Receipt, Failure>> {
        Box::pin(async move {
            let body = Body {
                id: page.id.to_string(),
                call: page.call,
                incident: page.number.0,
                policy: page.policy,
                step: page.step,
                severity: page.severity,
                text: page.text,
            };
            let body = serde_json::to_vec(&body)
                .map_err(|error| Failure::Refused { why: error.to_string() })?;
            let id = page.id.to_string();
            let request = signature::sign(
                self.client.post(self.url.clone()),
                self.secret.as_ref(),
                (&id, (self.now)(), &body),
            );
            http::send(request.header("content-type", "application/json").body(body)).await?;
            Ok(Receipt { id: format_compact!("webhook:{id}"), at: None })
        })
    }
}
