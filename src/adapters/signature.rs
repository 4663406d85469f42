//! Posts signed JSON, as Standard Webhooks does: HMAC-SHA256 over `id.timestamp.body`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Client, RequestBuilder};
use serde::Serialize;
use sha2::Sha256;
use url::Url;

use super::failure::Failure;
use super::http;
use crate::domain::secret::Secret;

/// One address that takes signed JSON.
#[derive(Debug)]
pub struct Signed {
    client: Client,
    url: Url,
    secret: Option<Secret>,
    now: fn() -> DateTime<Utc>,
}

impl Signed {
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

    /// Posts `body` under the idempotency key `id`; gives the answer.
    ///
    /// # Errors
    /// As [`http::send`]; [`Failure::Refused`] when the body has no JSON form.
    pub async fn post(&self, id: &str, body: &impl Serialize) -> Result<String, Failure> {
        let body = serde_json::to_vec(body)
            .map_err(|error| Failure::Refused { why: error.to_string() })?;
        let request = self.client.post(self.url.clone()).header("content-type", "application/json");
        let request = sign(request, self.secret.as_ref(), (id, (self.now)(), &body));
        http::send(request.body(body)).await
    }
}

/// Adds `webhook-id`, `webhook-timestamp` and, with a secret, `webhook-signature`. The id is also
/// the `idempotency-key`: the same effect posted again carries the same one.
fn sign(
    request: RequestBuilder,
    secret: Option<&Secret>,
    (id, now, body): (&str, DateTime<Utc>, &[u8]),
) -> RequestBuilder {
    let timestamp = now.timestamp().to_string();
    let request = request
        .header("webhook-id", id)
        .header("idempotency-key", id)
        .header("webhook-timestamp", &timestamp);
    let Some(secret) = secret else { return request };
    // HMAC takes keys of any length: this cannot fail.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.reveal().as_bytes()) else {
        return request;
    };
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
        mac.update(part);
    }
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    request.header("webhook-signature", format!("v1,{signature}"))
}
