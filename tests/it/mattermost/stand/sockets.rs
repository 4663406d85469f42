//! The `WebSocket`: numbers of events, and what is remembered of a broken connection, as
//! `server/channels/app/platform/web_conn.go` does it.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};

use super::people::user_of;
use super::{BOT, Stand, World};

/// Events that are remembered of a connection.
const DEAD_QUEUE: usize = 128;

/// A connection, also for a while after it broke.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) id: String,
    pub(crate) user: &'static str,
    next: i64,
    dead: Vec<(i64, String)>,
    /// None: it is broken.
    pub(crate) sender: Option<UnboundedSender<Option<String>>>,
}

/// Web sockets are answered here, everything else by the other address.
pub(crate) fn serve(stand: &Stand, listener: TcpListener, web: SocketAddr) {
    let stand = stand.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(one(stand.clone(), stream, web));
        }
    });
}

async fn one(stand: Stand, mut stream: TcpStream, web: SocketAddr) {
    let mut head = [0_u8; 64];
    // The first line comes in one piece from every client that is tried here.
    let length = stream.peek(&mut head).await.unwrap_or_default();
    let head = String::from_utf8_lossy(&head[..length]).into_owned();
    if head.starts_with("GET /api/v4/websocket") {
        return socket(stand, stream).await;
    }
    if let Ok(mut inner) = TcpStream::connect(web).await {
        drop(copy_bidirectional(&mut stream, &mut inner).await);
    }
}

#[expect(clippy::result_large_err, reason = "the library wants it so")]
async fn socket(stand: Stand, stream: TcpStream) {
    let (mut token, mut query) = (String::new(), String::new());
    let take = |request: &Request, response: Response| {
        let header = request.headers().get("authorization").and_then(|it| it.to_str().ok());
        token = header.and_then(|it| it.strip_prefix("Bearer ")).unwrap_or_default().to_owned();
        query = request.uri().query().unwrap_or_default().to_owned();
        Ok(response)
    };
    let accepting = tokio_tungstenite::accept_hdr_async(stream, take);
    let Ok(mut socket) = accepting.await else { return };
    while token.is_empty() {
        let Some(Ok(Message::Text(text))) = socket.next().await else { return };
        let asked: Value = serde_json::from_str(&text).unwrap_or_default();
        if asked["action"] == "authentication_challenge" {
            token = asked["data"]["token"].as_str().unwrap_or("none").to_owned();
        }
    }
    let is_revoked = stand.world().faults.is_revoked;
    let Some(user) = user_of(&token).filter(|user| !(is_revoked && *user == BOT)) else { return };
    let (sender, mut queue) = unbounded_channel();
    let id = stand.world().connect(user, &query, sender);
    pump(&mut socket, &mut queue).await;
    let mut world = stand.world();
    // Another socket may have gone on with it.
    let ours = world.connections.iter_mut().find(|it| it.id == id);
    if let Some(ours) = ours.filter(|it| it.sender.as_ref().is_none_or(UnboundedSender::is_closed))
    {
        ours.sender = None;
    }
}

/// Until either side ends it.
async fn pump(
    socket: &mut tokio_tungstenite::WebSocketStream<TcpStream>,
    queue: &mut UnboundedReceiver<Option<String>>,
) {
    loop {
        tokio::select! {
            frame = queue.recv() => {
                let Some(Some(frame)) = frame else { break };
                if socket.send(Message::text(frame)).await.is_err() {
                    break;
                }
            }
            message = socket.next() => match message {
                Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                Some(Ok(_)) => {}
            },
        }
    }
    queue.close();
}

impl World {
    /// A connection goes on where its client says, or begins.
    fn connect(
        &mut self,
        user: &'static str,
        query: &str,
        sender: UnboundedSender<Option<String>>,
    ) -> String {
        let pairs: Vec<(String, String)> =
            url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let asked =
            |key: &str| pairs.iter().find(|(name, _)| name == key).map(|(_, it)| it.clone());
        let from: i64 = asked("sequence_number").and_then(|it| it.parse().ok()).unwrap_or_default();
        let known = asked("connection_id").unwrap_or_default();
        let place = self.connections.iter().position(|it| it.id == known && it.user == user);
        if let Some(place) = place {
            let connection = &mut self.connections[place];
            let is_kept = connection.dead.iter().any(|(number, _)| *number == from);
            if is_kept || connection.next == from {
                for (_, frame) in connection.dead.iter().filter(|(number, _)| *number >= from) {
                    drop(sender.send(Some(frame.clone())));
                }
                connection.sender = Some(sender);
                return known;
            }
            self.connections.remove(place);
        }
        let id = self.id();
        let connection =
            Connection { id: id.clone(), user, next: 0, dead: Vec::new(), sender: Some(sender) };
        self.connections.push(connection);
        let data = json!({ "connection_id": id, "server_version": "11.0.0" });
        self.tell("hello", data, json!({ "user_id": user }), |it| it.id == id);
        id
    }

    /// Tells everybody in a channel.
    pub(crate) fn tell_channel(&mut self, event: &str, data: Value, room: &str) {
        let members = self.channels.get(room).map(|it| it.members.clone()).unwrap_or_default();
        let is_there = |it: &Connection| members.iter().any(|member| member == it.user);
        self.tell(event, data, json!({ "channel_id": room }), is_there);
    }

    /// Tells everybody in the team.
    pub(crate) fn tell_team(&mut self, event: &str, data: Value) {
        self.tell(event, data, json!({ "team_id": super::TEAM }), |_| true);
    }

    /// Tells one user.
    pub(crate) fn tell_user(&mut self, event: &str, data: Value, user: &str) {
        self.tell(event, data, json!({ "user_id": user }), |it| it.user == user);
    }

    fn tell(
        &mut self,
        event: &str,
        data: Value,
        broadcast: Value,
        is_meant: impl Fn(&Connection) -> bool,
    ) {
        let is_lost = event != "hello" && self.faults.loses > 0;
        for connection in self.connections.iter_mut().filter(|it| is_meant(it)) {
            let number = connection.next;
            connection.next += 1;
            let frame =
                json!({ "event": event, "data": data, "broadcast": broadcast, "seq": number });
            let frame = frame.to_string();
            connection.dead.push((number, frame.clone()));
            let over = connection.dead.len().saturating_sub(DEAD_QUEUE);
            connection.dead.drain(..over);
            let times = if self.faults.doubles { 2 } else { 1 };
            for _ in (0..times).filter(|_| !is_lost) {
                if let Some(sender) = &connection.sender {
                    drop(sender.send(Some(frame.clone())));
                }
            }
        }
        if is_lost {
            self.faults.loses -= 1;
        }
    }

    /// Breaks every connection of the bot.
    pub(crate) fn disconnect(&mut self) {
        for connection in self.connections.iter_mut().filter(|it| it.user == BOT) {
            if let Some(sender) = connection.sender.take() {
                drop(sender.send(None));
            }
        }
    }

    /// The server was started anew: it remembers no connection.
    pub(crate) fn forget_connections(&mut self) {
        self.disconnect();
        self.connections.retain(|it| it.user != BOT);
    }

    /// Whether the bot listens.
    pub(crate) fn is_listened_to(&self) -> bool {
        let open = |it: &&Connection| it.user == BOT && it.next > 0;
        let is_open = |it: &Connection| it.sender.as_ref().is_some_and(|it| !it.is_closed());
        self.connections.iter().filter(open).any(is_open)
    }
}

/// How long a client may take to come back.
pub(crate) const SOON: Duration = Duration::from_secs(20);
