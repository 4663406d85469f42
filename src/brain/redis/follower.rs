//! One master, followed wherever it goes: a fixed server, or the one that Sentinels name.
//!
//! The crate's own connection manager would come back to a server that is no master any more, and
//! its Sentinel client writes to a demoted master for seconds (measured: 203 acknowledged writes
//! lost). So a connection is used only after `ROLE` said master, and is given up on the first
//! doubt: a broken connection, a timeout, `READONLY`, or `+switch-master`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwapOption;
use futures_util::StreamExt;
use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::{Cmd, ErrorKind, Pipeline, RedisError, RedisResult, Role, Value};
use tokio::sync::Mutex;

use super::address::{Address, Node, Topology};
use super::connect::{self, Credentials};
use super::options::{Options, Replicas};
use super::session::pause;

/// How often a Sentinel that went away is asked again.
const SENTINEL_RETRY_MS: u64 = 200;

/// Follows one master.
#[derive(Debug)]
pub(super) struct Follower {
    address: Address,
    options: Options,
    live: ArcSwapOption<Live>,
    gate: Mutex<u64>,
}

/// A connection to a server that was a master when it was made.
pub(super) struct Live {
    pub(super) node: Node,
    pub(super) connection: MultiplexedConnection,
    /// The barrier waits on its own connection: `WAIT` would hold up everybody else's answers.
    barrier: MultiplexedConnection,
    /// Barriers asked for, and barriers met: one `WAIT` serves all who asked before it.
    asked: AtomicU64,
    met: Mutex<u64>,
    /// How many replicas a write waits for.
    pub(super) replicas: u16,
    generation: u64,
}

impl std::fmt::Debug for Live {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Live({}:{} #{})", self.node.0, self.node.1, self.generation)
    }
}

impl Follower {
    pub(super) fn new(address: Address, options: Options) -> Self {
        Self { address, options, live: ArcSwapOption::empty(), gate: Mutex::new(0) }
    }

    /// The connection to the master; made by the first who asks, while the others wait.
    pub(super) async fn live(&self) -> RedisResult<Arc<Live>> {
        if let Some(live) = self.live.load_full() {
            return Ok(live);
        }
        let mut generation = self.gate.lock().await;
        if let Some(live) = self.live.load_full() {
            return Ok(live);
        }
        *generation += 1;
        let live = Arc::new(self.connect(*generation).await?);
        self.live.store(Some(Arc::clone(&live)));
        tracing::debug!(master = ?live, replicas = live.replicas, "connected to redis");
        Ok(live)
    }

    /// Gives a connection up; the next call looks for the master again.
    pub(super) fn doubt(&self, live: &Arc<Live>) {
        let doubted = Some(Arc::clone(live));
        self.live.compare_and_swap(&doubted, None);
    }

    /// Sends all commands in one go; each has its own answer.
    pub(super) async fn send(
        live: &Live,
        commands: &[&Cmd],
    ) -> RedisResult<Vec<RedisResult<Value>>> {
        let mut connection = live.connection.clone();
        send_all(&mut connection, commands).await
    }

    /// Returns when enough replicas have everything that was written before the call.
    ///
    /// `WAIT` covers what its own connection wrote; so it writes something, which comes after
    /// everything else that this server had written.
    pub(super) async fn barrier(&self, live: &Live, key: &str) -> RedisResult<()> {
        let mine = live.asked.fetch_add(1, Ordering::SeqCst) + 1;
        let mut met = live.met.lock().await;
        if *met >= mine {
            return Ok(());
        }
        let serves = live.asked.load(Ordering::SeqCst);
        let mut connection = live.barrier.clone();
        let wait = wait_for(live.replicas, &self.options, key);
        let answers = send_all(&mut connection, &wait.iter().collect::<Vec<_>>()).await?;
        enough(answers, live.replicas)?;
        *met = serves;
        Ok(())
    }

    async fn connect(&self, generation: u64) -> RedisResult<Live> {
        let node = match &self.address.topology {
            Topology::One { node, .. } => node.clone(),
            Topology::Sentinel { sentinels, master } => self.ask(sentinels, master).await?,
            Topology::Cluster { .. } => return Err(config("a cluster has no single master")),
        };
        let credentials = Credentials::of_server(&self.address, &self.options);
        let client = connect::client(&node, self.address.tls, &credentials, &self.options)?;
        let mut connection = connect::open(&client, &self.options).await?;
        let seen = match redis::cmd("ROLE").query_async(&mut connection).await? {
            Role::Primary { replicas, .. } => replicas.len(),
            Role::Replica { .. } => return Err(no_master(&node, "a replica")),
            _ => return Err(no_master(&node, "a sentinel")),
        };
        let replicas = match self.options.replicas {
            Replicas::Auto => u16::from(seen > 0),
            Replicas::Exactly(count) => count,
        };
        let barrier = if replicas == 0 {
            connection.clone()
        } else {
            connect::open(&client, &self.options).await?
        };
        let (asked, met) = (AtomicU64::new(0), Mutex::new(0));
        Ok(Live { node, connection, barrier, asked, met, replicas, generation })
    }

