//! Changes, through Redis' publish and subscribe.
//!
//! They are hints: what was published while the subscription was away is lost, so every return of
//! the subscription says [`Change::Lagged`].

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use redis::RedisResult;
use tokio::sync::{broadcast, oneshot};
use tokio::task::AbortHandle;

use super::address::{Address, Topology};
use super::connect::{self, Credentials};
use super::keys::Keys;
use super::options::Options;
use super::session::{Link, Session, pause};
use crate::brain::{Change, Kind};

/// How many changes a slow watcher may be behind before it is told that it lagged.
const CAPACITY: usize = 4096;
/// The wait before a lost subscription is made again.
const RETRY_MS: u64 = 200;
/// A silent connection is asked whether it still lives.
const SILENCE: Duration = Duration::from_secs(5);

/// The changes, and the tasks that bring them; they end with it.
#[derive(Debug)]
pub(super) struct Watch {
    changes: broadcast::Sender<Change>,
    tasks: Vec<AbortHandle>,
}

impl Watch {
    pub(super) fn subscribe(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

struct Listener {
    address: Address,
    link: Arc<Link>,
    options: Options,
    channel: String,
    changes: broadcast::Sender<Change>,
}

/// Starts listening; returns when the first subscription stands, or could not be made in time.
#[expect(
    clippy::disallowed_methods,
    reason = "a layer below the engine's tasks; both end with the brain"
)]
pub(super) async fn start(
    address: &Address,
    session: &Session,
    options: &Options,
    keys: &Keys,
) -> Watch {
    let (changes, _) = broadcast::channel(CAPACITY);
    let (ready, is_ready) = oneshot::channel();
    let listener = Listener {
        address: address.clone(),
        link: Arc::clone(&session.link),
        options: options.clone(),
        channel: keys.changes(),
        changes: changes.clone(),
    };
    let mut tasks = vec![tokio::spawn(listener.listen(ready)).abort_handle()];
    if matches!(address.topology, Topology::Sentinel { .. }) {
        let link = Arc::clone(&session.link);
        let sentinels = async move {
            if let Link::One(follower) = &*link {
                follower.listen().await;
            }
        };
        tasks.push(tokio::spawn(sentinels).abort_handle());
    }
    if tokio::time::timeout(options.deadline, is_ready).await.is_err() {
        tracing::warn!("redis takes no subscription yet");
    }
    Watch { changes, tasks }
}

impl Listener {
    async fn listen(self, ready: oneshot::Sender<()>) {
        let mut ready = Some(ready);
        let mut turn = 0;
        loop {
            if let Err(error) = self.follow(&mut ready, turn).await {
                tracing::debug!(%error, "lost the subscription to redis");
            }
            turn += 1;
            pause(RETRY_MS).await;
        }
    }

    /// One subscription, until it breaks.
    async fn follow(
        &self,
        ready: &mut Option<oneshot::Sender<()>>,
        turn: usize,
    ) -> RedisResult<()> {
        let node = match (&*self.link, &self.address.topology) {
            (Link::One(follower), _) => follower.live().await?.node.clone(),
            (Link::Cluster(_), Topology::Cluster { nodes }) => {
                nodes.get(turn % nodes.len().max(1)).cloned().unwrap_or_default()
            }
            (Link::Cluster(_), Topology::One { .. } | Topology::Sentinel { .. }) => return Ok(()),
        };
        let credentials = Credentials::of_server(&self.address, &self.options);
        let client = connect::client(&node, self.address.tls, &credentials, &self.options)?;
        let connecting = tokio::time::timeout(self.options.connect, client.get_async_pubsub());
        let (mut sink, mut messages) = connecting
            .await
            .map_err(|_| std::io::Error::from(std::io::ErrorKind::TimedOut))??
            .split();
        sink.subscribe(&self.channel).await?;
        match ready.take() {
            Some(ready) => drop(ready.send(())),
            None => self.tell(Change::Lagged),
        }
        loop {
            match tokio::time::timeout(SILENCE, messages.next()).await {
                Ok(Some(message)) => self.announce(message.get_payload_bytes()),
                Ok(None) => return Ok(()),
                Err(_) => {
                    let alive =
                        tokio::time::timeout(self.options.deadline, sink.ping::<redis::Value>());
                    alive
                        .await
                        .map_err(|_| std::io::Error::from(std::io::ErrorKind::TimedOut))??;
                }
            }
        }
    }

    fn announce(&self, message: &[u8]) {
        let text = String::from_utf8_lossy(message);
        let words: Vec<&str> = text.split(' ').collect();
        match words.as_slice() {
            ["c", case, version, wakes @ ..] => {
                if let (Ok(case), Ok(version)) = (case.parse(), version.parse()) {
                    self.tell(Change::Case(case, version));
                }
                if !wakes.is_empty() {
                    self.tell(Change::Agenda);
                }
            }
            ["d", kind] => {
                for kind in Kind::ALL.into_iter().filter(|known| known.name() == *kind) {
                    self.tell(Change::Document(kind));
                }
            }
            ["l", number, log @ ..] => {
                if let Ok(number) = number.parse() {
                    self.tell(Change::Log(log.join(" ").into(), number));
                }
            }
            ["a"] => self.tell(Change::Agenda),
            _ => tracing::debug!(%text, "redis announced something unknown"),
        }
    }

    fn tell(&self, change: Change) {
        // Nobody listening is no error.
        drop(self.changes.send(change));
    }
}
