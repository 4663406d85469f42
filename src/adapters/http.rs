//! The one HTTP client: deadlines, no redirects, and what a status means for a retry.
//!
//! It refuses to follow redirects: an address is what an operator wrote, nothing else.

use std::time::Duration;

use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Client, ClientBuilder, RequestBuilder, StatusCode};

use super::failure::Failure;

/// How long a connection may take to come up.
const CONNECT_MAX: Duration = Duration::from_secs(3);
/// How long a whole call may take: on-call people wait behind it.
const CALL_MAX: Duration = Duration::from_secs(10);
/// How long we wait at most because an answer says so: longer is an outage, and seen as one.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(600);
/// How much of an answer is read: enough for an id or an error, whatever the server sends.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Builds the client that every adapter shares.
///
/// # Errors
/// When the machine's trust store cannot be read.
pub fn client() -> Result<Client, reqwest::Error> {
    builder().build()
}

/// What every client begins with, for those that need more: trust, headers, another deadline.
pub(super) fn builder() -> ClientBuilder {
    Client::builder()
        .connect_timeout(CONNECT_MAX)
        .timeout(CALL_MAX)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("warroom/", env!("CARGO_PKG_VERSION")))
        .tcp_nodelay(true)
}

/// Sends a request and gives the body of a 2xx answer, cut at 64 KiB.
///
/// # Errors
/// As [`send_up_to`].
pub async fn send(request: RequestBuilder) -> Result<String, Failure> {
    send_up_to(request, ANSWER_BYTES_MAX).await
}

/// Sends a request and gives the body of a 2xx answer, cut at `most` bytes.
///
/// # Errors
/// No connection and 429 are [`Failure::Retry`]; 408 and 5xx and a lost answer are
/// [`Failure::Unknown`], because the other side may have acted; 401, 403 and 404 are
/// [`Failure::Broken`], unless 403 says when to come again, as GitHub does; the rest of 3xx and 4xx
/// is [`Failure::Refused`].
pub async fn send_up_to(request: RequestBuilder, most: usize) -> Result<String, Failure> {
    let mut response = request.send().await.map_err(|error| lost(&error))?;
    let status = response.status();
    let after = retry_after(response.headers());
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        let room = most.saturating_sub(body.len());
        body.extend(chunk.iter().take(room));
        if chunk.len() > room {
            break;
        }
    }
    if status.is_success() {
        return Ok(String::from_utf8_lossy(&body).into_owned());
    }
    let why = format!("the other side answered {status}");
    Err(match status {
        StatusCode::TOO_MANY_REQUESTS => Failure::Retry { why, after },
        StatusCode::FORBIDDEN if after.is_some() => Failure::Retry { why, after },
        StatusCode::REQUEST_TIMEOUT => Failure::Unknown { why },
        status if status.is_server_error() => Failure::Unknown { why },
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => {
            Failure::Broken { why }
        }
        _ => Failure::Refused { why },
    })
}

/// What a lost request means.
pub(super) fn lost(error: &reqwest::Error) -> Failure {
    // The address may hold a token: it is never printed.
    if error.is_connect() {
        Failure::Retry { why: "no connection".to_owned(), after: None }
    } else if error.is_timeout() {
        Failure::Unknown { why: format!("no answer within {} s", CALL_MAX.as_secs()) }
    } else {
        Failure::Unknown { why: "the connection broke before the answer".to_owned() }
    }
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds: u64 = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(RETRY_AFTER_MAX))
}
