//! A Mattermost server that speaks its REST API v4 and its `WebSocket`, in the test's own process.
//!
//! It holds warroom to what Mattermost publishes: operations and their arguments ([`shapes`], from
//! `mattermost/mattermost: api/v4/source`), and what the server checks beyond that: names, lengths,
//! members, rights, the repetition of a post, the order of events and what it remembers of a broken
//! connection (`server/channels/app`). What it had to refuse because no good client sends it is kept, so
//! that a test can say that there was nothing. The `mattermostdriver` of `PyPI` is driven against it, so that
//! it cannot be bent to suit us.

mod channels;
pub(crate) mod markdown;
mod people;
mod posts;
mod shapes;
mod sockets;
mod web;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use serde_json::Value;

pub(crate) use people::{ANA, BOT, GUEST, STRANGER, TEAM, TEAM_NAME, TOKEN};
pub(crate) use sockets::{Connection, SOON};

/// A channel as the server keeps it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Channel {
    pub(crate) id: String,
    /// `O`, `P` or `D`.
    pub(crate) kind: String,
    /// The team; empty between two.
    pub(crate) team: String,
    pub(crate) name: String,
    pub(crate) display_name: String,
    pub(crate) purpose: String,
    pub(crate) header: String,
    pub(crate) creator: String,
    pub(crate) members: Vec<String>,
    pub(crate) delete_at: i64,
    pub(crate) update_at: i64,
    /// Posts as the API gives them, the oldest first.
    pub(crate) posts: Vec<Value>,
}

impl Channel {
    pub(crate) fn has(&self, user: &str) -> bool {
        self.members.iter().any(|member| member == user)
    }
}

/// A file that nobody has posted yet, or that was.
#[derive(Debug, Clone)]
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) channel: String,
    pub(crate) size: usize,
}

/// How it misbehaves.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    /// The next call of this operation is carried out and never answered.
    pub(crate) hangs_after: Option<&'static str>,
    /// So many calls are told to wait a second.
    pub(crate) busy: u32,
    /// The bot's token is revoked.
    pub(crate) is_revoked: bool,
    /// So many events get a number and are never sent.
    pub(crate) loses: u32,
    /// Each event is sent once more with its own number.
    pub(crate) doubles: bool,
}

/// Everything on the server.
#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) channels: BTreeMap<String, Channel>,
    pub(crate) files: BTreeMap<String, File>,
    pub(crate) connections: Vec<Connection>,
    /// What was posted under which pending id, and when.
    pub(crate) pending: BTreeMap<String, (String, Instant)>,
    pub(crate) faults: Faults,
    /// What was refused because Mattermost would: a good client causes none.
    pub(crate) complaints: Vec<String>,
    /// When each operation was let in.
    pub(crate) calls: BTreeMap<&'static str, Vec<Instant>>,
    /// How often somebody was told to wait.
    pub(crate) refused: u32,
    counter: u64,
    last_millis: i64,
}

/// The stand-in; it ends with the test's runtime.
#[derive(Debug, Clone)]
pub(crate) struct Stand {
    world: Arc<Mutex<World>>,
    /// `host:port` of everything.
    pub(crate) address: String,
}

impl Stand {
    /// Starts on a free port.
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let stand = Self { world: Arc::default(), address };
        sockets::serve(&stand, listener, web::serve(stand.clone()).await);
        stand
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Fails the test when anything was refused that a good client would not have sent.
    pub(crate) fn is_content(&self) {
        let complaints = self.world().complaints.clone();
        assert!(complaints.is_empty(), "Mattermost would have refused: {complaints:#?}");
    }
}

impl World {
    /// An id of Mattermost: 26 small letters and digits.
    pub(crate) fn id(&mut self) -> String {
        self.counter += 1;
        format!("{:0>26}", format!("n{}", self.counter))
    }

    /// Now in milliseconds, and never the same twice.
    pub(crate) fn now(&mut self) -> i64 {
        let now = warroom::engine::clock::wall().timestamp_millis();
        self.last_millis = now.max(self.last_millis + 1);
        self.last_millis
    }

    pub(crate) fn complain(&mut self, what: String) {
        self.complaints.push(what);
    }
}
