//! The brain in one folder of this machine: no server, one process, every answer on disk.
//!
//! One thread writes. It takes what has queued (commits, claims, documents) into one transaction
//! with one fsync, publishes what changed to the readers, and then answers everybody; so a reader
//! sees exactly what is durable. Readers never wait for the disk's fsync.
//! It refuses a second process, a store of a newer program, and a file whose fsync has failed once.
//!
//! What is looked up often is mirrored in memory and rebuilt at the start by reading headers: the
//! agenda's order, the indexes, the groups, the versions, and where each member's row lies. What is
//! large stays on disk: members, events, effects, logs, and all but the newest heads.
//!
//! **A commit writes a handful of rows**, whatever its incident holds: its head, its events as one
//! row, its members as one row. A member is found by its newest row; rows that are mostly outdated
//! are emptied into the next one, so that at most three quarters of the stored members are stale.

mod batch;
mod disk;
mod frame;
mod handle;
mod index;
mod logs;
mod members;
mod mirror;
mod prepare;
mod reader;
mod rows;
mod scan;
mod writer;

pub use disk::Disk;
pub use handle::{Embedded, Options};
