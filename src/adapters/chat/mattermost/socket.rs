//! The `WebSocket`: it connects again by itself, goes on where it was, and finds out what is missing.
//!
//! <https://developers.mattermost.com/api-documentation/#/#websocket>. An event is behind us when it is
//! kept, and not before.

use std::sync::Arc;
use std::time::Duration;

use compact_str::format_compact;
use futures_util::{SinkExt, StreamExt};
use reqwest::header::{AUTHORIZATION, HeaderValue};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::api::{number, odd, text};
use super::events::now;
use super::options::Options;
use super::platform::Mattermost;
use super::stream::{Mark, Order, Stream};
use crate::adapters::chat::platform::Ears;
use crate::adapters::failure::Failure;

/// How long a connection may take to come up.
const CONNECT_MAX: Duration = Duration::from_secs(10);
/// A socket that is silent so long is asked whether it lives, and dead when it stays silent.
const SILENCE: Duration = Duration::from_secs(20);
/// How long after an event the place in the stream is written down at the latest.
const SETTLED: Duration = Duration::from_secs(1);
/// The first and the longest pause before the next try.
const PAUSES: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(30));
/// Bytes of one event: a post has 64 KiB and its properties 800,000 characters at most.
const EVENT_BYTES_MAX: usize = 4 << 20;

pub(super) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Why a connection ended.
enum End {
    /// The next one goes on at once.
    GoOn,
    /// It broke.
    Broken(Failure),
}

impl From<Failure> for End {
    fn from(failure: Failure) -> Self {
        Self::Broken(failure)
    }
}

impl Mattermost {
    pub(super) async fn hear_all(&self, ears: Arc<dyn Ears>, stop: CancellationToken) {
        let mut stream = Stream::default();
        let (mut pause, mut is_told) = (PAUSES.0, false);
        loop {
            let before = stream.mark.clone();
            let round = Box::pin(self.one_socket(ears.as_ref(), &mut stream));
            let Some(end) = stop.run_until_cancelled(round).await else { return };
            if stream.mark != before {
                (pause, is_told) = (PAUSES.0, false);
            }
            let End::Broken(failure) = end else { continue };
            if let Failure::Broken { why } = &failure
                && !is_told
            {
                tracing::error!(why, "nothing is heard from Mattermost");
                is_told = true;
            }
            tracing::debug!(%failure, "connecting to Mattermost again soon");
            // Ends early when we are stopped; else the time is up, which is what we wait for.
            timeout(pause, stop.cancelled()).await.ok();
            pause = (pause * 2).min(PAUSES.1);
        }
    }

    /// One connection, until it ends.
    async fn one_socket(&self, ears: &dyn Ears, stream: &mut Stream) -> End {
        let opened = async {
            self.own().await?;
            stream.recall(ears).await?;
            connect(&self.options, &stream.mark).await
        };
        let mut socket = match opened.await {
            Ok(socket) => socket,
            Err(failure) => return failure.into(),
        };
        let mut is_asked = false;
        loop {
            let wait = if stream.is_dirty() { SETTLED } else { SILENCE };
            let frame = match timeout(wait, socket.next()).await {
                Err(_) if stream.is_dirty() => {
                    if let Err(failure) = stream.write(ears).await {
                        return failure.into();
                    }
                    continue;
                }
                Err(_) if is_asked => return lost("the socket is silent").into(),
                Err(_) => {
                    is_asked = true;
                    if socket.send(Message::Ping(Vec::new().into())).await.is_err() {
                        return lost("the connection broke").into();
                    }
                    continue;
                }
                Ok(None | Some(Ok(Message::Close(_)) | Err(_))) => {
                    return lost("the connection was closed").into();
                }
                Ok(Some(Ok(frame))) => frame,
            };
            is_asked = false;
            let Message::Text(frame) = frame else { continue };
            match self.take_frame(&frame, ears, stream).await {
                Ok(true) => {}
                Ok(false) => return End::GoOn,
                Err(failure) => return failure.into(),
            }
        }
    }

