//! Where a Redis is, as people write it.
//!
//! `redis://[user[:password]@]host[:port][/db]`, `redis+sentinel://host[:port],…/master` and
//! `redis+cluster://host[:port],…`; `rediss` in place of `redis` means TLS.
//! It refuses what it does not understand, rather than connecting somewhere else.

use std::fmt;

use crate::domain::secret::Secret;

/// Redis' own port.
const REDIS_PORT: u16 = 6379;
/// Sentinel's own port.
const SENTINEL_PORT: u16 = 26379;
/// More first nodes than this are a mistake; the others are found through them.
const MAX_NODES: usize = 64;

/// Where a Redis is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// How it is put together.
    pub topology: Topology,
    /// Whether connections are encrypted.
    pub tls: bool,
    /// The ACL user; none: `default`.
    pub user: Option<String>,
    /// Its password; the option of the same name wins.
    pub password: Option<Secret>,
}

/// A host and a port.
pub(super) type Node = (String, u16);

/// How a Redis is put together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Topology {
    /// One server, with or without replicas, and a database number.
    One { node: (String, u16), database: u16 },
    /// Sentinels, which know where the master of this name is.
    Sentinel { sentinels: Vec<(String, u16)>, master: String },
    /// Some nodes of a cluster.
    Cluster { nodes: Vec<(String, u16)> },
}

/// What is wrong with an address. It never repeats the address, which may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is no address of a Redis: {0}")]
pub struct BadAddress(String);

fn bad<T>(why: impl Into<String>) -> Result<T, BadAddress> {
    Err(BadAddress(why.into()))
}

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    /// It says which part is wrong, and what may stand there.
    pub fn parse(text: &str) -> Result<Self, BadAddress> {
        let Some((scheme, rest)) = text.split_once("://") else {
            return bad(
                "it begins with `redis://`, `rediss://`, `redis+sentinel://` or `redis+cluster://`",
            );
        };
        let (credentials, place) = match rest.rsplit_once('@') {
            Some((credentials, place)) => (Some(credentials), place),
            None => (None, rest),
        };
        let (nodes, path) = place.split_once('/').unwrap_or((place, ""));
        let (user, password) = credentials.map_or(Ok((None, None)), read_credentials)?;
        let (tls, kind) = match scheme.strip_prefix("rediss") {
            Some(kind) => (true, kind),
            None => (false, scheme.strip_prefix("redis").unwrap_or("?")),
        };
        let topology = match kind {
            "" => one(nodes, path)?,
            "+sentinel" => sentinel(nodes, path)?,
            "+cluster" => cluster(nodes, path)?,
            _ => {
                let known = "none of redis, rediss, redis+sentinel, redis+cluster";
                // What is no plain word may be a user and a password in the wrong place.
                let is_word = scheme.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'+');
                let shown =
                    if is_word { format!("`{scheme}`") } else { "what stands before `://`".into() };
                return bad(format!("{shown} is {known}"));
            }
        };
        Ok(Self { topology, tls, user, password })
    }
}

fn one(nodes: &str, path: &str) -> Result<Topology, BadAddress> {
    if nodes.contains(',') {
        return bad("several hosts need `redis+sentinel://` or `redis+cluster://`");
    }
    let database = if path.is_empty() {
        0
    } else {
        path.parse().or_else(|_| bad(format!("`/{path}` should be the number of a database")))?
    };
    Ok(Topology::One { node: node(nodes, REDIS_PORT)?, database })
}

fn sentinel(hosts: &str, path: &str) -> Result<Topology, BadAddress> {
    if path.is_empty() || path.contains('/') {
        return bad(
            "a Sentinel address ends with the name of the master: `redis+sentinel://host:26379/mymaster`",
        );
    }
    Ok(Topology::Sentinel { sentinels: nodes(hosts, SENTINEL_PORT)?, master: path.to_owned() })
}

fn cluster(hosts: &str, path: &str) -> Result<Topology, BadAddress> {
    if !path.is_empty() {
        return bad("a cluster has no databases: nothing may follow the hosts");
    }
    Ok(Topology::Cluster { nodes: nodes(hosts, REDIS_PORT)? })
}

