//! A Redis Cluster: the crate finds the node of each key and follows `MOVED`.
//!
//! Commands of one slot keep their order; those of different slots go out at the same time.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use redis::aio::ConnectionLike;
use redis::cluster::ClusterClientBuilder;
use redis::cluster_async::ClusterConnection;
use redis::cluster_routing::{
    MultipleNodeRoutingInfo, Route, RoutingInfo, SingleNodeRoutingInfo, SlotAddr,
};
use redis::{Cmd, Pipeline, RedisResult, TlsMode, Value};
use tokio::sync::OnceCell;

use super::address::{Address, Topology};
use super::connect::{self, Credentials};
use super::follower::{enough, wait_for};
use super::options::{Options, Replicas};
use super::scripts::Step;
use super::value;

/// How often the crate tries other nodes by itself before it gives an error back.
const RETRIES: u32 = 3;
/// The longest wait between two such attempts.
const RETRY_WAIT_MS: u64 = 200;

/// A connection to all nodes of a cluster.
pub(super) struct Cluster {
    address: Address,
    options: Options,
    live: OnceCell<(ClusterConnection, u16)>,
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Cluster({})", self.address)
    }
}

impl Cluster {
    pub(super) fn new(address: Address, options: Options) -> Self {
        Self { address, options, live: OnceCell::new() }
    }

    /// How many replicas a write waits for.
    pub(super) async fn replicas(&self) -> RedisResult<u16> {
        Ok(self.live().await?.1)
    }

    pub(super) async fn send(&self, steps: &[&Step]) -> RedisResult<Vec<RedisResult<Value>>> {
        let connection = &self.live().await?.0;
        let mut by_key: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (place, step) in steps.iter().enumerate() {
            by_key.entry(&step.key).or_default().push(place);
        }
        let sent = by_key.into_values().map(|places| in_order(connection.clone(), steps, places));
        let mut answers: Vec<_> = join_all(sent).await.into_iter().flatten().collect();
        answers.sort_by_key(|(place, _)| *place);
        Ok(answers.into_iter().map(|(_, answer)| answer).collect())
    }

    /// Returns when enough replicas of the node that holds this key have what was written.
    pub(super) async fn barrier(&self, key: &str) -> RedisResult<()> {
        let (connection, replicas) = self.live().await?;
        let mut pipeline = Pipeline::new();
        for command in wait_for(*replicas, &self.options, key) {
            pipeline.add_command(command);
        }
        let route = SingleNodeRoutingInfo::SpecificNode(Route::with_key(key, SlotAddr::Master));
        let answers = connection.clone().route_pipeline(pipeline, 0, 2, route).await?;
        enough(answers.into_iter().map(Value::extract_error).collect(), *replicas)
    }

    /// Asks every master the same, and gives all answers as one text.
    pub(super) async fn ask_masters(&self, cmd: Cmd) -> RedisResult<String> {
        let mut connection = self.live().await?.0.clone();
        let all = RoutingInfo::MultiNode((MultipleNodeRoutingInfo::AllMasters, None));
        Ok(value::all_text(&connection.route_command(cmd, all).await?))
    }

    async fn live(&self) -> RedisResult<&(ClusterConnection, u16)> {
        self.live.get_or_try_init(|| self.connect()).await
    }

    async fn connect(&self) -> RedisResult<(ClusterConnection, u16)> {
        let Topology::Cluster { nodes } = &self.address.topology else {
            return Err((redis::ErrorKind::InvalidClientConfig, "this is no cluster").into());
        };
        let credentials = Credentials::of_server(&self.address, &self.options);
        let infos: RedisResult<Vec<_>> =
            nodes.iter().map(|node| connect::info(node, self.address.tls, &credentials)).collect();
        let mut builder = ClusterClientBuilder::new(infos?)
            .connection_timeout(self.options.connect)
            .response_timeout(self.options.deadline)
            .overall_response_timeout(Some(self.options.deadline))
            .retries(RETRIES)
            .max_retry_wait(RETRY_WAIT_MS);
        if self.address.tls {
            builder = builder.tls(TlsMode::Secure).certs(connect::certificates(&self.options));
        }
        let mut connection = builder.build()?.get_async_connection().await?;
        let replicas = self.look_for_replicas(&mut connection).await?;
        Ok((connection, replicas))
    }

    async fn look_for_replicas(&self, connection: &mut ClusterConnection) -> RedisResult<u16> {
        if let Replicas::Exactly(count) = self.options.replicas {
            return Ok(count);
        }
        let mut info = redis::cmd("INFO");
        info.arg("replication");
        let all = RoutingInfo::MultiNode((MultipleNodeRoutingInfo::AllMasters, None));
        let text = value::all_text(&connection.route_command(info, all).await?);
        let mut counts = value::fields(&text, "connected_slaves");
        Ok(u16::from(counts.all(|count| count != "0")))
    }
}

async fn in_order(
    mut connection: ClusterConnection,
    steps: &[&Step],
    places: Vec<usize>,
) -> Vec<(usize, RedisResult<Value>)> {
    let mut answers = Vec::with_capacity(places.len());
    for place in places {
        let Some(step) = steps.get(place) else { continue };
        answers.push((
            place,
            connection.req_packed_command(&step.cmd).await.and_then(Value::extract_error),
        ));
    }
    answers
}
