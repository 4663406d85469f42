//! What passes between the executor, the keeper and the program.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// What a program may use. None: no limit of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Seconds of processor time, for each process.
    pub cpu_seconds: Option<u64>,
    /// Bytes of data, for each process.
    pub memory: Option<u64>,
    /// Processes and threads at once, all together.
    pub processes: Option<u64>,
    /// Open files, for each process.
    pub files: Option<u64>,
    /// Bytes of each file that it writes.
    pub file_size: Option<u64>,
    /// The only places, beside its own folder, that it may write to. None: wherever its user may.
    pub write: Option<Vec<PathBuf>>,
}

impl Default for Limits {
    /// Room for what restarts and deploys need, and an end for what runs wild.
    fn default() -> Self {
        Self {
            cpu_seconds: Some(600),
            memory: Some(1 << 30),
            processes: Some(256),
            files: Some(1024),
            file_size: Some(1 << 30),
            write: None,
        }
    }
}

/// Whom a program runs as, where the executor may choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The user's number.
    pub uid: u32,
    /// The group's number.
    pub gid: u32,
}

/// What the keeper is told, in one line.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Spec {
    pub(super) argv: Vec<String>,
    pub(super) environment: BTreeMap<String, String>,
    pub(super) folder: PathBuf,
    pub(super) limits: Limits,
    pub(super) user: Option<User>,
    /// The keeper's own deadline: it holds also when the executor hangs.
    pub(super) deadline_ms: u64,
    /// Between asking the program to end and killing it.
    pub(super) grace_ms: u64,
}

/// What the keeper tells, a line each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Told {
    /// The program was not started: why.
    NotStarted(String),
    /// It is over, and nothing of it runs any more.
    Over {
        /// What the program itself ended with.
        end: End,
        /// Why the keeper ended it; none: it ended by itself.
        killed: Option<Killed>,
        /// Processes that even SIGKILL did not end.
        left: usize,
    },
}

/// What a program ended with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// Its exit code.
    Code(i32),
    /// The signal that ended it.
    Signal(i32),
    /// It was not seen to end.
    Unseen,
}

/// Why a program was ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Killed {
    /// Somebody asked for it.
    Asked,
    /// It took too long.
    Late,
    /// It made more processes than it may.
    Crowd,
    /// The executor died.
    Orphaned,
}
