//! One POST, and what its answer means.

use std::time::Duration;

use anyhow::Context;
use chrono::{DateTime, Utc};

use crate::adapters::ingest::auth::{SIGNATURE_HEADER, TIMESTAMP_HEADER, signature};
use crate::domain::secret::Secret;

/// Bytes of an answer that are shown.
const ANSWER_BYTES: usize = 500;

/// How this sender proves who it is.
#[derive(Debug, Clone)]
pub(super) enum Proof {
    None,
    Bearer(Secret),
    Hmac(Secret),
}

/// What became of one report.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Sent {
    /// The server has it.
    Delivered,
    /// The server will never take it, with its answer.
    Refused(String),
    /// It could not be delivered now, and why.
    Later(String),
}

/// The way to the server.
pub(super) struct Sender {
    client: reqwest::Client,
    url: reqwest::Url,
    proof: Proof,
}

impl Sender {
    pub(super) fn new(url: reqwest::Url, proof: Proof, timeout: Duration) -> anyhow::Result<Self> {
        let client = reqwest::Client::builder()
            .timeout(timeout)
            .connect_timeout(timeout / 2)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("warroom/", env!("CARGO_PKG_VERSION"), " (nagios)"));
        let is_local = matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
        let client = if is_local { client.no_proxy() } else { client };
        let client = client.build().context("cannot set up the HTTP client")?;
        Ok(Self { client, url, proof })
    }

    /// Posts one report; the signature is made at `now`, whenever the report was written.
    pub(super) async fn send(&self, body: Vec<u8>, now: DateTime<Utc>) -> Sent {
        let request = self.client.post(self.url.clone()).header("content-type", "application/json");
        let request = match &self.proof {
            Proof::None => request,
            Proof::Bearer(token) => request.bearer_auth(token.reveal()),
            Proof::Hmac(secret) => {
                let stamp = now.timestamp().to_string();
                let signed = signature(secret, &stamp, &body);
                request.header(TIMESTAMP_HEADER, stamp).header(SIGNATURE_HEADER, signed)
            }
        };
        match request.body(body).send().await {
            Ok(answer) => judge(answer).await,
            Err(error) => Sent::Later(format!("{:#}", anyhow::Error::new(error.without_url()))),
        }
    }
}

/// 2xx is delivered; a client's mistake is refused, but for the three that pass by themselves;
/// everything else may be better later.
async fn judge(mut answer: reqwest::Response) -> Sent {
    let status = answer.status();
    if status.is_success() {
        return Sent::Delivered;
    }
    let mut text = Vec::new();
    while let (true, Ok(Some(chunk))) = (text.len() < ANSWER_BYTES, answer.chunk().await) {
        text.extend_from_slice(&chunk);
    }
    text.truncate(ANSWER_BYTES);
    let text = format!("{status}: {}", String::from_utf8_lossy(&text).escape_debug());
    let passes = matches!(status.as_u16(), 408 | 425 | 429);
    if status.is_client_error() && !passes { Sent::Refused(text) } else { Sent::Later(text) }
}
