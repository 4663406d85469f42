//! Socket Mode: events over `WebSockets` that we open, so that no port has to be.
//!
//! <https://docs.slack.dev/apis/events-api/using-socket-mode>. Two sockets are held, so that one is there
//! while the other is refreshed; Slack gives each event to one of them. An event is acknowledged when
//! it is kept, and not before: Slack delivers again what was not.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use compact_str::format_compact;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_util::sync::CancellationToken;

use super::Slack;
use super::web::Web;
use crate::adapters::chat::platform::{Ears, Heard, Speaker, What};
use crate::adapters::failure::Failure;

/// Sockets at once; Slack allows ten.
const SOCKETS: usize = 2;
/// Slack pings every few seconds: a socket that is silent so long is dead.
const SILENCE_MAX: Duration = Duration::from_secs(60);
/// How long a connection may take to come up.
const CONNECT_MAX: Duration = Duration::from_secs(10);
/// The first and the longest pause before the next try.
const PAUSES: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(30));
/// Bytes of one event.
const EVENT_BYTES_MAX: usize = 1 << 20;

/// What all sockets share.
struct Line<'a> {
    web: &'a Web,
    ears: &'a dyn Ears,
    /// Sockets that hear now.
    open: AtomicUsize,
    /// How often no socket heard anything.
    gaps: AtomicUsize,
}

/// Why a socket ended.
enum End {
    /// Slack wants it so: the next one at once.
    Refreshed,
    /// It broke.
    Broken(String),
}

impl Slack {
    /// Hears until it is stopped; without an app token there is nothing to hear by sockets.
    pub(super) async fn listen_by_sockets(&self, ears: Arc<dyn Ears>, stop: CancellationToken) {
        let Some(token) = &self.options.app_token else { return stop.cancelled().await };
        let web = match Web::new(self.options.api.clone(), token.clone()) {
            Ok(web) => web,
            Err(failure) => return tracing::error!(%failure, "slack cannot be listened to"),
        };
        let (open, gaps) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let line = Line { web: &web, ears: ears.as_ref(), open, gaps };
        let sockets = (0..SOCKETS).map(|_| self.keep_listening(&line));
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            _ = futures_util::future::join_all(sockets) => {}
        }
    }

    async fn keep_listening(&self, line: &Line<'_>) {
        let mut pause = PAUSES.0;
        loop {
            let mut has_heard = false;
            let end = self.one_socket(line, &mut has_heard).await;
            if has_heard {
                pause = PAUSES.0;
                if line.open.fetch_sub(1, Ordering::SeqCst) == 1 {
                    line.gaps.fetch_add(1, Ordering::SeqCst);
                }
            }
            if let End::Broken(why) = end {
                tracing::debug!(why, "a socket of slack ended");
                // Nothing ever cancels this: it is a pause.
                drop(timeout(pause, std::future::pending::<()>()).await);
                pause = (pause * 2).min(PAUSES.1);
            }
        }
    }

    async fn one_socket(&self, line: &Line<'_>, has_heard: &mut bool) -> End {
        let broken = |why: &str| End::Broken(why.to_owned());
        let opened = line.web.change("apps.connections.open", None, &json!({})).await;
        let url = match opened.map_err(Failure::from) {
            Ok(answer) => answer["url"].as_str().unwrap_or_default().to_owned(),
            Err(failure) => return End::Broken(failure.to_string()),
        };
        let config = WebSocketConfig::default().max_message_size(Some(EVENT_BYTES_MAX));
        let connecting =
            tokio_tungstenite::connect_async_with_config(url.as_str(), Some(config), true);
        let Ok(Ok((mut socket, _))) = timeout(CONNECT_MAX, connecting).await else {
            return broken("it did not come up");
        };
        loop {
            let text = match timeout(SILENCE_MAX, socket.next()).await {
                Err(_) => return broken("it is silent"),
                Ok(None) => return broken("it was closed"),
                Ok(Some(Err(_))) => return broken("the connection broke"),
                Ok(Some(Ok(Message::Text(text)))) => text,
                Ok(Some(Ok(Message::Close(_)))) => return broken("it was closed"),
                // Pings are answered by the library.
                Ok(Some(Ok(_))) => continue,
            };
            let Ok(frame) = serde_json::from_str::<Value>(&text) else { continue };
            match frame["type"].as_str().unwrap_or_default() {
                "hello" if !*has_heard => {
                    *has_heard = true;
                    self.is_open(line).await;
                }
                "disconnect" => return End::Refreshed,
                _ => {}
            }
            let Some(envelope) = frame["envelope_id"].as_str() else { continue };
            if let Err(failure) = self.take_frame(&frame, line.ears).await {
                tracing::warn!(%failure, "an event of slack was not kept: it will come again");
                continue;
            }
            let ack = json!({ "envelope_id": envelope }).to_string();
            if socket.send(Message::text(ack)).await.is_err() {
                return broken("the connection broke");
            }
        }
    }

    /// The first socket after a time without any: something may have been missed.
    async fn is_open(&self, line: &Line<'_>) {
        let others = line.open.fetch_add(1, Ordering::SeqCst);
        let gaps = line.gaps.load(Ordering::SeqCst);
        if others > 0 || gaps == 0 {
            return;
        }
        let at = super::hook::now();
        let team = self.own().await.map(|own| own.team.clone()).unwrap_or_default();
        let by = Speaker {
            id: format_compact!("{team}/"),
            name: "slack".to_owned(),
            is_bot: true,
            is_guest: true,
        };
        let id = format_compact!("gap/{}", at.timestamp_millis());
        let heard = Heard { id, room: None, by, at, what: What::Gap };
        if let Err(failure) = line.ears.hear(heard).await {
            tracing::warn!(%failure, "a gap was not told");
        }
    }

    /// Keeps what one frame brings.
    pub(super) async fn take_frame(&self, frame: &Value, ears: &dyn Ears) -> Result<(), Failure> {
        let payload = &frame["payload"];
        let heard = match frame["type"].as_str().unwrap_or_default() {
            "events_api" => self.event(payload).await?.into_iter().collect(),
            "interactive" => self.click(payload).await?,
            "slash_commands" => self.slash(payload).await?.into_iter().collect(),
            _ => Vec::new(),
        };
        for one in heard {
            ears.hear(one).await?;
        }
        Ok(())
    }
}
