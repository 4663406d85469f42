//! Signs what we post, as Standard Webhooks does: HMAC-SHA256 over `id.timestamp.body`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::RequestBuilder;
use sha2::Sha256;

use crate::domain::secret::Secret;

/// Adds `webhook-id`, `webhook-timestamp` and, with a secret, `webhook-signature`. The id is also
/// the `idempotency-key`: the same effect posted again carries the same one.
pub fn sign(
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
