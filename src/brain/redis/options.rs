//! How a Redis is used. Every limit has a default that suits three machines in one place.

use std::time::Duration;

use crate::domain::secret::Secret;

/// How many replicas must have a write before it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replicas {
    /// One, if the master had any when it was last looked at.
    Auto,
    /// So many; 0 waits for none.
    Exactly(u16),
}

/// How a Redis is used.
#[derive(Debug, Clone)]
pub struct Options {
    /// What every key begins with: two brains on one Redis need two prefixes.
    pub prefix: String,
    /// The password; it wins over the one in the address.
    pub password: Option<Secret>,
    /// The password of the Sentinels, which have their own.
    pub sentinel_password: Option<Secret>,
    /// Certificates (PEM) that are trusted in place of the system's, for `rediss`.
    pub trusted: Option<Vec<u8>>,
    /// How many shards a new store gets; an old one keeps its number.
    pub shards: u16,
    /// How many replicas must have a write before it counts.
    pub replicas: Replicas,
    /// How long a write waits for its replicas; less than `deadline`.
    pub barrier: Duration,
    /// How long one call may take, attempts included.
    pub deadline: Duration,
    /// How long one connection may take to be made.
    pub connect: Duration,
    /// The id that this store must have: a store without it has forgotten everything.
    pub expect_id: Option<String>,
    /// Where the store is empty, it begins again under `expect_id`.
    pub begins_again: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            prefix: "warroom".to_owned(),
            password: None,
            sentinel_password: None,
            trusted: None,
            shards: 64,
            replicas: Replicas::Auto,
            barrier: Duration::from_millis(1000),
            deadline: Duration::from_secs(2),
            connect: Duration::from_secs(1),
            expect_id: None,
            begins_again: false,
        }
    }
}
