//! Posts signed JSON, as Standard Webhooks does: HMAC-SHA256 over `id.timestamp.body`; and checks
//! what is signed so.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Client, RequestBuilder};
use serde::Serialize;
use sha2::Sha256;
use subtle::ConstantTimeEq;
use url::Url;

use super::failure::Failure;
use super::http;
use crate::domain::secret::Secret;

/// What a secret begins with that holds the key in base64, as the libraries of Standard Webhooks
/// give them out; any other secret is the key itself.
const PREFIX: &str = "whsec_";
/// How far the sender's clock may be off, as the specification's libraries have it.
const TOLERANCE: TimeDelta = TimeDelta::minutes(5);
/// Signatures of one header that are looked at: a sender that changes its key sends two.
const SIGNATURES_MAX: usize = 8;
/// Bytes of the id that a sender gives; the libraries send 30.
const ID_MAX: usize = 128;

/// Why something does not count as signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsigned {
    /// There is no secret to compare with.
    NoSecret,
    /// The signature is missing or wrong.
    Wrong,
    /// It was signed long ago, or in the future.
    Late,
}

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

    /// Asks whether anything answers at the address, without posting; gives the status.
    ///
    /// # Errors
    /// As [`http::send`], where nothing answers.
    pub async fn reaches(&self, within: Duration) -> Result<u16, Failure> {
        let answer = self.client.head(self.url.clone()).timeout(within).send().await;
        match answer {
            Ok(answer) => Ok(answer.status().as_u16()),
            Err(error) => Err(http::lost(&error)),
        }
    }

    /// The id of something that came here, if it is signed with our secret and not old.
    ///
    /// # Errors
    /// Why it does not count.
    pub fn verify<'a>(
        &self,
        header: &dyn Fn(&str) -> Option<&'a str>,
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Result<&'a str, Unsigned> {
        let secret = self.secret.as_ref().filter(|secret| !secret.reveal().is_empty());
        let key = key(secret.ok_or(Unsigned::NoSecret)?);
        let given = |name: &str| header(name).ok_or(Unsigned::Wrong);
        let (id, timestamp) = (given("webhook-id")?, given("webhook-timestamp")?);
        if id.is_empty() || id.len() > ID_MAX {
            return Err(Unsigned::Wrong);
        }
        let wanted = mac(&key, [id, timestamp], body);
        let signatures = given("webhook-signature")?.split(' ').take(SIGNATURES_MAX);
        let is_right = signatures.filter_map(|one| one.strip_prefix("v1,")).any(|one| {
            STANDARD.decode(one).is_ok_and(|bytes| bool::from(bytes.ct_eq(wanted.as_slice())))
        });
        if !is_right {
            return Err(Unsigned::Wrong);
        }
        let signed: i64 = timestamp.parse().map_err(|_| Unsigned::Wrong)?;
        match DateTime::from_timestamp(signed, 0) {
            Some(signed) if (now - signed).abs() <= TOLERANCE => Ok(id),
            Some(_) | None => Err(Unsigned::Late),
        }
    }
}

/// The key that a secret stands for.
fn key(secret: &Secret) -> Vec<u8> {
    let text = secret.reveal();
    let decoded = text.strip_prefix(PREFIX).and_then(|rest| STANDARD.decode(rest).ok());
    decoded.unwrap_or_else(|| text.as_bytes().to_vec())
}

fn mac(key: &[u8], [id, timestamp]: [&str; 2], body: &[u8]) -> Vec<u8> {
    // HMAC takes keys of any length: this cannot fail.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
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
    let signature = STANDARD.encode(mac(&key(secret), [id, &timestamp], body));
    request.header("webhook-signature", format!("v1,{signature}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of <https://docs.svix.com/receiving/verifying-payloads/how-manual>, which the
    /// libraries of Standard Webhooks test themselves with.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const AT: &str = "1614265330";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn signed(secret: Option<&str>) -> Signed {
        let url = Url::parse("http://localhost").unwrap();
        let client = http::client().unwrap();
        Signed::new(client, url, secret.map(Secret::new), || DateTime::UNIX_EPOCH)
    }

    fn check(secret: Option<&str>, signature: &'static str, late_s: i64) -> Result<(), Unsigned> {
        let header = |name: &str| match name {
            "webhook-id" => Some(ID),
            "webhook-timestamp" => Some(AT),
            "webhook-signature" => Some(signature),
            _ => None,
        };
        let now = DateTime::from_timestamp(1_614_265_330 + late_s, 0).unwrap();
        signed(secret).verify(&header, BODY, now).map(|id| assert_eq!(id, ID))
    }

    #[test]
    fn the_published_example_verifies() {
        assert_eq!(check(Some(SECRET), SIGNATURE, 0), Ok(()));
        let two = "v1,AAAA v2,x v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(check(Some(SECRET), two, 299), Ok(()));
    }

    #[test]
    fn what_is_not_signed_now_and_by_us_does_not_count() {
        assert_eq!(check(Some(SECRET), SIGNATURE, 301), Err(Unsigned::Late));
        assert_eq!(check(Some(SECRET), SIGNATURE, -301), Err(Unsigned::Late));
        assert_eq!(check(Some("other"), SIGNATURE, 0), Err(Unsigned::Wrong));
        assert_eq!(check(Some(SECRET), "v1,", 0), Err(Unsigned::Wrong));
        assert_eq!(check(Some(""), SIGNATURE, 0), Err(Unsigned::NoSecret));
        assert_eq!(check(None, SIGNATURE, 0), Err(Unsigned::NoSecret));
    }
}
