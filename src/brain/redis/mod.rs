//! The brain that several machines share: Redis alone, behind Sentinel, or as a Cluster.
//!
//! Everything of a shard lies under one hash tag, so a commit is one Lua script in one slot
//! (`lua/commit.lua`); index entries lie elsewhere and are written before it, removed after it.
//! It refuses to stand on a Redis that may evict keys, on another product's keys, and on a store
//! that has forgotten who it is.
//!
//! **Every write carries a command id or is idempotent**, because a call that timed out may still
//! run on the server: the same command sent again gets its first answer.

mod address;
mod agenda;
mod birth;
mod cases;
mod cluster;
mod commit;
mod connect;
mod documents;
mod failure;
mod follower;
mod health;
mod index;
mod keys;
mod limits;
mod logs;
mod options;
mod position;
mod scripts;
mod session;
mod store;
mod value;
mod watch;

pub use address::{Address, BadAddress, Topology};
pub use options::{Options, Replicas};
pub use store::Redis;
