//! What the workspace tells: over sockets, each event to one of them until it is acknowledged.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::unbounded_channel;
use tokio_tungstenite::tungstenite::Message;

use super::{Socket, Stand, TEAM, Workspace};

/// Slack wants an answer within three seconds; here an event goes to another socket after one.
const ANSWER_MAX: Duration = Duration::from_secs(3);

pub(crate) fn serve(stand: Stand, listener: TcpListener) {
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(one(stand.clone(), stream));
        }
    });
}

async fn one(stand: Stand, stream: TcpStream) {
    let Ok(mut socket) = tokio_tungstenite::accept_async(stream).await else { return };
    let (sender, mut queue) = unbounded_channel::<String>();
    let hello =
        json!({ "type": "hello", "num_connections": 1, "connection_info": { "app_id": "A1" } });
    if socket.send(Message::text(hello.to_string())).await.is_err() {
        return;
    }
    let id = {
        let mut work = stand.work();
        work.counter += 1;
        let id = work.counter;
        work.sockets.push(Socket { id, sender });
        id
    };
    loop {
        tokio::select! {
            frame = queue.recv() => {
                let Some(frame) = frame else { break };
                let is_end = frame.contains("\"disconnect\"");
                if socket.send(Message::text(frame)).await.is_err() || is_end {
                    break;
                }
            }
            message = socket.next() => match message {
                Some(Ok(Message::Text(text))) => {
                    let ack: Value = serde_json::from_str(&text).unwrap_or_default();
                    let envelope = ack["envelope_id"].as_str().unwrap_or_default();
                    stand.work().unacknowledged.remove(envelope);
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                Some(Ok(_)) => {}
            },
        }
    }
    stand.work().sockets.retain(|socket| socket.id != id);
    stand.redeliver(id);
}

impl Stand {
    /// Tells an event of the Events API.
    pub(crate) fn tell(&self, event: Value) {
        let mut work = self.work();
        self.tell_later(&mut work, event);
    }

    pub(crate) fn tell_later(&self, work: &mut Workspace, event: Value) {
        let payload = envelope(work, event);
        self.send_frame(work, "events_api", payload);
    }

    /// Sends a frame to a socket, again as often as the faults say; kept until it is acknowledged.
    pub(crate) fn send_frame(&self, work: &mut Workspace, kind: &str, payload: Value) {
        for _ in 0..=work.faults.repeats {
            let envelope = work.id('E');
            let frame = json!({
                "type": kind, "envelope_id": envelope, "payload": payload,
                "accepts_response_payload": false, "retry_attempt": 0, "retry_reason": "",
            });
            let frame = frame.to_string();
            let turn = usize::try_from(work.counter).unwrap() % work.sockets.len().max(1);
            let socket = work.sockets.get(turn).map_or(0, |socket| {
                drop(socket.sender.send(frame.clone()));
                socket.id
            });
            work.unacknowledged.insert(envelope.clone(), (socket, frame));
            self.watch(envelope);
        }
    }

    /// An event that nobody took in time goes out again.
    fn watch(&self, envelope: String) {
        let stand = self.clone();
        tokio::spawn(async move {
            for _ in 0..3 {
                tokio::time::sleep(ANSWER_MAX).await;
                let mut work = stand.work();
                let Some((_, frame)) = work.unacknowledged.get(&envelope).cloned() else { return };
                if let Some(socket) = work.sockets.last() {
                    drop(socket.sender.send(frame.clone()));
                    let id = socket.id;
                    work.unacknowledged.insert(envelope.clone(), (id, frame));
                }
            }
        });
    }

    fn redeliver(&self, gone: u64) {
        let mut work = self.work();
        let lost: Vec<(String, String)> = work
            .unacknowledged
            .iter()
            .filter(|(_, (socket, _))| *socket == gone)
            .map(|(envelope, (_, frame))| (envelope.clone(), frame.clone()))
            .collect();
        for (envelope, frame) in lost {
            if let Some(socket) = work.sockets.first() {
                drop(socket.sender.send(frame.clone()));
                let id = socket.id;
                work.unacknowledged.insert(envelope, (id, frame));
            }
        }
    }

    /// Closes every socket, as Slack does when it refreshes them.
    pub(crate) fn disconnect(&self, reason: &str) {
        let frame = json!({ "type": "disconnect", "reason": reason }).to_string();
        for socket in &self.work().sockets {
            drop(socket.sender.send(frame.clone()));
        }
    }
}

/// <https://docs.slack.dev/apis/events-api/#callback-field>
pub(crate) fn envelope(work: &mut Workspace, event: Value) -> Value {
    let ts = work.ts();
    let seconds: i64 = ts.split('.').next().unwrap().parse().unwrap();
    json!({
        "type": "event_callback", "team_id": TEAM, "api_app_id": "A1",
        "event_id": work.id('V'), "event_time": seconds, "event": event,
    })
}
