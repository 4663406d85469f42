//! A workspace that speaks the Web API, Socket Mode and the Events API, in the test's own process.
//!
//! It holds warroom to what Slack publishes: arguments ([`shapes`], from
//! `slackapi/slack-api-specs: web-api/slack_web_openapi_v2.json` and, for what that lacks, from
//! <https://docs.slack.dev/reference/methods>), tokens, tiers, names and the limits of messages. What it
//! had to refuse is kept, so that a test can say that there was nothing. Slack's own `slack_sdk` is driven
//! against it, so that it cannot be bent to suit us.

pub(crate) mod blocks;
mod channels;
mod events;
mod files;
mod messages;
mod people;
mod shapes;
mod web;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;

pub(crate) const TEAM: &str = "T0000001";
pub(crate) const BOT_USER: &str = "U0000BOT";
pub(crate) const BOT: &str = "B0000001";
pub(crate) const ANA: &str = "U0000ANA";
pub(crate) const GUEST: &str = "U000GUEST";
pub(crate) const BOT_TOKEN: &str = "xoxb-stand-in-0123456789abcdef";
pub(crate) const APP_TOKEN: &str = "xapp-stand-in-fedcba9876543210";
pub(crate) const SIGNING: &str = "8f742231b10e8888abcd99yyyzzz85a5";

/// A channel as the workspace keeps it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Channel {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) creator: String,
    pub(crate) topic: String,
    pub(crate) purpose: String,
    pub(crate) members: Vec<String>,
    pub(crate) pins: Vec<String>,
    pub(crate) is_archived: bool,
    pub(crate) is_private: bool,
    /// Messages as the API gives them, the oldest first.
    pub(crate) messages: Vec<Value>,
}

/// A file on its way.
#[derive(Debug, Clone, Default)]
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) alt: String,
    pub(crate) length: usize,
    pub(crate) bytes: Vec<u8>,
}

/// How it misbehaves.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    /// The next call of this method is carried out and never answered.
    pub(crate) hangs_after: Option<String>,
    /// So many calls are told to wait a second.
    pub(crate) busy: u32,
    /// The bot's token is revoked.
    pub(crate) is_revoked: bool,
    /// Nothing is answered at all.
    pub(crate) is_away: bool,
    /// Each event is sent so many times more.
    pub(crate) repeats: u32,
}

/// A socket that is open.
#[derive(Debug)]
pub(crate) struct Socket {
    pub(crate) id: u64,
    pub(crate) sender: UnboundedSender<String>,
}

/// Everything in the workspace.
#[derive(Debug, Default)]
pub(crate) struct Workspace {
    pub(crate) channels: BTreeMap<String, Channel>,
    /// What was said to one person alone, by user.
    pub(crate) direct: BTreeMap<String, Vec<Value>>,
    pub(crate) files: BTreeMap<String, File>,
    pub(crate) sockets: Vec<Socket>,
    /// Events that nobody has acknowledged, with the socket that has them.
    pub(crate) unacknowledged: BTreeMap<String, (u64, String)>,
    pub(crate) faults: Faults,
    /// What was refused because Slack would: a good client causes none.
    pub(crate) complaints: Vec<String>,
    /// When each method was called and let in.
    pub(crate) calls: BTreeMap<String, Vec<Instant>>,
    /// When somebody last was told to wait.
    pub(crate) refused: u32,
    /// When each channel's posts came.
    pub(crate) posts: BTreeMap<String, Vec<Instant>>,
    pub(crate) counter: u64,
}

/// The stand-in; it ends with the test's runtime.
#[derive(Debug, Clone)]
pub(crate) struct Stand {
    workspace: Arc<Mutex<Workspace>>,
    /// `host:port` of the Web API.
    pub(crate) address: String,
    /// `host:port` of the sockets.
    socket_address: String,
}

impl Stand {
    /// Starts on free ports.
    pub(crate) async fn start() -> Self {
        let web = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sockets = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stand = Self {
            workspace: Arc::default(),
            address: web.local_addr().unwrap().to_string(),
            socket_address: sockets.local_addr().unwrap().to_string(),
        };
        web::serve(stand.clone(), web);
        events::serve(stand.clone(), sockets);
        stand
    }

    /// Where the Web API begins.
    pub(crate) fn api(&self) -> String {
        format!("http://{}/api/", self.address)
    }

    pub(crate) fn work(&self) -> MutexGuard<'_, Workspace> {
        self.workspace.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// How often a method was let in.
    pub(crate) fn count(&self, method: &str) -> usize {
        self.work().calls.get(method).map_or(0, Vec::len)
    }

    /// Fails the test when anything was refused that a good client would not have sent.
    pub(crate) fn is_content(&self) {
        let complaints = self.work().complaints.clone();
        assert!(complaints.is_empty(), "Slack would have refused: {complaints:#?}");
    }
}

impl Workspace {
    /// The time of a new message: seconds, and an order.
    pub(crate) fn ts(&mut self) -> String {
        self.counter += 1;
        let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        format!("{}.{:06}", seconds.as_secs(), self.counter)
    }

    pub(crate) fn id(&mut self, letter: char) -> String {
        self.counter += 1;
        format!("{letter}{:09}", self.counter)
    }

    /// Whether so many have happened within this time; the others are forgotten.
    pub(crate) fn is_over(times: &[Instant], most: usize, within: Duration) -> bool {
        times.iter().filter(|at| at.elapsed() < within).count() >= most
    }
}
