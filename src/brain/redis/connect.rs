//! Making one connection to one server.

use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, IntoConnectionInfo, RedisConnectionInfo,
};
use redis::{ConnectionInfo, RedisResult, TlsCertificates};

use super::address::{Address, Node, Topology};
use super::options::Options;
use crate::domain::secret::Secret;

/// What every connection needs to know.
#[derive(Debug, Clone)]
pub(super) struct Credentials {
    user: Option<String>,
    password: Option<Secret>,
    database: u16,
}

impl Credentials {
    pub(super) fn of_server(address: &Address, options: &Options) -> Self {
        let database = match &address.topology {
            Topology::One { database, .. } => *database,
            Topology::Sentinel { .. } | Topology::Cluster { .. } => 0,
        };
        let password = options.password.clone().or_else(|| address.password.clone());
        Self { user: address.user.clone(), password, database }
    }

    pub(super) fn of_sentinel(options: &Options) -> Self {
        Self { user: None, password: options.sentinel_password.clone(), database: 0 }
    }

    fn settings(&self) -> RedisConnectionInfo {
        let mut settings = RedisConnectionInfo::default().set_db(i64::from(self.database));
        if let Some(user) = &self.user {
            settings = settings.set_username(user);
        }
        if let Some(password) = &self.password {
            settings = settings.set_password(password.reveal());
        }
        settings
    }
}

/// Where and as whom, ready for the crate.
pub(super) fn info(
    node: &Node,
    tls: bool,
    credentials: &Credentials,
) -> RedisResult<ConnectionInfo> {
    let (host, port) = node.clone();
    let address = if tls {
        ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None }
    } else {
        ConnectionAddr::Tcp(host, port)
    };
    Ok(address.into_connection_info()?.set_redis_settings(credentials.settings()))
}

/// A client of one server; it connects when asked.
pub(super) fn client(
    node: &Node,
    tls: bool,
    credentials: &Credentials,
    options: &Options,
) -> RedisResult<Client> {
    let info = info(node, tls, credentials)?;
    if tls { Client::build_with_tls(info, certificates(options)) } else { Client::open(info) }
}

pub(super) fn certificates(options: &Options) -> TlsCertificates {
    TlsCertificates { client_tls: None, root_cert: options.trusted.clone() }
}

/// A connection that many tasks share. Each answer may take as long as a whole call.
pub(super) async fn open(client: &Client, options: &Options) -> RedisResult<MultiplexedConnection> {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(options.connect))
        .set_response_timeout(Some(options.deadline));
    client.get_multiplexed_async_connection_with_config(&config).await
}