fn nodes(text: &str, port: u16) -> Result<Vec<Node>, BadAddress> {
    let nodes: Vec<Node> =
        text.split(',').map(|part| node(part, port)).collect::<Result<_, _>>()?;
    if nodes.len() > MAX_NODES {
        return bad(format!("{} hosts are more than the {MAX_NODES} that are read", nodes.len()));
    }
    Ok(nodes)
}

/// `host`, `host:port`, `[v6]` or `[v6]:port`.
fn node(text: &str, default: u16) -> Result<Node, BadAddress> {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, port)) => (host, port.strip_prefix(':')),
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    if host.is_empty() || host.contains(|c: char| c.is_whitespace() || "?#@".contains(c)) {
        return bad("a host is missing, or has characters that no host has");
    }
    let port = match port.map(str::parse::<u16>) {
        None => default,
        Some(Ok(port)) if port > 0 => port,
        Some(_) => return bad(format!("the port of `{host}` should be a number from 1 to 65535")),
    };
    Ok((host.to_owned(), port))
}

type Credentials = (Option<String>, Option<Secret>);

fn read_credentials(text: &str) -> Result<Credentials, BadAddress> {
    let (user, password) = match text.split_once(':') {
        Some((user, password)) => (user, Some(password)),
        None => (text, None),
    };
    let user = unescaped(user)?;
    let password = password.map(unescaped).transpose()?;
    Ok((Some(user).filter(|user| !user.is_empty()), password.as_deref().map(Secret::new)))
}

/// Undoes `%40` and the like.
fn unescaped(text: &str) -> Result<String, BadAddress> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits: Vec<u8> = rest.by_ref().take(2).collect();
        match hex::decode(&digits).as_deref() {
            Ok([byte]) => bytes.push(*byte),
            _ => {
                return bad(
                    "a `%` in user or password is followed by two hexadecimal digits (`%25` is `%`)",
                );
            }
        }
    }
    String::from_utf8(bytes).or_else(|_| bad("user and password are UTF-8"))
}

/// Without user and password.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "rediss" } else { "redis" };
        let list = |nodes: &[Node]| {
            nodes.iter().map(|(host, port)| format!("{host}:{port}")).collect::<Vec<_>>().join(",")
        };
        match &self.topology {
            Topology::One { node: (host, port), database: 0 } => {
                write!(f, "{scheme}://{host}:{port}")
            }
            Topology::One { node: (host, port), database } => {
                write!(f, "{scheme}://{host}:{port}/{database}")
            }
            Topology::Sentinel { sentinels, master } => {
                write!(f, "{scheme}+sentinel://{}/{master}", list(sentinels))
            }
            Topology::Cluster { nodes } => write!(f, "{scheme}+cluster://{}", list(nodes)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_address_is_read() {
        for text in [
            "redis://h:6379",
            "redis://h:1/3",
            "rediss://h:2",
            "redis+sentinel://a:26379,b:2/mymaster",
            "redis+cluster://a:1,b:6379",
        ] {
            assert_eq!(Address::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Address::parse("redis://h").unwrap().to_string(), "redis://h:6379");
        let v6 = Address::parse("redis://[::1]:7").unwrap().topology;
        assert_eq!(v6, Topology::One { node: ("::1".into(), 7), database: 0 });
    }

    #[test]
    fn user_and_password_are_read_and_never_shown() {
        let address = Address::parse("redis://war:p%40ss@h:1").unwrap();
        assert_eq!(address.user.as_deref(), Some("war"));
        assert_eq!(address.password.as_ref().map(Secret::reveal), Some("p@ss"));
        let shown = format!("{address:?} {address}");
        assert!(shown.contains("***") && !shown.contains("p@ss"), "{shown}");
    }

    #[test]
    fn what_is_wrong_is_said_without_the_password() {
        for (text, why) in [
            ("localhost:6379", "begins with"),
            ("http://h", "none of"),
            ("u:secret@redis://h", "none of"),
            ("redis://:secret@", "host is missing"),
            ("redis://u:secret@a,b", "several hosts"),
            ("redis://u:secret@h:0", "number from 1"),
            ("redis://u:secret@h/x", "number of a database"),
            ("redis://u:secret%4@h", "two hexadecimal"),
            ("redis+sentinel://h", "name of the master"),
            ("redis+cluster://h/1", "no databases"),
        ] {
            let error = Address::parse(text).unwrap_err().to_string();
            assert!(error.contains(why) && !error.contains("secret"), "{text}: {error}");
        }
    }
}