    /// Asks one Sentinel after the other.
    async fn ask(&self, sentinels: &[Node], master: &str) -> RedisResult<Node> {
        let mut last = config("no sentinel was asked");
        for sentinel in sentinels {
            match self.ask_one(sentinel, master).await {
                Ok(Some(node)) => return Ok(node),
                Ok(None) => last = unknown_master(master),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    async fn ask_one(&self, sentinel: &Node, master: &str) -> RedisResult<Option<Node>> {
        let credentials = Credentials::of_sentinel(&self.options);
        let client = connect::client(sentinel, self.address.tls, &credentials, &self.options)?;
        let mut connection = connect::open(&client, &self.options).await?;
        redis::cmd("SENTINEL")
            .arg("GET-MASTER-ADDR-BY-NAME")
            .arg(master)
            .query_async(&mut connection)
            .await
    }

    /// Listens to Sentinels for as long as it is polled, and gives the connection up when they name
    /// another master. Errors on the connection say the same, but later.
    pub(super) async fn listen(&self) {
        let Topology::Sentinel { sentinels, master } = &self.address.topology else { return };
        let credentials = Credentials::of_sentinel(&self.options);
        for sentinel in sentinels.iter().cycle() {
            if let Ok(client) =
                connect::client(sentinel, self.address.tls, &credentials, &self.options)
            {
                self.listen_to(&client, master).await.unwrap_or_else(|error| {
                    tracing::debug!(%error, "cannot listen to a sentinel");
                });
            }
            pause(SENTINEL_RETRY_MS).await;
        }
    }

    async fn listen_to(&self, client: &redis::Client, master: &str) -> RedisResult<()> {
        let mut sentinel = client.get_async_pubsub().await?;
        sentinel.subscribe("+switch-master").await?;
        let mut messages = sentinel.on_message();
        while let Some(message) = messages.next().await {
            let text: String = message.get_payload()?;
            if text.split(' ').next() == Some(master) {
                self.live.store(None);
                tracing::info!(change = %text, "redis has another master");
            }
        }
        Ok(())
    }
}

/// The two commands of a barrier.
pub(super) fn wait_for(replicas: u16, options: &Options, key: &str) -> [Cmd; 2] {
    let mut mark = redis::cmd("SET");
    mark.arg(key).arg(1);
    let mut wait = redis::cmd("WAIT");
    wait.arg(replicas).arg(u64::try_from(options.barrier.as_millis()).unwrap_or(u64::MAX));
    [mark, wait]
}

/// Whether the barrier's answers say that it was met.
pub(super) fn enough(answers: Vec<RedisResult<Value>>, wanted: u16) -> RedisResult<()> {
    let mut reached = 0_u16;
    for answer in answers {
        if let Value::Int(count) = answer? {
            reached = u16::try_from(count).unwrap_or(u16::MAX);
        }
    }
    if reached >= wanted {
        return Ok(());
    }
    let detail = format!("{reached} of {wanted} replicas have the write");
    Err(redis::make_extension_error("NOREPLICAS".to_owned(), Some(detail)))
}

async fn send_all(
    connection: &mut MultiplexedConnection,
    commands: &[&Cmd],
) -> RedisResult<Vec<RedisResult<Value>>> {
    let mut pipeline = Pipeline::with_capacity(commands.len());
    for command in commands {
        pipeline.add_command((*command).clone());
    }
    let answers = connection.req_packed_commands(&pipeline, 0, commands.len()).await?;
    Ok(answers.into_iter().map(Value::extract_error).collect())
}

fn config(why: &'static str) -> RedisError {
    (ErrorKind::InvalidClientConfig, why).into()
}

fn unknown_master(master: &str) -> RedisError {
    let detail = format!("the sentinels know no master named {master}");
    (ErrorKind::MasterNameNotFoundBySentinel, "no master", detail).into()
}

fn no_master((host, port): &Node, what: &str) -> RedisError {
    let detail = format!("{host}:{port} is {what}, not a master");
    redis::make_extension_error("READONLY".to_owned(), Some(detail))
}