    /// Takes one frame; false: something is missing before it.
    async fn take_frame(
        &self,
        frame: &str,
        ears: &dyn Ears,
        stream: &mut Stream,
    ) -> Result<bool, Failure> {
        let Ok(event) = serde_json::from_str::<Value>(frame) else { return Ok(true) };
        // Answers to requests of ours have no name and no number.
        if text(&event, "event").is_empty() {
            return Ok(true);
        }
        if text(&event, "event") == "hello" {
            let data = event.get("data").unwrap_or(&Value::Null);
            self.greet(text(data, "connection_id"), ears, stream).await?;
        }
        match stream.order(number(&event, "seq")) {
            Order::Next => {}
            Order::Old => return Ok(true),
            Order::Missing => {
                stream.is_missing();
                return Ok(false);
            }
        }
        let Mark { connection, next, .. } = &stream.mark;
        let id = format_compact!("event/{connection}/{next}");
        let heard = self.heard(&event, &id).await?;
        let at = heard.as_ref().map_or(0, |heard| heard.at.timestamp_millis());
        if let Some(heard) = heard {
            ears.hear(heard).await?;
        }
        stream.step(at);
        stream.write(ears).await?;
        Ok(true)
    }

    /// A connection says its name; one that the server does not go on with misses what was between.
    async fn greet(
        &self,
        connection: &str,
        ears: &dyn Ears,
        stream: &mut Stream,
    ) -> Result<(), Failure> {
        if stream.mark.connection == connection && stream.mark.next > 0 {
            return Ok(());
        }
        // From here on this connection tells: what it tells twice is done once.
        let until = now().timestamp_millis();
        if stream.mark.since > 0 {
            self.catch_up(stream.mark.since, ears).await?;
        } else {
            self.learn_names().await?;
            stream.mark.since = until;
        }
        stream.begin(connection);
        Ok(())
    }
}

fn lost(why: &str) -> Failure {
    odd(why).failure
}

/// Opens a socket that goes on where the mark is.
pub(super) async fn connect(options: &Options, mark: &Mark) -> Result<Socket, Failure> {
    let broken = |why: &str| Failure::Broken { why: format!("mattermost: {why}") };
    let address = address(&options.url, mark).ok_or_else(|| broken("`url` is no web address"))?;
    let mut request = address
        .as_str()
        .into_client_request()
        .map_err(|_| broken("`url` cannot be the address of a socket"))?;
    let bearer = format!("Bearer {}", options.token.reveal());
    let mut bearer =
        HeaderValue::from_str(&bearer).map_err(|_| broken("the token cannot stand in a header"))?;
    bearer.set_sensitive(true);
    request.headers_mut().insert(AUTHORIZATION, bearer);
    let config = WebSocketConfig::default().max_message_size(Some(EVENT_BYTES_MAX));
    let connector = options.trusted.as_deref().map(trust).transpose()?;
    let connecting =
        tokio_tungstenite::connect_async_tls_with_config(request, Some(config), true, connector);
    match timeout(CONNECT_MAX, connecting).await {
        Ok(Ok((socket, _))) => Ok(socket),
        Ok(Err(Error::Http(answer))) if answer.status().as_u16() == 401 => {
            Err(broken("the server does not take the bot's token for its WebSocket"))
        }
        Ok(Err(_)) => Err(lost("the WebSocket did not come up: does a proxy let it through?")),
        Err(_) => Err(lost("the WebSocket did not come up in time")),
    }
}

fn address(base: &Url, mark: &Mark) -> Option<Url> {
    let mut url = base.clone();
    let scheme = if base.scheme() == "https" { "wss" } else { "ws" };
    url.set_scheme(scheme).ok()?;
    url.path_segments_mut().ok()?.pop_if_empty().extend(["api", "v4", "websocket"]);
    if !mark.connection.is_empty() {
        url.query_pairs_mut()
            .append_pair("connection_id", &mark.connection)
            .append_pair("sequence_number", &mark.next.to_string());
    }
    Some(url)
}

/// Trusts these certificates and no others.
fn trust(pem: &[u8]) -> Result<Connector, Failure> {
    let broken = |why: &str| Failure::Broken { why: why.to_owned() };
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|_| broken("`ca_file` holds no PEM"))?;
        roots.add(certificate).map_err(|_| broken("a certificate of `ca_file` cannot be used"))?;
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| broken("TLS cannot be used"))?;
    let config = config.with_root_certificates(roots).with_no_client_auth();
    Ok(Connector::Rustls(Arc::new(config)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_goes_on_where_it_was() {
        let base = Url::parse("https://mm.example/chat/").unwrap();
        let none = address(&base, &Mark::default()).unwrap();
        assert_eq!(none.as_str(), "wss://mm.example/chat/api/v4/websocket");
        let mark = Mark { connection: "abc".to_owned(), next: 7, since: 1 };
        let some = address(&base, &mark).unwrap();
        assert_eq!(some.query(), Some("connection_id=abc&sequence_number=7"));
    }
}
